"""From a text to the value that it spells, or to NULL: the one place where the rules of all types meet."""

from __future__ import annotations

from ...contract import Column
from ...errors import ConfigurationError
from .names import FRACTIONS, INTEGERS, plain
from .numbers import decimal, fraction, integer
from .times import moment
from .words import binary, boolean, short_string


def from_text(value: str, column: Column, exact: str | None = None) -> str:
    """
    SQL of the column's type over `value`, SQL of a text; NULL where the text does not spell a value of that type. `exact`: a column of
    types/exact.py for this one; without it, of floats and doubles with many digits only the shortest texts are taken.
    """
    target = plain(column.type)
    kind = target.partition("(")[0]
    if target == "string":
        return value
    if kind in INTEGERS:
        return integer(value, column, target)
    if kind == "decimal":
        return decimal(value, column, target)
    if kind in FRACTIONS:
        return fraction(value, column, target, exact)
    if kind in ("date", "timestamp", "timestamp_ntz"):
        return moment(value, column, target)
    if kind == "boolean":
        return boolean(value)
    if kind in ("varchar", "char"):
        return short_string(value, target)
    if kind == "binary":
        return binary(value)
    raise ConfigurationError(f"columns.{column.name} has the type {column.type}, which no text spells; give it another type")
