"""Formats that Spark does not read: Python's workers take each file apart as a whole, one task a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import ModuleType

from pyspark import cloudpickle
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ..contract import Contract
from .counting import refuse_miscounted
from .source_format import Reading, SourceFormat
from .sources import CORRUPT, PATH, Source, SourceColumn, load


class PythonFormat(SourceFormat):
    """A format whose driver counts the records as well (Source.records)."""

    def check_rows(self, reading: Reading, sources: list[Source], read: int) -> None:
        if sources:
            refuse_miscounted(reading, sources, read, "Land it again or delete it")

    def malformed_source(self, lines: DataFrame, contract: Contract) -> Source:
        """A record alone does not tell its columns, which its file did: only a new landing can be taken apart."""
        columns = {name: SourceColumn("CAST(NULL AS STRING)") for name in contract.column_names}
        return Source(lines.withColumnRenamed("value", CORRUPT), columns)

    def whole(self, reading: Reading) -> DataFrame:
        return _contents(reading)


def read_by_python(reading: Reading, modules: list[ModuleType], read: Callable[[Iterable], Iterator[tuple]], schema: str) -> DataFrame:
    """
    A frame of `schema` from the rows that `read` makes of (content, PATH) of each file.

    :param modules: those of which `read` is made
    """
    take_along(modules)
    contents = _contents(reading).select("content", F.col("_metadata.file_path").alias(PATH))
    return reading.spark.createDataFrame(contents.rdd.mapPartitions(read), schema, verifySchema=False)


def take_along(modules: list[ModuleType]) -> None:
    """Python's workers have the job's modules on AWS, and not on every laptop: what is sent to them brings these."""
    for module in modules:
        cloudpickle.register_pickle_by_value(module)


def _contents(reading: Reading) -> DataFrame:
    return load(reading.spark, "binaryFile", [file.read_from for file in reading.files])
