"""Fields inside of a column that the contract knows and the file lacks, or the other way round."""

from __future__ import annotations

from pyspark.sql.types import ArrayType, DataType, StructType

from ..sources import match_columns
from .schema import Node


def unknown_fields(path: str, node: Node, target: DataType) -> tuple[list[str], list[str]]:
    """Fields of the contract's structs that this column lacks, and fields of its own that they do not have; as a.b.c."""
    node = node.value
    while node.kind == "array" and isinstance(target, ArrayType):
        node, target = node.inner[0].value, target.elementType
    if node.kind != "record" or not isinstance(target, StructType):
        return [], []
    positions, others = match_columns(target.names, node.names)
    missing = [f"{path}.{name}" for name in target.names if name not in positions]
    unknown = [f"{path}.{name}" for name in others]
    for name, place in positions.items():
        inner_missing, inner_unknown = unknown_fields(f"{path}.{node.names[place]}", node.inner[place], target[name].dataType)
        missing += inner_missing
        unknown += inner_unknown
    return missing, unknown
