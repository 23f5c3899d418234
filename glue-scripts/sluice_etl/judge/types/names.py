"""Spark's type names, so that spellings of one type are equal."""

from __future__ import annotations

import re

INTEGERS = {"tinyint", "smallint", "int", "bigint"}
FRACTIONS = {"float", "double"}
NESTED = ("struct<", "array<", "map<")
_ALIASES = {"byte": "tinyint", "short": "smallint", "integer": "int", "long": "bigint", "real": "float", "dec": "decimal", "numeric": "decimal"}
_ALIASES |= {"character": "char", "timestamp_ltz": "timestamp"}


def plain(type: str) -> str:
    """The type as Spark prints it."""
    name = re.sub(r"\s+", "", type.lower()) if "<" not in type else type.strip()
    head, _, rest = name.partition("(")
    head = _ALIASES.get(head, head)
    if head == "decimal" and not rest:
        return "decimal(10,0)"
    if head == "decimal" and "," not in rest:
        return f"decimal({rest.rstrip(')')},0)"
    return f"{head}({rest}" if rest else head


def numbers_in(type: str) -> tuple[int, ...]:
    """(12, 2) of decimal(12,2)."""
    return tuple(int(number) for number in re.findall(r"[0-9]+", type.partition("(")[2]))
