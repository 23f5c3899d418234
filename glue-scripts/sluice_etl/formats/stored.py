"""
What a file may hold that Spark has no type for, or takes for something else. A column of such values is read as the nearest of Spark's
types and carries one of these beside it; what it means is decided here, in SQL.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql.types import DataType

_MICROS_A_DAY = 86_400_000_000
_EPOCH_AS_JULIAN_DAY = 2_440_588

Sql = Callable[[str], str]


class Stored(DataType):
    def __init__(self, name: str, text: Sql, typed: dict[str, Sql], parsed: Sql | None = None):
        self._name = name
        self.text = text
        """What quarantine shows, and a string column gets."""
        self.typed = typed
        """Spark's type → the value in it, NULL where it does not fit."""
        self.parsed = parsed
        """The text that types spell, NULL where there is none; None: only `typed` and, for strings, `text` are taken."""

    def simpleString(self) -> str:
        return self._name


def _known(value: str, text: str) -> str:
    return f"CASE WHEN {value} IS NOT NULL THEN {text} END"


def _text_of_bytes(value: str) -> str:
    return f"CASE WHEN CAST(decode({value}, 'UTF-8') AS BINARY) = {value} THEN decode({value}, 'UTF-8') END"


def is_utf8(text: str) -> str:
    return f"{text} = decode(CAST({text} AS BINARY), 'UTF-8')"


def _valid(value: str) -> str:
    return f"CASE WHEN {is_utf8(value)} THEN {value} END"


def _or_base64(text: Sql) -> Sql:
    return lambda value: f"coalesce({text(value)}, base64(CAST({value} AS BINARY)))"


def _utf8(valid: Sql) -> Stored:
    return Stored("utf8", _or_base64(valid), {"string": valid}, parsed=valid)


def utf8_where(known: str) -> Stored:
    """UTF8 that needs no look of its own in a row in which `known`, a column, is true."""
    return _utf8(lambda value: f"CASE WHEN {known} OR {is_utf8(value)} THEN {value} END")


@dataclass(frozen=True)
class _Moment:
    """A moment with nanoseconds: `micros` since 1970 and `rest`, its last three digits."""

    micros: Sql
    rest: Sql

    def text(self, value: str) -> str:
        seconds = f"date_format(timestamp_micros({self.micros(value)}), 'yyyy-MM-dd HH:mm:ss.SSSSSS')"
        return f"concat({seconds}, lpad(CAST({self.rest(value)} AS STRING), 3, '0'))"

    def timestamp(self, value: str) -> str:
        return f"CASE WHEN {self.rest(value)} = 0 THEN timestamp_micros({self.micros(value)}) END"

    def date(self, value: str) -> str:
        midnight = f"{self.rest(value)} = 0 AND pmod({self.micros(value)}, {_MICROS_A_DAY}L) = 0"
        return f"CASE WHEN {midnight} THEN CAST(timestamp_micros({self.micros(value)}) AS DATE) END"

    def stored(self, name: str) -> Stored:
        ntz = "CAST({} AS TIMESTAMP_NTZ)".format
        typed = {"timestamp": self.timestamp, "timestamp_ntz": lambda value: ntz(self.timestamp(value)), "date": self.date}
        return Stored(name, lambda value: _known(value, self.text(value)), typed)


def _number(value: str, first: int, size: int) -> str:
    """Of a binary's bytes from `first` on, least significant first, unsigned."""
    pairs = ", ".join(f"substring(hex({value}), {2 * (first + byte) + 1}, 2)" for byte in reversed(range(size)))
    return f"CAST(conv(concat({pairs}), 16, 10) AS BIGINT)"


def _int96_micros(value: str) -> str:
    return f"(({_number(value, 8, 4)} - {_EPOCH_AS_JULIAN_DAY}L) * {_MICROS_A_DAY}L + {_number(value, 0, 8)} div 1000L)"


def _half_float(value: str) -> str:
    """IEEE 754 binary16: 1 bit sign, 5 bits exponent, 10 bits fraction."""
    bits = _number(value, 0, 2)
    exponent, fraction = f"(shiftright({bits}, 10) & 31)", f"({bits} & 1023)"
    special = f"CASE WHEN {fraction} = 0 THEN CAST('Infinity' AS DOUBLE) ELSE CAST('NaN' AS DOUBLE) END"
    normal = f"(1 + {fraction} / 1024D) * power(2, {exponent} - 15)"
    size = f"CASE {exponent} WHEN 31 THEN {special} WHEN 0 THEN {fraction} * power(2, -24) ELSE {normal} END"
    return f"CAST(CASE WHEN {bits} >= 32768 THEN -({size}) ELSE {size} END AS FLOAT)"


def _uuid(value: str) -> str:
    return rf"regexp_replace(lower(hex({value})), '^(.{{8}})(.{{4}})(.{{4}})(.{{4}})(.{{12}})\\z', '$1-$2-$3-$4-$5')"


def time_of(logical: str) -> Stored:
    """A time of day, such as time(micros): Spark has no such type."""
    nanos = {"time(millis)": 1_000_000, "time(micros)": 1000, "time(nanos)": 1}.get(logical)
    return _TIMES[nanos] if nanos else UNREADABLE


def _time(nanos: int) -> Stored:
    digits = {1_000_000: 3, 1000: 6, 1: 9}[nanos]
    second = 10**digits
    parts = [("div 3600", 24), ("div 60", 60), ("", 60)]

    def text(value: str) -> str:
        seconds = f"({value} div {second}L)"
        clock = ", ':', ".join(f"lpad(CAST(({seconds} {step}) % {turn} AS STRING), 2, '0')" for step, turn in parts)
        return _known(value, f"concat({clock}, '.', lpad(CAST({value} % {second}L AS STRING), {digits}, '0'))")

    return Stored(f"time({digits})", text, {})


UTF8 = _utf8(_valid)
"""A string as the file has it: neither its writer nor Spark checks that it is UTF-8."""
BYTES = Stored("bytes", _or_base64(_text_of_bytes), {"string": _text_of_bytes, "binary": lambda value: value}, parsed=_text_of_bytes)
"""Bytes without a meaning: older writers' strings."""
NANOS = _Moment(lambda value: f"(({value} - pmod({value}, 1000L)) div 1000L)", lambda value: f"pmod({value}, 1000L)").stored("nanos")
INT96 = _Moment(_int96_micros, lambda value: f"({_number(value, 0, 8)} % 1000L)").stored("int96")
UUID = Stored("uuid", lambda value: _known(value, _uuid(value)), {"binary": lambda value: value})
FLOAT16 = Stored(
    "float16",
    lambda value: f"CAST({_half_float(value)} AS STRING)",
    {"float": _half_float, "double": lambda value: f"CAST({_half_float(value)} AS DOUBLE)"},
)
OPAQUE = Stored("opaque", lambda value: f"hex({value})", {"binary": lambda value: value, "string": lambda value: "CAST(NULL AS STRING)"})
"""Bytes that mean something else than a text: BSON, or a type that is newer than this file."""
UNREADABLE = Stored("unreadable", lambda value: f"hex(CAST({value} AS BINARY))", {"string": lambda value: "CAST(NULL AS STRING)"})
"""What no type of a contract can hold: every value of it is set aside, with its bytes."""
_TIMES = {nanos: _time(nanos) for nanos in (1_000_000, 1000, 1)}
