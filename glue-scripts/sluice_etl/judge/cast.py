"""SQL that gives a source value the contract's type, or NULL where it does not have it."""

from __future__ import annotations

from pyspark.sql.types import DataType

from ..contract import Column
from ..formats.stored import Stored
from ..formats.sources import SourceColumn
from ..spark_types import is_nested, spark_type
from . import nested
from .conversions import from_stored, from_value
from .types.names import NESTED, plain
from .types.text import from_text


def typed(source: SourceColumn, column: Column, exact: str | None = None) -> str:
    """`exact`: as of types.text.from_text."""
    target, value = plain(column.type), source.expression
    if source.type == target:
        return value
    if source.type == "string":
        return from_string(value, column, target, exact)

    def spelled(text: str) -> str:
        return from_string(text, column, target)

    if isinstance(source.type, Stored):
        return from_stored(value, source.type, target, spelled)
    if isinstance(source.type, str):
        return from_value(value, source.type, column, target, spelled)
    if target.startswith(NESTED):
        return nested.from_nested(value, source.type, spark_type(column.type), _leaf)
    return as_text(value, source.type) if target == "string" else f"CAST(NULL AS {column.type})"


def from_string(value: str, column: Column, target: str, exact: str | None = None) -> str:
    if target.startswith(NESTED):
        return nested.from_json_text(value, spark_type(column.type), _leaf)
    return from_text(value, column, exact)


def as_text(value: str, type: str | DataType) -> str:
    if isinstance(type, Stored):
        return type.text(value)
    if isinstance(type, DataType):
        return f"to_json({value})"
    if type == "string":
        return value
    return f"base64({value})" if type == "binary" else f"CAST({value} AS STRING)"


def _leaf(value: str, source: DataType, target: DataType) -> str:
    type = source if isinstance(source, Stored) or is_nested(source) else source.simpleString()
    return typed(SourceColumn(value, type), Column("", target.simpleString()))
