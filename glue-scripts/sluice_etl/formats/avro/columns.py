"""As what a column of an Avro file comes to Spark, and what that then is to the judge."""

from __future__ import annotations

from pyspark.sql.types import BinaryType, BooleanType, DataType, DecimalType, DoubleType, FloatType, IntegerType, LongType, StringType

from ..sources import SourceColumn
from ..stored import BYTES, NANOS, OPAQUE, UUID, time_of
from .schema import Node
from .values import MOST_DIGITS, is_text

_PLAIN = {
    "null": StringType(),
    "boolean": BooleanType(),
    "int": IntegerType(),
    "long": LongType(),
    "float": FloatType(),
    "double": DoubleType(),
    "string": StringType(),
    "enum": StringType(),
    "bytes": BinaryType(),
    "fixed": BinaryType(),
}
_TIMES = {"time-millis": time_of("time(millis)"), "time-micros": time_of("time(micros)")}
_MOMENTS = {"millis": ("timestamp_millis", "timestamp"), "micros": ("timestamp_micros", "timestamp"), "date": ("date_from_unix_date", "date")}


def read_as(node: Node) -> DataType:
    """What Spark is given."""
    node = node.value
    if is_text(node):
        return StringType()
    return DecimalType(MOST_DIGITS, min(node.scale, MOST_DIGITS)) if node.logical == "decimal" else _PLAIN[node.kind]


def source_column(node: Node, name: str) -> SourceColumn:
    """`name`: of the column that Spark was given."""
    read, logical = read_as(node), node.value.logical
    if logical == "decimal" or is_text(node):
        return SourceColumn(name, read.simpleString())
    if isinstance(read, BinaryType):
        return SourceColumn(name, {"": BYTES, "uuid": UUID}.get(logical, OPAQUE))
    if logical in _TIMES:
        return SourceColumn(name, _TIMES[logical])
    if logical.endswith("-nanos"):
        return SourceColumn(name, NANOS)
    if moment := _MOMENTS.get(logical.rpartition("-")[2]):
        function, type = moment
        return SourceColumn(f"{function}({name})", type)
    return SourceColumn(name, read.simpleString())
