"""Parquet, grouped by the schema in the files' footers, since types may differ between files of one dataset."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from py4j.protocol import Py4JJavaError
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from ..contract import Contract
from ..errors import UnreadableFileError, root_cause
from ..lake.inputs import SourceFile
from .sources import PATH, Source, SourceColumn, load, match_columns, quoted, source_of
from ..lake.store import in_parallel


def parquet_sources(spark: SparkSession, files: list[SourceFile], contract: Contract) -> list[Source]:
    groups = by_schema(spark, files).values()
    return [_source(spark, contract, [file.read_from for file in group]) for group in groups]


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


def _source(spark: SparkSession, contract: Contract, uris: list[str]) -> Source:
    frame = load(spark, "parquet", uris)
    schema = frame.schema
    positions, unknown = match_columns(contract.column_names, schema.names)
    taken = [F.col(quoted(schema.names[index])).alias(f"__c{index}") for index in positions.values()]
    columns = {name: SourceColumn(f"__c{index}", schema[index].dataType.simpleString()) for name, index in positions.items()}
    # By name it would be a column of the file, where there is one that is called so.
    path = Column(frame._jdf.metadataColumn("_metadata"))["file_path"].alias(PATH)
    return source_of(frame.select(path, *taken), columns, contract, unknown, len(uris))
