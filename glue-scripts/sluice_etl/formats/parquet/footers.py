"""What the footers of the job's own Parquet files tell without reading a row."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import SparkSession

from ... import spark_internals
from ...lake.store import in_parallel
from ..sources import PATH, file_path, load, spark_path


def footer_schemas(spark: SparkSession, uris: Sequence[str]) -> list[str]:
    """For each file a text; Spark can read files together whose texts are equal. Raises Py4JJavaError for a file that is not Parquet."""
    if spark_internals.usable(spark):
        return in_parallel(spark_internals.footer_schema_reader(spark), list(uris))
    return in_parallel(lambda uri: load(spark, "parquet", [uri]).schema.json(), list(uris))


def row_counts(spark: SparkSession, uris: Sequence[str]) -> list[int]:
    """Rows of each file. Raises Py4JJavaError for a file that is not Parquet."""
    if spark_internals.usable(spark):
        return in_parallel(spark_internals.footer_rows_reader(spark), list(uris))
    if not uris:
        return []
    stored = load(spark, "parquet", list(uris))
    counted = {row[PATH]: row["count"] for row in stored.groupBy(file_path(stored).alias(PATH)).count().collect()}
    return [counted.get(spark_path(uri), 0) for uri in uris]
