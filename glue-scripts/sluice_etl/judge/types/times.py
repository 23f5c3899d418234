"""Dates and timestamps from texts."""

from __future__ import annotations

import re

from ...contract import Column
from ...errors import ConfigurationError
from ...formats.sources import literal

_DAY = r"(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}"
_MINUTES = "[0-9]{2}:[0-9]{2}"
_ZONE = r" ?(?:Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)"
_SECONDS = r":[0-9]{2}(?:\.[0-9]{1,6}0*+)?"
_ISO = {
    "date": _DAY,
    "timestamp": f"{_DAY}(?:[T ]{_MINUTES}(?:{_SECONDS}(?:{_ZONE})?)?)?",
    "timestamp_ntz": f"{_DAY}(?:[T ]{_MINUTES}(?:{_SECONDS})?)?",
}
_ZONE_BEHIND_MINUTES = rf"^[ \t]*{_DAY}[T ]{_MINUTES}{_ZONE}[ \t]*\z"
# A cast of text of exactly this shape means the same as the pattern, for a fraction of a formatter's time.
_SHAPES = {
    "yyyy-MM-dd": _DAY,
    "yyyy-MM-dd HH:mm:ss": rf"{_DAY} [0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}",
    "yyyy-MM-dd'T'HH:mm:ss": rf"{_DAY}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}",
}
_FIRST, _END = "TIMESTAMP'0001-01-01 00:00:00'", "TIMESTAMP'+10000-01-01 00:00:00'"


def moment(value: str, column: Column, target: str) -> str:
    if column.format is None:
        shape = rf"^[ \t]*(?:{_ISO[target]})[ \t]*\z"
        # Spark reads a zone only behind seconds.
        zoned = f"CAST(regexp_replace({value}, '([0-9]:[0-9]{{2}})( ?[ZU+-])', '$1:00$2') AS timestamp)"
        other = f" WHEN {value} RLIKE {literal(_ZONE_BEHIND_MINUTES)} THEN {zoned}" if target == "timestamp" else ""
        return f"CASE WHEN {value} RLIKE {literal(shape)} THEN CAST({value} AS {target}){other} END"
    letters = _letters(column.format)
    _refuse(column, letters, target)
    if column.format in _SHAPES and not (target == "date" and "H" in letters):
        shape = rf"^{_SHAPES[column.format]}\z"
        return f"CASE WHEN {value} RLIKE {literal(shape)} THEN CAST({value} AS {target}) END"
    parsed = f"try_to_timestamp({value}, {literal(column.format)})"
    conditions = [f"{parsed} >= {_FIRST} AND {parsed} < {_END}"]
    if target == "date" and letters & set("HhKkmsSA"):
        conditions.append(f"{parsed} = date_trunc('DAY', {parsed})")
    if (places := column.format.count("S")) > 6:
        # Spark keeps six places and drops the others.
        only_zeros_behind = rf"(?<![0-9])[0-9]{{6}}0{{{places - 6}}}(?![0-9])"
        conditions.append(f"{value} RLIKE {literal(only_zeros_behind)}")
    return f"CASE WHEN {' AND '.join(conditions)} THEN CAST({parsed} AS {target}) END"


def _letters(pattern: str) -> set[str]:
    return set(re.sub(r"'[^']*'", "", pattern))


def _refuse(column: Column, letters: set[str], target: str) -> None:
    """What a pattern does not ask for, Spark makes up: 1970, January, the first."""
    year, day = letters & set("yu"), "D" in letters or ("d" in letters and letters & set("ML"))
    if not (year and day):
        raise ConfigurationError(f"columns.{column.name}.format {column.format!r} has no {'day' if year else 'year'}: a {target} needs year, month and day")
    if target == "timestamp_ntz" and letters & set("VzOXxZ"):
        raise ConfigurationError(f"columns.{column.name}.format {column.format!r} has a zone, which a timestamp_ntz cannot keep: give it the type timestamp")
