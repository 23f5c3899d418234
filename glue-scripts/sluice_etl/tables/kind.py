"""A table has rows of one kind: each column one type, one key, one partitioning (functions/domain/batch/table-kind.ts)."""

from __future__ import annotations

import json

from pyspark.sql.types import StructType

from ..batch import Batch
from ..contract import Contract
from ..errors import ContractChangedError
from ..formats.sources import PATH, Source, quoted
from ..judge.judge import judge, used_keys


def checked_kind(batch: Batch) -> dict | None:
    """
    The kind that the table has once this batch is published, or None where it is noted already. Raises ContractChangedError where older partitions would
    keep another one.
    """
    text = batch.store.read_text_if_there(batch.settings.table_kind_uri)
    noted = json.loads(text) if text else None
    unfinished = noted.get("unfinished") if noted else None
    if unfinished and not batch.plan.rebuild:
        raise ContractChangedError(
            f"the rebuild {unfinished} of {batch.contract.dataset} has not ended, and until it does the table has partitions of two kinds: redrive it,"
            f" or begin another with: {batch.settings.rebuild_command}"
        )
    if noted and noted["contractVersion"] == batch.contract.version and not unfinished:
        return None
    kind = _kind_of(batch.contract, curated_schema(batch))
    if noted is None:
        return kind
    changes = _changes(noted, kind)
    if batch.plan.rebuild:
        # Other formats replace the table at once; while files replace it, partition by partition, no other batch may count on one kind.
        by_partition = batch.contract.table_format == "parquet" and (changes or unfinished)
        return {**kind, "unfinished": batch.settings.batch_id} if by_partition else kind
    if changes:
        dataset = batch.contract.dataset
        raise ContractChangedError(
            f"the contract of {dataset} differs from its existing table: {'; '.join(changes)}. A table has rows of one kind: change the contract back,"
            f" rename the dataset, or rebuild the table from raw with: {batch.settings.rebuild_command}"
        )
    # Files of before may have a column that the contract no longer has.
    return {**kind, "columns": {**noted["columns"], **kind["columns"]}}


def is_noted(batch: Batch) -> bool:
    """Whether a batch of the table was published before."""
    return batch.store.read_text_if_there(batch.settings.table_kind_uri) is not None


def curated_schema(batch: Batch) -> StructType:
    """The types that the contract gives to curated columns, derived ones too."""
    names = ", ".join(f"CAST(NULL AS STRING) AS {quoted(name)}" for name in [PATH, *used_keys(batch.contract)])
    return judge(Source(batch.spark.sql(f"SELECT {names}"), {}), batch.contract).schema


def _kind_of(contract: Contract, schema: StructType) -> dict:
    return {
        "contractVersion": contract.version,
        "columns": {name: schema[name].dataType.simpleString() for name in contract.curated_columns},
        "primaryKey": list(contract.primary_key),
        "partitionBy": list(contract.partition_by),
        # Rows of older batches that would remove their key today are in the table.
        **({"deleteWhen": contract.delete_when} if contract.delete_when else {}),
    }


def _changes(noted: dict, kind: dict) -> list[str]:
    before = noted["columns"]
    changed = [f"column {name} is {type_}, and was {before[name]}" for name, type_ in kind["columns"].items() if before.get(name, type_) != type_]
    if sorted(kind["primaryKey"]) != sorted(noted["primaryKey"]):
        changed.append(f"the primary key is {_list(kind['primaryKey'])}, and was {_list(noted['primaryKey'])}")
    if kind["partitionBy"] != noted["partitionBy"]:
        changed.append(f"it is partitioned by {_list(kind['partitionBy'])}, and was by {_list(noted['partitionBy'])}")
    if kind.get("deleteWhen") != noted.get("deleteWhen"):
        changed.append(f"delete_when is {kind.get('deleteWhen') or 'nothing'}, and was {noted.get('deleteWhen') or 'nothing'}")
    return changed


def _list(names: list[str]) -> str:
    return ", ".join(names) or "nothing"
