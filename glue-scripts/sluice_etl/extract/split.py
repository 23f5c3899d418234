"""Readers side by side: which rows each of them reads. Every row is in one part, whatever is written meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

from .databases.database_kind import SPLIT, DatabaseKind


@dataclass(frozen=True)
class Column:
    type: str
    """As the database names it."""
    required: bool
    """No row may have NULL."""


@dataclass(frozen=True)
class Parts:
    column: str
    """SQL of what the predicates look at."""
    predicates: list[str]


def hash_parts(kind: DatabaseKind, by: str, type: str, parts: int) -> Parts:
    """Each reader computes the hash of every row, and keeps its own."""
    return Parts(kind.hash_part(by, type, parts), [f"{kind.quoted(SPLIT)} = {number}" for number in range(parts)])


def ranges(kind: DatabaseKind, by: str, column: Column, bounds: list[int]) -> Parts:
    """Each reader looks at its own rows alone, where the column has an index. The first and the last part have no end: rows may come meanwhile."""
    name = kind.quoted(SPLIT)
    edges = [None, *bounds, None]
    predicates = []
    for low, high in zip(edges, edges[1:]):
        sides = ([f"{name} >= {low}"] if low is not None else []) + ([f"{name} < {high}"] if high is not None else [])
        predicates.append(" AND ".join(sides))
    if not column.required:
        predicates[0] = f"({predicates[0]} OR {name} IS NULL)"
    return Parts(kind.quoted(by), predicates)


def inner_bounds(lowest: int, highest: int, parts: int) -> list[int]:
    """Numbers at which a part ends and the next begins, of equal width; fewer where there are not so many numbers."""
    width = highest - lowest + 1
    return sorted({lowest + width * number // parts for number in range(1, parts)} - {lowest})
