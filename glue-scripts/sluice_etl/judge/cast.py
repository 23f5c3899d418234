"""SQL that gives a source value the contract's type, or NULL where it does not have it."""

from __future__ import annotations

import re

from ..contract import Column
from ..formats.sources import SourceColumn, literal

_INTEGERS = {"tinyint", "smallint", "int", "bigint"}
_DAY, _TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}", r"[0-9]{2}:[0-9]{2}:[0-9]{2}\z"
_SHAPES = {"yyyy-MM-dd": rf"{_DAY}\z", "yyyy-MM-dd HH:mm:ss": f"{_DAY} {_TIME}", "yyyy-MM-dd'T'HH:mm:ss": f"{_DAY}T{_TIME}"}
_FRACTIONS = {"float", "double"}
_ALIASES = {"byte": "tinyint", "short": "smallint", "integer": "int", "long": "bigint", "real": "float", "dec": "decimal", "numeric": "decimal"}


def typed(source: SourceColumn, column: Column) -> str:
    target, value = plain(column.type), source.expression
    if source.type == target:
        return value
    if source.type != "string":
        return _from_typed(value, source.type, column, target)
    return from_text(value, column, target)


def from_text(value: str, column: Column, target: str) -> str:
    if target.startswith(("struct<", "array<", "map<")):
        return f"from_json({value}, {literal(column.type)})"
    shape = _SHAPES.get(column.format or "")
    if shape:
        # A cast of text of exactly this shape means the same as the pattern, for a fraction of a formatter's time.
        return f"CASE WHEN {value} RLIKE {literal(shape)} THEN CAST({value} AS {target}) END"
    if column.format and target == "date":
        return f"CAST(try_to_timestamp({value}, {literal(column.format)}) AS DATE)"
    if column.format:
        return f"CAST(try_to_timestamp({value}, {literal(column.format)}) AS {target})"
    return f"try_cast({value} AS {column.type})"


def as_text(value: str, type: str) -> str:
    if type == "string":
        return value
    if type == "binary":
        return f"base64({value})"
    if type.startswith(("struct<", "array<", "map<")):
        return f"to_json({value})"
    return f"CAST({value} AS STRING)"


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


def _from_typed(value: str, source: str, column: Column, target: str) -> str:
    """Between Parquet types a value is taken when it stays the same value; decimals round half up as text does."""
    if target == "string":
        return as_text(value, source)
    whole = source in _FRACTIONS or source.startswith("decimal")
    if target in _INTEGERS and whole:
        return f"CASE WHEN {value} = floor({value}) THEN try_cast({value} AS {target}) END"
    numeric = whole or source in _INTEGERS
    if numeric and (target in _INTEGERS | _FRACTIONS or target.startswith("decimal")):
        return f"try_cast({value} AS {target})"
    if source.startswith("timestamp") and target == "date":
        return f"CASE WHEN {value} = date_trunc('DAY', {value}) THEN CAST({value} AS DATE) END"
    if source in ("date", "timestamp", "timestamp_ntz") and target.startswith("timestamp"):
        return f"CAST({value} AS {target})"
    if "<" in source and "<" in target:
        return f"try_cast({value} AS {target})"
    return from_text(as_text(value, source), column, target)
