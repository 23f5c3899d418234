"""What the footers of Parquet files tell without reading a row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from ...errors import UnreadableFileError, root_cause
from ...lake.inputs import SourceFile
from ...lake.store import in_parallel


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
    reader = open_footer(spark, uri)
    try:
        return reader.getFooter().getFileMetaData().getSchema().toString()
    finally:
        reader.close()


def open_footer(spark: SparkSession, uri: str):
    jvm, configuration = spark._jvm, spark._jsparkSession.sessionState().newHadoopConf()
    path = jvm.org.apache.hadoop.fs.Path(uri)
    return jvm.org.apache.parquet.hadoop.ParquetFileReader.open(
        jvm.org.apache.parquet.hadoop.util.HadoopInputFile.fromPath(path, configuration)
    )

