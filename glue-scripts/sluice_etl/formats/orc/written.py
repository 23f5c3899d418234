"""
Dates and timestamps as ORC's own texts of them: `yyyy-MM-dd` and `yyyy-MM-dd HH:mm:ss.fffffffff`, with the zone of the JVM behind a moment. AWS and
the laptop run it in UTC; behind any other zone the value is not taken.
"""

from __future__ import annotations

from ..stored import Sql, Stored

# Years of more than four digits have a sign before them.
_DAY = "^[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ZONE = "( (UTC|Z|GMT|Etc/UTC))?$"


def _where(condition: str, of: Sql) -> Sql:
    return lambda value: f"CASE WHEN {value} RLIKE '{condition}' THEN {of(value)} END"


def _without_zone(value: str) -> str:
    return f"regexp_replace({value}, '{_ZONE}', '')"


def _as(type: str, of: Sql) -> Sql:
    return lambda value: f"CAST({of(value)} AS {type})"


_micros = _where(f"{_DAY} [0-9:]{{8}}([.][0-9]{{1,6}}0*)?{_ZONE}", _as("TIMESTAMP", _without_zone))
_midnight = _where(f"{_DAY} 00:00:00([.]0*)?{_ZONE}", lambda value: f"CAST(substring({value}, 1, 10) AS DATE)")
_day = _where(f"{_DAY}$", _as("DATE", lambda value: value))

WRITTEN_TIME = Stored("written_time", _without_zone, {"timestamp": _micros, "timestamp_ntz": _as("TIMESTAMP_NTZ", _micros), "date": _midnight})
WRITTEN_DAY = Stored("written_day", lambda value: value, {"date": _day, "timestamp": _as("TIMESTAMP", _day), "timestamp_ntz": _as("TIMESTAMP_NTZ", _day)})
