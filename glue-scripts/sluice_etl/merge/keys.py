"""How the job tells rows and keys apart: the hash of a row's key, and a number of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from ..formats.sources import quoted

KEY_HASH = "__key_hash"
ROW = "__row"
"""A number that no other row of the batch has, and that a row keeps when Spark must compute it again."""
EXISTS = f"{ROW} < 0"
"""SQL: rows that the table has already have negative numbers."""
PLACE = ("__file", "__position")
"""Where a row is in the table, for a table that takes it out there: URI of its file, and its number in that. NULL for other rows."""


# Here and below in SQL, since PySpark calls the JVM for every part of an expression that it puts together.
def numbered(rows: DataFrame, primary_key: tuple[str, ...]) -> DataFrame:
    return _numbered(rows, primary_key, "monotonically_increasing_id()")


def numbered_as_existing(rows: DataFrame, primary_key: tuple[str, ...]) -> DataFrame:
    return _numbered(rows, primary_key, "-1 - monotonically_increasing_id()")


def _numbered(rows: DataFrame, primary_key: tuple[str, ...], number: str) -> DataFrame:
    return rows.selectExpr("*", f"xxhash64({', '.join(map(quoted, primary_key))}) AS {KEY_HASH}", f"{number} AS {ROW}")


def content_hash(content: Sequence[str]) -> str:
    """
    SQL that tells equal versions of one key from different ones; `content`: SQL of their values. Spark's hash steps over NULLs, so their places
    are hashed as well.
    """
    words = (content[start : start + 60] for start in range(0, len(content), 60))
    nulls = [" + ".join(f"if({value} IS NULL, {1 << bit}L, 0L)" for bit, value in enumerate(word)) for word in words]
    # There may be no content beside the key, and a hash of nothing Spark refuses.
    return f"xxhash64({', '.join(['0', *nulls, *content])})"


def comparable(frame: DataFrame, name: str) -> str:
    """SQL of the column. Maps have no order in Spark; their JSON has one."""
    return f"to_json({quoted(name)})" if "map<" in frame.schema[name].dataType.simpleString() else quoted(name)


def fingerprint(rows: DataFrame, names: Iterable[str]) -> Column:
    """Of these columns of all rows: the same for the same rows in any order. The sum of their hashes wraps around, as hashes may."""
    return F.expr(f"sum({content_hash([comparable(rows, name) for name in names])})")


def without(rows: DataFrame, gone: DataFrame, by: dict[str, Column], hint: str) -> DataFrame:
    """
    `by`: a column of `gone` → what a row has in its place, NULL where it cannot be among them. `hint`: how Spark joins them. All are equalities,
    so a key of many rows is no list to be searched for each of them.
    """
    named = gone.select(*(F.col(name).alias(f"__gone{name}") for name in by)).hint(hint)
    return rows.join(named, [value == F.col(f"__gone{name}") for name, value in by.items()], "left_anti")
