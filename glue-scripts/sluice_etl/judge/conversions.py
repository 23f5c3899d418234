"""From a Parquet value to the contract's type: taken where it stays the same value, else NULL."""

from __future__ import annotations

from collections.abc import Callable

from ..contract import Column
from ..formats.stored import Stored

_INTEGERS, _FRACTIONS = {"tinyint", "smallint", "int", "bigint"}, {"float", "double"}
_MOMENTS = ("timestamp", "timestamp_ntz")
# Whole numbers below it every value of the type has.
_WHOLE_IN = {("tinyint", "float"), ("smallint", "float"), *((integer, "double") for integer in ("tinyint", "smallint", "int"))}

_BEYOND_BIGINT = "9223372036854775808D"

FromText = Callable[[str], str]
"""SQL of a text → SQL of the value that it spells in the contract's type, NULL where it spells none."""


def from_stored(value: str, source: Stored, target: str, from_text: FromText) -> str:
    kind = target.partition("(")[0]
    if kind in source.typed:
        return source.typed[kind](value)
    if source.parsed:
        return from_text(source.parsed(value))
    return source.text(value) if kind == "string" else f"CAST(NULL AS {target})"


def from_value(value: str, source: str, column: Column, target: str, from_text: FromText) -> str:
    """`source` and `target` are types as Spark prints them, and not the same."""
    text = f"CAST({value} AS STRING)"
    if target == "string":
        return text
    number = f"try_cast({value} AS {target})"
    if target in _INTEGERS:
        if source in _INTEGERS:
            return number
        if source in _FRACTIONS or source.startswith("decimal"):
            return f"CASE WHEN {value} = floor({value}) THEN {number} END"
    if target in _FRACTIONS and source in _INTEGERS:
        # A number beyond the largest bigint would come back as that.
        exact = "TRUE" if (source, target) in _WHOLE_IN else f"CAST({number} AS BIGINT) = {value} AND {number} < {_BEYOND_BIGINT}"
        return f"CASE WHEN {exact} THEN {number} END"
    if target in _FRACTIONS and source in _FRACTIONS:
        return number if target == "double" else f"CASE WHEN CAST({number} AS DOUBLE) = {value} THEN {number} END"
    if target.startswith("decimal") and source in _INTEGERS:
        return number
    if target.startswith("decimal") and source.startswith("decimal"):
        return number if column.round == "half_up" else f"CASE WHEN {number} = {value} THEN {number} END"
    if target.startswith("decimal") and source in _FRACTIONS:
        # Of the shortest text that gives the number back, which is what its writer meant by it.
        rounded = f"try_cast({text} AS {target})"
        return rounded if column.round == "half_up" else f"CASE WHEN CAST({rounded} AS {source}) = {value} THEN {rounded} END"
    if source in _MOMENTS and target == "date":
        return f"CASE WHEN {value} = date_trunc('DAY', {value}) THEN CAST({value} AS DATE) END"
    if source in ("date", *_MOMENTS) and target in _MOMENTS:
        return f"CAST({value} AS {target})"
    if source == "binary" or target in ("date", *_MOMENTS, "binary"):
        return f"CAST(NULL AS {target})"
    return from_text(text)
