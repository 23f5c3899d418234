"""As what Spark is to read a column of an ORC file, and what that then is to the judge."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow
from pyarrow import types as arrow
from pyspark.sql.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    ByteType,
    DataType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    MapType,
    ShortType,
    StringType,
    StructField,
    StructType,
)

from ..sources import match_columns
from ..stored import BYTES, UTF8
from .written import WRITTEN_DAY, WRITTEN_TIME


@dataclass(frozen=True)
class ReadAs:
    read: DataType
    """What Spark is asked for."""
    stored: DataType
    """The same, with Stored where the value means more than its type."""


_PLAIN = [
    (arrow.is_boolean, BooleanType()),
    (arrow.is_int8, ByteType()),
    (arrow.is_int16, ShortType()),
    (arrow.is_int32, IntegerType()),
    (arrow.is_int64, LongType()),
    (arrow.is_float32, FloatType()),
    (arrow.is_float64, DoubleType()),
]


def unreadable(type: pyarrow.DataType) -> str | None:
    """What Spark's reader refuses a whole file for, wherever in its schema: there is no asking for the other columns alone."""
    if arrow.is_union(type):
        return "a union"
    if arrow.is_timestamp(type) and type.tz is not None:
        return "a timestamp with local time zone"
    inner = [type.field(index).type for index in range(type.num_fields)] if arrow.is_nested(type) else []
    return next((found for part in inner if (found := unreadable(part))), None)


def read_as(type: pyarrow.DataType, target: DataType) -> ReadAs:
    """Of structs only the fields of `target` are read."""
    if arrow.is_struct(type):
        return _struct(type, target)
    if arrow.is_list(type):
        element = read_as(type.value_type, target.elementType if isinstance(target, ArrayType) else StringType())
        return ReadAs(ArrayType(element.read), ArrayType(element.stored))
    if arrow.is_map(type):
        return _map(type, target)
    if arrow.is_decimal(type):
        decimal = DecimalType(type.precision, type.scale)
        return ReadAs(decimal, decimal)
    if arrow.is_timestamp(type):
        # Spark's own type ends with the microseconds; as a text ORC gives every digit.
        return ReadAs(StringType(), WRITTEN_TIME)
    if arrow.is_date32(type):
        # So that days before 1582 are what they are called in the file.
        return ReadAs(StringType(), WRITTEN_DAY)
    if arrow.is_string(type):
        return ReadAs(StringType(), UTF8)
    if arrow.is_binary(type):
        return ReadAs(BinaryType(), BYTES)
    return next(ReadAs(plain, plain) for fits, plain in _PLAIN if fits(type))


def _struct(type: pyarrow.StructType, target: DataType) -> ReadAs:
    wanted = target if isinstance(target, StructType) else StructType()
    fields = [type.field(index) for index in range(type.num_fields)]
    positions, _ = match_columns(wanted.names, [field.name for field in fields])
    found = [(fields[index].name, read_as(fields[index].type, wanted[name].dataType)) for name, index in positions.items()]
    if not found:
        # Spark finds out whether a struct is there by reading a field of it; with none of the contract's, any will do.
        found = [(field.name, read_as(field.type, StringType())) for field in fields[:1]]
    return ReadAs(StructType([StructField(name, how.read) for name, how in found]), StructType([StructField(name, how.stored) for name, how in found]))


def _map(type: pyarrow.MapType, target: DataType) -> ReadAs:
    key_target, value_target = (target.keyType, target.valueType) if isinstance(target, MapType) else (StringType(), StringType())
    keys, values = read_as(type.key_type, key_target), read_as(type.item_type, value_target)
    return ReadAs(MapType(keys.read, values.read), MapType(keys.stored, values.stored))


def unknown_fields(path: str, type: pyarrow.DataType, target: DataType) -> tuple[list[str], list[str]]:
    """Fields of the contract's structs that this column lacks, and fields of its own that they do not have; as a.b.c."""
    while arrow.is_list(type) and isinstance(target, ArrayType):
        type, target = type.value_type, target.elementType
    if not arrow.is_struct(type) or not isinstance(target, StructType):
        return [], []
    fields = [type.field(index) for index in range(type.num_fields)]
    positions, others = match_columns(target.names, [field.name for field in fields])
    missing = [f"{path}.{name}" for name in target.names if name not in positions]
    unknown = [f"{path}.{name}" for name in others]
    for name, index in positions.items():
        inner_missing, inner_unknown = unknown_fields(f"{path}.{fields[index].name}", fields[index].type, target[name].dataType)
        missing += inner_missing
        unknown += inner_unknown
    return missing, unknown
