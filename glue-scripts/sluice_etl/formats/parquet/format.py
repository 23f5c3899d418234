"""Parquet, grouped by the schema in the files' footers, since types may differ between files of one dataset."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from ...contract import Contract
from ...lake.inputs import SourceFile
from ..source_format import Reading, SourceFormat
from ..sources import CORRUPT, PATH, Source, SourceColumn, file_path, load, match_columns, quoted, source_of
from .footers import by_schema


class ParquetFormat(SourceFormat):
    def find_sources(self, reading: Reading) -> list[Source]:
        groups = by_schema(reading.spark, reading.files).values()
        return [_source(reading.spark, reading.contract, [file.read_from for file in group]) for group in groups]

    def malformed_source(self, lines: DataFrame, contract: Contract) -> Source:
        """A Parquet file has no records that cannot be taken apart: what a contract of another format set aside stays where it is."""
        columns = {name: SourceColumn("CAST(NULL AS STRING)") for name in contract.column_names}
        return Source(lines.withColumnRenamed("value", CORRUPT), columns)

    def readable_together(self, spark: SparkSession, files: Sequence[SourceFile]) -> list[Sequence[SourceFile]]:
        return list(by_schema(spark, files).values())

    def whole(self, spark: SparkSession, files: Sequence[SourceFile]) -> DataFrame:
        return load(spark, "parquet", [file.read_from for file in files])


def _source(spark: SparkSession, contract: Contract, uris: list[str]) -> Source:
    frame = load(spark, "parquet", uris)
    schema = frame.schema
    positions, unknown = match_columns(contract.column_names, schema.names)
    taken = [F.col(quoted(schema.names[index])).alias(f"__c{index}") for index in positions.values()]
    columns = {name: SourceColumn(f"__c{index}", schema[index].dataType.simpleString()) for name, index in positions.items()}
    return source_of(frame.select(file_path(frame).alias(PATH), *taken), columns, contract, unknown, len(uris))
