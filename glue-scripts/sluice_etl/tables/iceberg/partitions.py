"""Whole partitions, named by their Hive paths, as Iceberg and as Spark select them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import and_, or_
from typing import TypeVar

from py4j.java_gateway import JavaClass, JavaObject
from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from ...formats.sources import quoted
from ...lake.hive_paths import HIVE_NULL, partition_values

T = TypeVar("T")
# Iceberg makes a value of these out of a text, and of others out of a number or a boolean.
_OF_TEXT = ("date", "string", "decimal")


def in_partitions(table: JavaObject, expressions: JavaClass, paths: Sequence[str]) -> JavaObject:
    """An expression of Iceberg's. It selects whole files, since `paths` are partitions of today's partitioning."""
    schema = table.schema()

    def same(name: str, text: str) -> JavaObject:
        if text == HIVE_NULL:
            return expressions.isNull(name)
        kind = schema.findType(name).toString()
        return expressions.equal(name, text if kind.startswith(_OF_TEXT) else _number(kind, text))

    return _either([reduce(expressions.__getattr__("and"), [same(name, text) for name, text in partition_values(path).items()]) for path in paths], expressions.__getattr__("or"))


def rows_in_partitions(schema: StructType, paths: Sequence[str]) -> Column:
    """The same as a condition of Spark's, of which each comparison is one that Iceberg understands."""

    def same(name: str, text: str) -> Column:
        column = F.col(quoted(name))
        return column.isNull() if text == HIVE_NULL else column == F.lit(text).cast(schema[name].dataType)

    return _either([reduce(and_, [same(name, text) for name, text in partition_values(path).items()]) for path in paths], or_)


def _either(each: list[T], either: Callable[[T, T], T]) -> T:
    """In pairs, and pairs of pairs: thousands, one within the other, would be deeper than a stack is."""
    while len(each) > 1:
        each = [either(*each[at : at + 2]) if len(each[at : at + 2]) == 2 else each[at] for at in range(0, len(each), 2)]
    return each[0]


def _number(kind: str, text: str) -> int | float | bool:
    if kind == "boolean":
        return text == "true"
    return float(text) if kind in ("float", "double") else int(text)
