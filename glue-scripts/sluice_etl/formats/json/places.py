"""Where in an object the values of a contract's columns are: at a key, or at the end of a path of keys."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from pyspark.sql.types import ArrayType, DataType, StructType

from ...contract import Column, Contract
from ...spark_types import spark_type

Path = tuple[str, ...]


@dataclass(frozen=True)
class Wanted:
    """What is read of one object: keys whose values are wanted as texts, and keys whose values are wanted as tokens."""

    texts: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)


def paths_of(column: Column) -> list[Path]:
    """The places of a column's value, the first that has one counts: `from` is a key as it is, then a dotted path; a list is a path."""
    if isinstance(column.read_from, tuple):
        return [column.read_from]
    key = column.read_from or column.name
    dotted = tuple(key.split(".")) if column.read_from else ()
    return [(key,), dotted] if len(dotted) > 1 and all(dotted) else [(key,)]


def is_container(column: Column) -> bool:
    return "<" in column.type


def wanted_of(contract: Contract) -> dict[Path, Wanted]:
    """Path of an object → what is read of it, outer objects first; () is the record itself."""
    wanted: dict[Path, Wanted] = defaultdict(Wanted)
    for column in contract.columns:
        for path in paths_of(column):
            for length in range(len(path) - 1):
                wanted[path[:length]].tokens.add(path[length])
            last = wanted[path[:-1]]
            (last.tokens if is_container(column) else last.texts).add(path[-1])
    wanted[()]
    return dict(sorted(wanted.items(), key=lambda item: len(item[0])))


@dataclass
class Shape:
    """The keys that objects at one place are known to have."""

    keys: dict[str, Shape] = field(default_factory=dict)
    complete: bool = False
    """Whether a further key is one that the contract does not know; where only a path leads through, it is nothing to report."""


def shape_of(contract: Contract) -> Shape:
    root = Shape(complete=True)
    for column in contract.columns:
        for path in paths_of(column):
            shape = root
            for key in path:
                shape = shape.keys.setdefault(key, Shape())
        _add_fields(shape, spark_type(column.type) if is_container(column) else None)
    return root


def shape_of_columns(columns: list[Column]) -> Shape:
    """The same of nested columns alone, each at its name."""
    root = Shape(keys={column.name: Shape() for column in columns}, complete=True)
    for column in columns:
        _add_fields(root.keys[column.name], spark_type(column.type))
    return root


def _add_fields(shape: Shape, type: DataType | None) -> None:
    while isinstance(type, ArrayType):
        type = type.elementType
    if isinstance(type, StructType):
        shape.complete = True
        for inner in type.fields:
            _add_fields(shape.keys.setdefault(inner.name, Shape()), inner.dataType)
