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


def without(rows: DataFrame, key: Column, gone: DataFrame) -> DataFrame:
    """`key`: KEY_HASH of the rows that may be among `gone`, NULL of others, which need not be looked for."""
    named = gone.select(F.col(KEY_HASH).alias("__gone_hash"), F.col(ROW).alias("__gone_row")).hint("shuffle_hash")
    # Not an equality of rows, which Spark would hash as well: it finds a key that is one number faster than one that is two.
    return rows.join(named, (key == F.col("__gone_hash")) & F.expr(f"{ROW} - __gone_row = 0"), "left_anti")
