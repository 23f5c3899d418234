"""A table has rows of one kind: each column one type, one key, one partitioning (functions/domain/batch/table-kind.ts)."""

from __future__ import annotations

import json
from collections.abc import Callable

from ..batch import Batch
from ..errors import ConfigurationError, ContractChangedError
from ..judge.judge import curated_types
from .iceberg.evolution.noted import evolved_kind, other_columns
from .iceberg.evolution.types import widens


def checked_kind(batch: Batch) -> dict | None:
    """
    The kind that the table has once this batch is published, or None where it is noted already. Raises ContractChangedError where older partitions would
    keep another one.
    """
    noted = noted_kind(batch)
    unfinished = noted.get("unfinished") if noted else None
    if unfinished and not batch.plan.rebuild:
        raise ContractChangedError(
            f"the rebuild {unfinished} of {batch.contract.dataset} has not ended, and until it does the table has partitions of two kinds: redrive it,"
            f" or begin another with: {batch.settings.rebuild_command}"
        )
    if noted and noted["contractVersion"] == batch.contract.version and not unfinished:
        return None
    kind = _kind_of(batch)
    _refuse_another_format(noted, kind, batch.contract.dataset)
    if noted is None:
        return kind
    # A rebuild replaces the rows of an Iceberg table, and leaves its columns and partitioning.
    replaceable = batch.contract.table_format == "parquet"
    changes = _changes(noted, kind, _never) if replaceable else []
    if not replaceable:
        noted, changes = evolved_kind(noted, batch.contract)
        # Files keep the partitioning under which they were written.
        changes += _changes({**noted, "partitionBy": kind["partitionBy"]}, kind, widens)
    if batch.plan.rebuild and replaceable:
        # While files replace it, partition by partition, no other batch may count on one kind.
        return {**kind, "unfinished": batch.settings.batch_id} if changes or unfinished else kind
    if changes:
        dataset = batch.contract.dataset
        remedy = f", rename the dataset, or rebuild the table from raw with: {batch.settings.rebuild_command}" if replaceable else " or rename the dataset"
        raise ContractChangedError(
            f"the contract of {dataset} differs from its existing table: {'; '.join(changes)}. A table has rows of one kind: change the contract back{remedy}"
        )
    return _with_earlier(noted, kind)


def migrated_kind(batch: Batch) -> dict:
    """Of a table that is taken over from another format: all else stays. Raises ContractChangedError or ConfigurationError."""
    contract = batch.contract
    noted = noted_kind(batch)
    if noted is None or noted.get("format", "parquet") == contract.table_format:
        raise ConfigurationError(f"{contract.dataset} has no table of another format to take over")
    kind = _kind_of(batch)
    changes = _changes(noted, kind, _never) + other_columns(noted, contract)
    if changes or noted.get("unfinished"):
        why = "; ".join(changes) or f"the rebuild {noted['unfinished']} has not ended"
        raise ContractChangedError(f"the table of {contract.dataset} cannot be taken over as it is: {why}. Migrate it first, change it afterwards")
    # Rows of a gold table are of the contract under which they were computed.
    version = {"contractVersion": noted["contractVersion"]} if contract.gold else {}
    return {**kind, **version, "columns": {**noted["columns"], **kind["columns"]}}


def compacted_kind(batch: Batch) -> dict | None:
    """
    Of a table whose rows stay as they are. Gold is computed anew where the noted contract is another one, so only a batch that does that may note its own.
    Raises ContractChangedError.
    """
    if not batch.contract.gold:
        return checked_kind(batch)
    noted, kind = noted_kind(batch), _kind_of(batch)
    _refuse_another_format(noted, kind, batch.contract.dataset)
    if noted and (changes := _changes(noted, kind, _never)) and batch.contract.table_format == "parquet":
        raise ContractChangedError(
            f"the table of {batch.contract.dataset} differs from its contract until its next batch has computed it anew: {'; '.join(changes)}. Compact it then"
        )
    return None


def gold_kind(batch: Batch) -> dict | None:
    """Of a table that is computed: anew where its contract has changed, so rows of two kinds are never in it. None where it is noted already. Raises ContractChangedError."""
    noted, contract = noted_kind(batch), batch.contract
    if noted and noted["contractVersion"] == contract.version:
        return None
    kind = _kind_of(batch)
    if noted is None or contract.table_format == "parquet" == noted.get("format", "parquet"):
        return kind
    _refuse_another_format(noted, kind, contract.dataset)
    # An Iceberg table keeps its columns, whatever becomes of its rows.
    evolved, changes = evolved_kind(noted, contract)
    changes += _changes({**evolved, "primaryKey": kind["primaryKey"], "partitionBy": kind["partitionBy"]}, kind, widens)
    if changes:
        raise ContractChangedError(
            f"the contract of {contract.dataset} differs from its existing table: {'; '.join(changes)}. Change the contract back, or rename the dataset or the columns"
        )
    return _with_earlier(evolved, kind)


def noted_kind(batch: Batch) -> dict | None:
    """As the last publication noted it; None before the first."""
    text = batch.store.read_text_if_there(batch.settings.table_kind_uri)
    return json.loads(text) if text else None


def _kind_of(batch: Batch) -> dict:
    contract, types = batch.contract, curated_types(batch.spark, batch.contract)
    return {
        "contractVersion": contract.version,
        "columns": {name: types[name].dataType.simpleString() for name in contract.curated_columns},
        "primaryKey": list(contract.primary_key),
        "partitionBy": list(contract.partition_by),
        # Rows of older batches that would remove their key today are in the table.
        **({"deleteWhen": contract.delete_when} if contract.delete_when else {}),
        **({} if contract.table_format == "parquet" else {"format": contract.table_format}),
    }


def _with_earlier(noted: dict, kind: dict) -> dict:
    """Files of before may have a column that the contract no longer has."""
    kept = {"renamed": noted["renamed"]} if noted.get("renamed") else {}
    return {**kind, **kept, "columns": {**noted["columns"], **kind["columns"]}}


def _refuse_another_format(noted: dict | None, kind: dict, dataset: str) -> None:
    before, now = (each.get("format", "parquet") for each in (noted or kind, kind))
    if before != now:
        raise ContractChangedError(
            f"the table of {dataset} is stored as {before}, and its contract asks for {now}. Change curated.format back,"
            " take the table over (sluice migrate), or rename the dataset"
        )


def _never(before: str, after: str) -> bool:
    return False


def _changes(noted: dict, kind: dict, may_become: Callable[[str, str], bool]) -> list[str]:
    before = noted["columns"]
    other = {name: type_ for name, type_ in kind["columns"].items() if before.get(name, type_) != type_ and not may_become(before[name], type_)}
    changed = [f"column {name} is {type_}, and was {before[name]}" for name, type_ in other.items()]
    if sorted(kind["primaryKey"]) != sorted(noted["primaryKey"]):
        changed.append(f"the primary key is {_list(kind['primaryKey'])}, and was {_list(noted['primaryKey'])}")
    if kind["partitionBy"] != noted["partitionBy"]:
        changed.append(f"it is partitioned by {_list(kind['partitionBy'])}, and was by {_list(noted['partitionBy'])}")
    if kind.get("deleteWhen") != noted.get("deleteWhen"):
        changed.append(f"delete_when is {kind.get('deleteWhen') or 'nothing'}, and was {noted.get('deleteWhen') or 'nothing'}")
    return changed


def _list(names: list[str]) -> str:
    return ", ".join(names) or "nothing"
