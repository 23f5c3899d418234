"""
The columns in the footer of a Parquet file: format and numbers are those of https://github.com/apache/parquet-format,
src/main/thrift/parquet.thrift. Spark's own look at a footer fails for types that it does not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ...lake.inputs import SourceFile
from ...lake.store import S3Store
from .footers import broken, read_footer
from .thrift import Reader

_SCHEMA, _NOTES = 2, 5
_PHYSICAL = dict(enumerate(("boolean", "int32", "int64", "int96", "float", "double", "byte_array", "fixed")))
_REPETITIONS = dict(enumerate(("required", "optional", "repeated")))
_UNITS = {1: "millis", 2: "micros", 3: "nanos"}
_LOGICAL = {1: "string", 2: "map", 3: "list", 4: "enum", 6: "date", 11: "null", 12: "json", 13: "bson", 14: "uuid", 15: "float16", 16: "variant"}
_OLD_TYPES = set(range(1, 15))
# What older writers put in place of a logical type.
_CONVERTED = {0: "string", 1: "map", 2: "map", 3: "list", 4: "enum", 6: "date", 7: "time(millis)", 8: "time(micros)"}
_CONVERTED |= {9: "timestamp(millis)", 10: "timestamp(micros)", 19: "json", 20: "bson", 21: "interval"}
_CONVERTED |= {11 + index: f"uint{8 << index}" for index in range(4)} | {15 + index: f"int{8 << index}" for index in range(4)}


@dataclass(frozen=True)
class Field:
    name: str
    repetition: str
    physical: str | None
    """None for a group."""
    length: int
    """Of a fixed-length byte array."""
    logical: str
    """As `timestamp(nanos)`, `decimal`, `uint32`; `unknown` for one that is newer than this file; "" for none."""
    precision: int
    scale: int
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class FileSchema:
    fields: tuple[Field, ...]
    rows: int
    by_spark: bool
    """Looked up only where a column is an INT96: what Spark wrote has no part of a microsecond."""
    has_new_types: bool
    """Whether it has logical types that are newer than Spark's library: it then refuses the whole file."""


@dataclass(frozen=True)
class _Columns:
    fields: tuple[Field, ...]
    has_int96: bool
    has_new_types: bool


def read_file_schema(store: S3Store, file: SourceFile) -> FileSchema:
    """Raises UnreadableFileError for a file that has no such footer."""
    content, footer = read_footer(store, file)
    try:
        columns = _columns(footer.schema)
        return FileSchema(columns.fields, footer.rows, columns.has_int96 and _by_spark(content), columns.has_new_types)
    except (IndexError, KeyError, ValueError, TypeError, StopIteration, RuntimeError) as error:
        raise broken(file.uri) from error


# The files of a batch are mostly alike, and this takes longer than to read their footers.
@lru_cache(maxsize=64)
def _columns(schema: bytes) -> _Columns:
    described = Reader(schema).struct(last=_SCHEMA)[_SCHEMA]
    elements = [_field(element) for element in described]
    has_int96 = any(field.physical == "int96" for field, _ in elements)
    return _Columns(_children(iter(elements[1:]), elements[0][1]), has_int96, any(is_new(element.get(10)) for element in described))


def is_new(logical: object) -> bool:
    """Of a LogicalType: whether parquet-mr 1.13, which Spark 3.5 reads with, has no name for it."""
    return isinstance(logical, dict) and not logical.keys() <= _OLD_TYPES


def _by_spark(footer: bytes) -> bool:
    notes = Reader(footer).struct(last=_NOTES).get(_NOTES, [])
    return any(note.get(1) == b"org.apache.spark.version" for note in notes)


def _field(element: dict) -> tuple[Field, int]:
    """Without its children, and how many these are."""
    logical, precision, scale = _logical(element)
    field = Field(
        element[4].decode("utf-8"),
        _REPETITIONS[element.get(3, 0)],
        _PHYSICAL[element[1]] if 1 in element else None,
        element.get(2, 0),
        logical,
        precision,
        scale,
        (),
    )
    return field, element.get(5, 0)


def _children(elements, count: int) -> tuple[Field, ...]:
    found = []
    for _ in range(count):
        field, children = next(elements)
        found.append(Field(**{**vars(field), "fields": _children(elements, children)}) if field.physical is None else field)
    return tuple(found)


def _logical(element: dict) -> tuple[str, int, int]:
    """Name, precision, scale."""
    union = element.get(10)
    if union is None:
        converted = element.get(6)
        return ("decimal", element.get(8, 0), element.get(7, 0)) if converted == 5 else (_CONVERTED.get(converted, ""), 0, 0)
    number, of = next(iter(union.items()), (0, {}))
    if number == 5:
        return "decimal", of[2], of[1]
    if number in (7, 8):
        return f"{'time' if number == 7 else 'timestamp'}({_UNITS.get(next(iter(of[2])), 'unknown')})", 0, 0
    if number == 10:
        return f"{'int' if of[2] else 'uint'}{of[1]}", 0, 0
    return _LOGICAL.get(number, "unknown"), 0, 0
