"""Booleans, strings and bytes from texts."""

from __future__ import annotations

from .names import numbers_in
from .numbers import trimmed


def boolean(value: str) -> str:
    word = f"lower({trimmed(value)})"
    return f"CASE WHEN {word} IN ('true', 't', 'yes', 'y', '1') THEN TRUE WHEN {word} IN ('false', 'f', 'no', 'n', '0') THEN FALSE END"


def short_string(value: str, target: str) -> str:
    """varchar(n) and char(n) as they were written, never cut and never padded."""
    return f"CASE WHEN char_length({value}) <= {numbers_in(target)[0]} THEN {value} END"


def binary(value: str) -> str:
    """The text's own bytes, in UTF-8."""
    return f"CAST({value} AS BINARY)"
