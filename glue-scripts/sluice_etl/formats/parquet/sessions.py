"""Spark's Parquet reader, asked for some columns of some files."""

from __future__ import annotations

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from ..own_session import read_in_own_session
from ..sources import load, numbered_columns

_READING = {
    "spark.sql.caseSensitive": "true",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    # The slower reader takes nanoseconds inside of lists only so; what it is asked for are numbers in any case.
    "spark.sql.legacy.parquet.nanosAsLong": "true",
}


def load_columns(spark: SparkSession, uris: list[str], schema: StructType, alike: bool, by_rows: bool) -> DataFrame:
    """
    Columns PATH and __c0, __c1… in the order of `schema`, whose names are those of the files. `alike`: names in the files differ in case
    alone. `by_rows`: columns are among them that only Spark's slower reader takes.
    """
    if not (alike or by_rows):
        return _loaded(spark, uris, schema)
    settings = {**_READING, "spark.sql.parquet.enableVectorizedReader": str(not by_rows).lower()}
    return read_in_own_session(spark, settings, lambda session: _loaded(session, uris, schema))


def _loaded(session: SparkSession, uris: list[str], schema: StructType) -> DataFrame:
    return numbered_columns(load(session, "parquet", uris, schema), schema)
