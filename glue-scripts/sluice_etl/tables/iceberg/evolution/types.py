"""Types that an Iceberg column may get: those that hold each of its values as it is (the Iceberg spec, "Schema Evolution")."""

from __future__ import annotations

from ....judge.types.names import numbers_in

_INTEGERS = ("tinyint", "smallint", "int", "bigint")


def widens(before: str, after: str) -> bool:
    """Of types as Spark prints them; the same in functions/domain/batch/table-kind.ts."""
    if before in _INTEGERS:
        return after in _INTEGERS and _INTEGERS.index(after) > _INTEGERS.index(before)
    if before.startswith("decimal(") and after.startswith("decimal("):
        (had, scale), (has, new_scale) = numbers_in(before), numbers_in(after)
        return scale == new_scale and has > had
    return (before, after) == ("float", "double")
