"""What kind of rows the gold table has: under another contract it is made anew, so no two kinds are ever in it."""

from __future__ import annotations

import json

from pyspark.sql import DataFrame

from ..batch import Batch
from ..errors import ConfigurationError
from ..formats.sources import no_rows


def noted_kind(batch: Batch) -> dict | None:
    text = batch.store.read_text_if_there(batch.settings.table_kind_uri)
    return json.loads(text) if text else None


def gold_kind(batch: Batch) -> dict | None:
    """None where it is noted already. Types are as Spark prints them (functions/domain/batch/table-kind.ts)."""
    noted, contract = noted_kind(batch), batch.contract
    if noted and noted["contractVersion"] == contract.version:
        return None
    types = contract_types(batch)
    return {
        "contractVersion": contract.version,
        "columns": {name: types[name] for name in contract.curated_columns},
        "primaryKey": list(contract.primary_key),
        "partitionBy": list(contract.partition_by),
    }


def contract_types(batch: Batch) -> dict[str, str]:
    schema = no_rows(batch.spark, {column.name: column.type for column in batch.contract.columns}).schema
    return {field.name: field.dataType.simpleString() for field in schema}


def check_types(batch: Batch, rows: DataFrame) -> None:
    """Raises ConfigurationError where the query gives other columns than the contract has: a source's contract may have changed since."""
    given = {field.name: field.dataType.simpleString() for field in rows.schema}
    for name, wanted in contract_types(batch).items():
        if given.get(name) != wanted:
            found = f"gives {name} as {given[name]}" if name in given else f"does not give {name}"
            raise ConfigurationError(f"gold.sql of {batch.contract.dataset} {found}, and the contract has {wanted}. Run sluice validate, and change the one or the other")
