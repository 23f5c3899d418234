"""What kind of rows the gold table has: under another contract it is made anew, so no two kinds are ever in it."""

from __future__ import annotations

import json

from ..batch import Batch


def noted_kind(batch: Batch) -> dict | None:
    text = batch.store.read_text_if_there(batch.settings.table_kind_uri)
    return json.loads(text) if text else None


def gold_kind(batch: Batch) -> dict | None:
    """None where it is noted already. Types are as Spark prints them (functions/domain/batch/table-kind.ts)."""
    noted, contract = noted_kind(batch), batch.contract
    if noted and noted["contractVersion"] == contract.version:
        return None
    nothing = ", ".join(f"CAST(NULL AS {column.type}) AS `{column.name}`" for column in contract.columns)
    schema = batch.spark.sql(f"SELECT {nothing}").schema
    return {
        "contractVersion": contract.version,
        "columns": {name: schema[name].dataType.simpleString() for name in contract.curated_columns},
        "primaryKey": list(contract.primary_key),
        "partitionBy": list(contract.partition_by),
    }
