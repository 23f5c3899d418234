"""SQL that gives a source value the contract's type, or NULL where it does not have it."""

from __future__ import annotations

import re

from pyspark.sql.types import DataType

from ..contract import Column
from ..formats.sources import SourceColumn, literal
from ..formats.parquet.stored import Stored
from ..spark_types import is_nested, spark_type
from . import nested
from .conversions import from_stored, from_value

NESTED = ("struct<", "array<", "map<")

_DAY, _TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}", r"[0-9]{2}:[0-9]{2}:[0-9]{2}\z"
_SHAPES = {"yyyy-MM-dd": rf"{_DAY}\z", "yyyy-MM-dd HH:mm:ss": f"{_DAY} {_TIME}", "yyyy-MM-dd'T'HH:mm:ss": f"{_DAY}T{_TIME}"}
_ALIASES = {"byte": "tinyint", "short": "smallint", "integer": "int", "long": "bigint", "real": "float", "dec": "decimal", "numeric": "decimal"}


def typed(source: SourceColumn, column: Column) -> str:
    target, value = plain(column.type), source.expression
    if source.type == target:
        return value
    if source.type == "string":
        return from_text(value, column, target)

    def spelled(text: str) -> str:
        return from_text(text, column, target)

    if isinstance(source.type, Stored):
        return from_stored(value, source.type, target, spelled)
    if isinstance(source.type, str):
        return from_value(value, source.type, column, target, spelled)
    if target.startswith(NESTED):
        return nested.from_nested(value, source.type, spark_type(column.type), _leaf)
    return as_text(value, source.type) if target == "string" else f"CAST(NULL AS {column.type})"


def from_text(value: str, column: Column, target: str) -> str:
    if target.startswith(NESTED):
        return nested.from_json_text(value, spark_type(column.type), _leaf)
    shape = _SHAPES.get(column.format or "")
    if shape:
        # A cast of text of exactly this shape means the same as the pattern, for a fraction of a formatter's time.
        return f"CASE WHEN {value} RLIKE {literal(shape)} THEN CAST({value} AS {target}) END"
    if column.format and target == "date":
        return f"CAST(try_to_timestamp({value}, {literal(column.format)}) AS DATE)"
    if column.format:
        return f"CAST(try_to_timestamp({value}, {literal(column.format)}) AS {target})"
    return f"try_cast({value} AS {column.type})"


def as_text(value: str, type: str | DataType) -> str:
    if isinstance(type, Stored):
        return type.text(value)
    if isinstance(type, DataType):
        return f"to_json({value})"
    if type == "string":
        return value
    return f"base64({value})" if type == "binary" else f"CAST({value} AS STRING)"


def plain(type: str) -> str:
    """The type as Spark prints it, so that spellings of one type are equal."""
    name = re.sub(r"\s+", "", type.lower()) if "<" not in type else type.strip()
    head, _, rest = name.partition("(")
    head = _ALIASES.get(head, head)
    if head == "decimal" and not rest:
        return "decimal(10,0)"
    if head == "decimal" and "," not in rest:
        return f"decimal({rest.rstrip(')')},0)"
    return f"{head}({rest}" if rest else head


def _leaf(value: str, source: DataType, target: DataType) -> str:
    type = source if isinstance(source, Stored) or is_nested(source) else source.simpleString()
    return typed(SourceColumn(value, type), Column("", target.simpleString()))
