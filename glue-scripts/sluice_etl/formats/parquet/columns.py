"""As what Spark is to read a column of a Parquet file, and what that then is to the judge."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    ByteType,
    DataType,
    DateType,
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
    TimestampType,
)

from ..sources import match_columns
from .file_schema import Field
from ..stored import BYTES, FLOAT16, INT96, NANOS, OPAQUE, UNREADABLE, UTF8, UUID, time_of

MOST_DIGITS = 38
# Spark's vectorized reader takes decimals in byte arrays only for types of more digits than a long has.
_LONG_DIGITS = 18


@dataclass(frozen=True)
class ReadAs:
    read: DataType
    """What Spark is asked for."""
    stored: DataType
    """The same, with Stored where the value means more than its type."""

    @property
    def needs_row_reader(self) -> bool:
        return any(type is INT96 for type in _leaves(self.stored))


_INT32 = {
    "": IntegerType(),
    "null": IntegerType(),
    "int8": ByteType(),
    "int16": ShortType(),
    "int32": IntegerType(),
    "uint8": ShortType(),
    "uint16": IntegerType(),
    "uint32": LongType(),
    "date": DateType(),
}
_INT64 = {"": LongType(), "null": LongType(), "int64": LongType(), "uint64": DecimalType(20, 0)}
_INT64 |= {"timestamp(millis)": TimestampType(), "timestamp(micros)": TimestampType()}


def read_as(field: Field, target: DataType, by_spark: bool) -> ReadAs | None:
    """None for a column that Spark cannot read. Of structs only the fields of `target` are read."""
    if field.repetition == "repeated":
        # Older writers' lists, without a group around the elements.
        return _list(_element(field, target, by_spark))
    return _group(field, target, by_spark) if field.physical is None else _scalar(field, by_spark)


def _scalar(field: Field, by_spark: bool) -> ReadAs | None:
    logical = field.logical
    if logical == "decimal":
        return _decimal(field)
    if field.physical in ("int32", "int64"):
        known = (_INT32 if field.physical == "int32" else _INT64).get(logical)
        if known:
            return ReadAs(known, known)
        read = IntegerType() if field.physical == "int32" else LongType()
        if logical == "timestamp(nanos)":
            return ReadAs(read, NANOS)
        return ReadAs(read, time_of(logical)) if logical.startswith("time(") else ReadAs(read, UNREADABLE)
    if field.physical == "int96":
        return ReadAs(TimestampType(), TimestampType()) if by_spark else ReadAs(BinaryType(), INT96)
    if field.physical in ("boolean", "float", "double"):
        plain = {"boolean": BooleanType(), "float": FloatType(), "double": DoubleType()}[field.physical]
        return ReadAs(plain, plain)
    if field.physical == "byte_array" and logical in ("string", "enum", "json"):
        return ReadAs(StringType(), UTF8)
    return ReadAs(BinaryType(), {"": BYTES, "uuid": UUID, "float16": FLOAT16}.get(logical, OPAQUE))


def _decimal(field: Field) -> ReadAs | None:
    if field.precision > MOST_DIGITS:
        return ReadAs(BinaryType(), UNREADABLE)
    digits = max(field.precision, _LONG_DIGITS + 1) if field.physical == "byte_array" else field.precision
    type = DecimalType(digits, field.scale)
    return ReadAs(type, type)


def _group(field: Field, target: DataType, by_spark: bool) -> ReadAs | None:
    if field.logical == "list":
        return _list(_list_element(field, target, by_spark))
    if field.logical == "map":
        return _map(field, target, by_spark)
    return _struct(field, target, by_spark) if not field.logical else None


def _struct(field: Field, target: DataType, by_spark: bool) -> ReadAs | None:
    wanted = target if isinstance(target, StructType) else StructType()
    positions, _ = match_columns(wanted.names, [inner.name for inner in field.fields])
    found = [(field.fields[index], read_as(field.fields[index], wanted[name].dataType, by_spark)) for name, index in positions.items()]
    if not found:
        # Spark finds out whether a struct is there by reading a field of it; with none of the contract's, any will do.
        found = [(inner, as_) for inner in field.fields if (as_ := read_as(inner, StringType(), by_spark))][:1]
    if not found or any(as_ is None for _, as_ in found):
        return None
    return ReadAs(
        StructType([StructField(inner.name, as_.read) for inner, as_ in found]),
        StructType([StructField(inner.name, as_.stored) for inner, as_ in found]),
    )


def _list(element: ReadAs | None) -> ReadAs | None:
    return ReadAs(ArrayType(element.read), ArrayType(element.stored)) if element else None


def _list_element(field: Field, target: DataType, by_spark: bool) -> ReadAs | None:
    """The element of a LIST, by the rules for older writers in parquet-format's LogicalTypes.md."""
    if len(field.fields) != 1 or field.fields[0].repetition != "repeated":
        return None
    middle = field.fields[0]
    is_element = middle.physical is not None or len(middle.fields) > 1 or middle.name in ("array", f"{field.name}_tuple")
    return _element(middle if is_element else middle.fields[0], target, by_spark) if middle.physical or middle.fields else None


def _element(field: Field, target: DataType, by_spark: bool) -> ReadAs | None:
    once = Field(**{**vars(field), "repetition": "required"}) if field.repetition == "repeated" else field
    return read_as(once, target.elementType if isinstance(target, ArrayType) else StringType(), by_spark)


def _map(field: Field, target: DataType, by_spark: bool) -> ReadAs | None:
    if len(field.fields) != 1 or len(field.fields[0].fields) != 2:
        return None
    key_target, value_target = (target.keyType, target.valueType) if isinstance(target, MapType) else (StringType(), StringType())
    key, value = field.fields[0].fields
    keys, values = read_as(key, key_target, by_spark), read_as(value, value_target, by_spark)
    return ReadAs(MapType(keys.read, values.read), MapType(keys.stored, values.stored)) if keys and values else None


def _leaves(type: DataType) -> list[DataType]:
    if isinstance(type, StructType):
        return [leaf for inner in type.fields for leaf in _leaves(inner.dataType)]
    if isinstance(type, ArrayType):
        return _leaves(type.elementType)
    if isinstance(type, MapType):
        return [*_leaves(type.keyType), *_leaves(type.valueType)]
    return [type]

