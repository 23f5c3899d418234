"""What the footers of the job's own Parquet files tell without reading a row."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import SparkSession

from ... import spark_internals
from ...lake.store import in_parallel
from ..sources import PATH, file_path, load, spark_path


def footer_schema(spark: SparkSession, uri: str) -> str:
    """A text that is equal for files that Spark can read together. Raises Py4JJavaError for a file that is not Parquet."""
    if spark_internals.usable(spark):
        return spark_internals.read_footer(spark, uri).schema
    return load(spark, "parquet", [uri]).schema.json()


def row_counts(spark: SparkSession, uris: Sequence[str]) -> list[int]:
    """Rows of each file. Raises Py4JJavaError for a file that is not Parquet."""
    if spark_internals.usable(spark):
        return in_parallel(lambda uri: spark_internals.read_footer(spark, uri).rows, list(uris))
    if not uris:
        return []
    stored = load(spark, "parquet", list(uris))
    counted = {row[PATH]: row["count"] for row in stored.groupBy(file_path(stored).alias(PATH)).count().collect()}
    return [counted.get(spark_path(uri), 0) for uri in uris]
