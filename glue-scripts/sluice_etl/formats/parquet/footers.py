"""What the footers of Parquet files tell without reading a row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from ... import spark_internals
from ...errors import UnreadableFileError, root_cause
from ...lake.inputs import SourceFile
from ...lake.store import in_parallel
from ..sources import PATH, file_path, load, spark_path


def by_schema(spark: SparkSession, files: Sequence[SourceFile]) -> dict[str, list[SourceFile]]:
    """Spark reads files of one schema together. Raises UnreadableFileError."""
    groups: dict[str, list[SourceFile]] = defaultdict(list)
    for file, schema in zip(files, in_parallel(lambda file: _schema_of(spark, file), files)):
        groups[schema].append(file)
    return groups


def _schema_of(spark: SparkSession, file: SourceFile) -> str:
    try:
        return footer_schema(spark, file.read_from)
    except Py4JJavaError as error:
        raise UnreadableFileError(file.uri, root_cause(error)) from error


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
