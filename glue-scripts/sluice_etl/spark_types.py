"""Types of a contract as Spark's own objects."""

from __future__ import annotations

from functools import lru_cache

from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, MapType, StructType


@lru_cache(maxsize=1024)
def spark_type(type: str) -> DataType:
    """What Spark makes of a type's text. Needs an active session; raises ParseException for a text that is no type."""
    return SparkSession.active().range(0).select(F.expr(f"CAST(NULL AS {type}) AS c")).schema[0].dataType


def is_nested(type: DataType) -> bool:
    return isinstance(type, (StructType, ArrayType, MapType))
