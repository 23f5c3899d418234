"""Fields inside of a column that the contract knows and the file lacks, or the other way round."""

from __future__ import annotations

from pyspark.sql.types import ArrayType, DataType, StructType

from ..sources import match_columns
from .file_schema import Field


def unknown_fields(field: Field, target: DataType) -> tuple[list[str], list[str]]:
    """Fields of the contract's structs that this column lacks, and fields of its own that they do not have; as a.b.c."""
    missing, unknown = [], []
    while field.logical == "list" and isinstance(target, ArrayType) and field.fields and field.fields[0].fields:
        middle = field.fields[0]
        field = Field(**{**vars(middle if len(middle.fields) > 1 else middle.fields[0]), "name": field.name})
        target = target.elementType
    if isinstance(target, StructType) and field.physical is None and not field.logical:
        positions, others = match_columns(target.names, [inner.name for inner in field.fields])
        missing += [f"{field.name}.{name}" for name in target.names if name not in positions]
        unknown += [f"{field.name}.{name}" for name in others]
        for name, index in positions.items():
            inner_missing, inner_unknown = unknown_fields(field.fields[index], target[name].dataType)
            missing += [f"{field.name}.{path}" for path in inner_missing]
            unknown += [f"{field.name}.{path}" for path in inner_unknown]
    return missing, unknown
