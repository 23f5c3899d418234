"""Parquet files as data files of the table: no row of them is read or written."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from py4j.java_gateway import JavaObject
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from ...batch import Batch
from ...formats.sources import quoted
from ...lake.hive_paths import partition_values
from ...lake.store import in_parallel
from ..table import WrittenFile
from .catalog import name_of
from .evolution.evolve import is_current

# Of these, Spark writes what Iceberg's specification asks of a Parquet file. It gives no ids to what is inside of lists and maps, and marks small integers as such.
_SAME_IN_BOTH = (T.BooleanType, T.IntegerType, T.LongType, T.FloatType, T.DoubleType, T.DecimalType, T.DateType, T.TimestampType, T.StringType, T.BinaryType)
# Iceberg reads no time from the name of a folder.
_NOT_IN_FOLDERS = (T.TimestampType, T.BinaryType)
# Spark writes it into the file's schema (spark.sql.parquet.fieldId.write.enabled).
_FIELD_ID = "parquet.field.id"


@dataclass(frozen=True)
class PlacedFile:
    uri: str
    path: str
    """Hive path of its partition, of today's partitioning."""
    size: int


def data_files(batch: Batch, table: JavaObject, placed: Sequence[PlacedFile], mapping: JavaObject | None = None) -> list[JavaObject]:
    """With the counts and bounds of their footers. `mapping`: names of columns to ids, for files whose columns have none."""
    iceberg = batch.spark._jvm.org.apache.iceberg
    metrics_config = iceberg.MetricsConfig.forTable(table)

    def data_file(file: PlacedFile) -> JavaObject:
        values = batch.spark._jvm.java.util.ArrayList()
        for value in partition_values(file.path).values():
            values.add(value)
        metrics = iceberg.parquet.ParquetUtil.fileMetrics(table.io().newInputFile(file.uri), metrics_config, mapping)
        builder = iceberg.DataFiles.builder(table.spec()).withPath(file.uri).withFormat("parquet").withFileSizeInBytes(file.size).withMetrics(metrics)
        return (builder.withPartitionValues(values) if file.path else builder).build()

    return in_parallel(data_file, placed)


def added(batch: Batch, table: JavaObject, placed: Sequence[PlacedFile], replaces_all: bool) -> JavaObject:
    """A change of the table, not committed yet, that adds these files, in place of all rows or beside them."""
    files = data_files(batch, table, placed)
    change = table.newOverwrite().overwriteByRowFilter(batch.spark._jvm.org.apache.iceberg.expressions.Expressions.alwaysTrue()) if replaces_all else table.newAppend()
    add = change.addFile if replaces_all else change.appendFile
    for file in files:
        add(file)
    return change


def column_ids(batch: Batch, table: JavaObject, schema: T.StructType) -> dict[str, int] | None:
    """Field id of each column, with which staged files can become the table's own; None where their rows have to be written again."""
    stored = {field.name: field.dataType for field in batch.spark.table(name_of(batch).sql).schema}
    same = all(stored.get(field.name) == field.dataType and isinstance(field.dataType, _SAME_IN_BOTH) for field in schema)
    named = not any(isinstance(schema[name].dataType, _NOT_IN_FOLDERS) for name in batch.contract.partition_by)
    ordered = [table.schema().findColumnName(field.sourceId()) for field in table.spec().fields()] == list(batch.contract.partition_by)
    if not (same and named and ordered and is_current(batch, table)):
        return None
    return {name: table.schema().findField(name).fieldId() for name in schema.names}


def with_ids(rows: DataFrame, ids: dict[str, int]) -> DataFrame:
    """Rows whose files will name their columns by id, so that a later rename leaves them what they are."""
    return rows.select(*(F.col(quoted(name)).alias(name, metadata={_FIELD_ID: ids[name]}) if name in ids else F.col(quoted(name)) for name in rows.columns))


def copied(batch: Batch, staged: Sequence[WrittenFile]) -> list[PlacedFile]:
    """Staged files in the table's own folder, under names that no attempt has had; none is part of the table yet."""
    attempt = secrets.token_hex(4)

    def place(file: WrittenFile) -> PlacedFile:
        stem = file.uri.rpartition("/")[2].removesuffix(".parquet")
        uri = f"{batch.settings.curated}data/{file.path}{'/' if file.path else ''}{stem}-{attempt}.parquet"
        batch.store.copy(file.uri, uri)
        return PlacedFile(uri, file.path, file.size)

    return in_parallel(place, list(staged))
