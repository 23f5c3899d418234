"""How the job tells rows and keys apart: the hash of a row's key, and a number of its own."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

KEY_HASH = "__key_hash"
ROW = "__row"
"""A number that no other row of the batch has, and that a row keeps when Spark must compute it again."""
EXISTS = f"{ROW} < 0"
"""SQL: rows that the table has already have negative numbers."""
PLACE = ("__file", "__position")
"""Where a row is in the table, for a table that takes it out there: URI of its file, and its number in that. NULL for other rows."""


def numbered(rows: DataFrame, primary_key: tuple[str, ...]) -> DataFrame:
    return rows.select("*", F.xxhash64(*primary_key).alias(KEY_HASH), F.monotonically_increasing_id().alias(ROW))


def numbered_as_existing(rows: DataFrame, primary_key: tuple[str, ...]) -> DataFrame:
    return rows.select("*", F.xxhash64(*primary_key).alias(KEY_HASH), (-1 - F.monotonically_increasing_id()).alias(ROW))


def content_hash(content: list[Column]) -> Column:
    """Tells equal versions of one key from different ones. Spark's hash steps over NULLs, so their places are hashed as well."""
    nulls = [
        sum((F.when(value.isNull(), F.lit(1 << bit)).otherwise(F.lit(0)).cast("bigint") for bit, value in enumerate(some)), F.lit(0))
        for some in (content[start : start + 60] for start in range(0, len(content), 60))
    ]
    # There may be no content beside the key, and a hash of nothing Spark refuses.
    return F.xxhash64(F.lit(0), *nulls, *content)


def comparable(frame: DataFrame, name: str) -> Column:
    """Maps have no order in Spark; their JSON has one."""
    return F.to_json(name) if "map<" in frame.schema[name].dataType.simpleString() else F.col(name)


def without(rows: DataFrame, gone: DataFrame, by: dict[str, Column], hint: str) -> DataFrame:
    """
    `by`: a column of `gone` → what a row has in its place, NULL where it cannot be among them. `hint`: how Spark joins them. All are equalities,
    so a key of many rows is no list to be searched for each of them.
    """
    named = gone.select(*(F.col(name).alias(f"__gone{name}") for name in by)).hint(hint)
    return rows.join(named, [value == F.col(f"__gone{name}") for name, value in by.items()], "left_anti")
