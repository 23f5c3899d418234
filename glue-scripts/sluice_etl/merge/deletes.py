"""
Rows that remove their key (`delete_when`), and what is remembered of them: tombstones of key and order, which the merge compares with
versions of the key as it compares these with each other. See docs/adr/0010-tombstones.md.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructType

from ..contract import Contract
from ..formats.sources import quoted
from ..judge.judge import BAD, DELETED
from .keys import KEY_HASH

UNPLACED = "unplaced"
"""Observed: good rows that remove a key and do not tell its partition."""


def merged_columns(contract: Contract) -> list[str]:
    """Columns that the merge takes, and gives back."""
    return [*contract.curated_columns, *([DELETED] if contract.delete_when else [])]


def bare(rows: DataFrame, contract: Contract) -> DataFrame:
    """
    Of a row that removes its key only key, order and partition are left, so that two of them are equal if they remove the same at the same
    time. Where a part of the partition is missing, all of it goes.
    """
    if not contract.delete_when:
        return rows
    moved = [name for name in contract.partition_by if name not in contract.primary_key]
    no_partition = f"({' OR '.join(_is_no_folder(name, rows.schema) for name in moved)})" if moved else "FALSE"
    kept = {*contract.primary_key, *contract.latest_by} - set(moved)

    def value(name: str) -> str:
        if name in kept or name not in contract.curated_columns:
            return quoted(name)
        gone = f"{DELETED} AND {no_partition}" if name in moved else DELETED
        return f"CASE WHEN NOT ({gone}) THEN {quoted(name)} END AS {quoted(name)}"

    return rows.selectExpr(*(value(name) for name in rows.columns))


def _is_no_folder(name: str, schema: StructType) -> str:
    # Hive has one folder for NULL and ''.
    null = f"{quoted(name)} IS NULL"
    return f"({null} OR {quoted(name)} = '')" if schema[name].dataType == StringType() else null


def is_unplaced(contract: Contract) -> str:
    """SQL over bare() rows."""
    moved = [name for name in contract.partition_by if name not in contract.primary_key]
    return f"({DELETED} AND {quoted(moved[0])} IS NULL)" if contract.delete_when and moved else "FALSE"


def observed_deletes(contract: Contract) -> list[Column]:
    return [F.expr(f"count_if({BAD} IS NULL AND {is_unplaced(contract)})").alias(UNPLACED)]


def placed(good: DataFrame, homes: DataFrame, contract: Contract) -> DataFrame:
    """`homes`: key columns and the partition in which the table has the key. Rows that do not tell their partition get it from there."""
    keys, moved = contract.primary_key, [name for name in contract.partition_by if name not in contract.primary_key]
    known = homes.select(
        F.xxhash64(*keys).alias("__home_hash"),
        *(F.col(name).alias(f"__home_key{index}") for index, name in enumerate(keys)),
        *(F.col(name).alias(f"__home{index}") for index, name in enumerate(moved)),
    )
    same = [F.col(KEY_HASH) == F.col("__home_hash"), *(F.col(name) == F.col(f"__home_key{index}") for index, name in enumerate(keys))]
    unplaced = is_unplaced(contract)
    values = {name: f"CASE WHEN {unplaced} THEN __home{index} ELSE {quoted(name)} END AS {quoted(name)}" for index, name in enumerate(moved)}
    return good.join(F.broadcast(known), same, "left").selectExpr(*(values.get(name, quoted(name)) for name in good.columns))
