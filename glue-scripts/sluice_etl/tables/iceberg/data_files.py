"""Parquet files as data files of the table: no row of them is read or written."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from py4j.java_gateway import JavaClass, JavaObject
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from ...batch import Batch
from ...formats.sources import quoted
from ...lake.hive_paths import partition_values
from ...lake.store import in_parallel
from .catalog import name_of
from .evolution.evolve import is_current
from .partitions import in_partitions

# Of these, Spark writes what Iceberg's specification asks of a Parquet file. It gives no ids to what is inside of lists and maps, and marks small integers as such.
_SAME_IN_BOTH = (T.BooleanType, T.IntegerType, T.LongType, T.FloatType, T.DoubleType, T.DecimalType, T.DateType, T.TimestampType, T.StringType, T.BinaryType)
# Iceberg reads no time from the name of a folder.
_NOT_IN_FOLDERS = (T.TimestampType, T.BinaryType)
# Spark writes it into the file's schema (spark.sql.parquet.fieldId.write.enabled).
FIELD_ID = "parquet.field.id"
# Iceberg takes the values in a path as they are written there.
_ESCAPE = "%"


@dataclass(frozen=True)
class PlacedFile:
    uri: str
    path: str
    """Hive path of its partition, of today's partitioning."""
    size: int


def data_files(batch: Batch, table: JavaObject, placed: Sequence[PlacedFile], mapping: JavaObject | None = None) -> list[JavaObject]:
    """With the counts and bounds of their footers. `mapping`: names of columns to ids, for files whose columns have none."""
    iceberg = batch.spark._jvm.org.apache.iceberg
    metrics_of = _footers(batch, table, iceberg.MetricsConfig.forTable(table), mapping)
    # Found once: to look for a class takes longer than what is done with it here.
    builders, spec = iceberg.DataFiles, table.spec()

    def data_file(file: PlacedFile) -> JavaObject:
        builder = builders.builder(spec).withPath(file.uri).withFileSizeInBytes(file.size).withMetrics(metrics_of(file.uri))
        if _ESCAPE in file.path:
            return builder.withPartitionValues(_values(batch, file)).build()
        return (builder.withPartitionPath(file.path) if file.path else builder).build()

    return in_parallel(data_file, placed)


def delete_files(batch: Batch, table: JavaObject, placed: Sequence[PlacedFile]) -> list[JavaObject]:
    """The same of files of position deletes."""
    iceberg = batch.spark._jvm.org.apache.iceberg
    # With the whole paths that a file is for: readers open it for no other.
    metrics_of = _footers(batch, table, iceberg.MetricsConfig.forPositionDelete(table))
    builders, data_builders, spec = iceberg.FileMetadata, iceberg.DataFiles, table.spec()

    def delete_file(file: PlacedFile) -> JavaObject:
        builder = builders.deleteFileBuilder(spec).ofPositionDeletes().withPath(file.uri).withFileSizeInBytes(file.size).withMetrics(metrics_of(file.uri))
        if _ESCAPE in file.path:
            # Only the builder of data files takes values.
            sample = data_builders.builder(spec).withPath(file.uri).withFileSizeInBytes(file.size).withRecordCount(0)
            return builder.withPartition(sample.withPartitionValues(_values(batch, file)).build().partition()).build()
        return (builder.withPartitionPath(file.path) if file.path else builder).build()

    return in_parallel(delete_file, placed)


def _footers(batch: Batch, table: JavaObject, config: JavaObject, mapping: JavaObject | None = None) -> Callable[[str], JavaObject]:
    """
    Gives the counts and bounds in the footer of a file. Iceberg's own `fileMetrics` looks for Hadoop's settings in all jars, for each file: that took two thirds
    of the time of a commit.
    """
    iceberg = batch.spark._jvm.org.apache.iceberg
    util, reader = iceberg.parquet.ParquetUtil, iceberg.shaded.org.apache.parquet.hadoop.ParquetFileReader
    if not isinstance(reader, JavaClass):
        # An Iceberg that has its Parquet elsewhere.
        return lambda uri: util.fileMetrics(table.io().newInputFile(uri), config, mapping)
    hadoop, path, no_metrics = batch.spark._jsc.hadoopConfiguration(), batch.spark._jvm.org.apache.hadoop.fs.Path, batch.spark._jvm.java.util.stream.Stream
    return lambda uri: util.footerMetrics(reader.readFooter(hadoop, path(uri)), no_metrics.empty(), config, mapping)


def _values(batch: Batch, file: PlacedFile) -> JavaObject:
    listed = batch.spark._jvm.java.util.ArrayList()
    for value in partition_values(file.path).values():
        listed.add(value)
    return listed


@dataclass(frozen=True)
class TakenOut:
    """Rows of the table that a commit takes out, beside what it adds."""

    everything: bool = False
    partitions: tuple[str, ...] = ()
    """Hive paths of whole partitions, of today's partitioning, in which all files are."""
    deletes: tuple[PlacedFile, ...] = ()
    """Files of position deletes."""
    same_keys: bool = False
    """Those with a key of a row that is added. The table is read for them once more."""
    within: str | None = None
    """SQL condition of the partitions that hold all of `same_keys`; None where they may be anywhere."""


NOTHING = TakenOut()


def added(batch: Batch, table: JavaObject, placed: Sequence[PlacedFile], out: TakenOut) -> JavaObject:
    """A change of the table, not committed yet, that adds these files in place of what is taken out; `same_keys` is not among that."""
    if out.everything or out.partitions:
        expressions = batch.spark._jvm.org.apache.iceberg.expressions.Expressions
        replaced = expressions.alwaysTrue() if out.everything else in_partitions(table, expressions, out.partitions)
        change = table.newOverwrite().overwriteByRowFilter(replaced)
        add = change.addFile
    elif out.deletes:
        change = table.newRowDelta()
        add = change.addRows
        for file in delete_files(batch, table, out.deletes):
            change.addDeletes(file)
    else:
        change = table.newAppend()
        add = change.appendFile
    for file in data_files(batch, table, placed):
        add(file)
    return change


def in_folders(batch: Batch, table: JavaObject, schema: T.StructType) -> bool:
    """Whether names of folders tell Iceberg the partition of a file."""
    named = not any(isinstance(schema[name].dataType, _NOT_IN_FOLDERS) for name in batch.contract.partition_by)
    ordered = [table.schema().findColumnName(field.sourceId()) for field in table.spec().fields()] == list(batch.contract.partition_by)
    return named and ordered and is_current(batch, table)


def column_ids(batch: Batch, table: JavaObject, schema: T.StructType) -> dict[str, int] | None:
    """Field id of each column, with which staged files can become the table's own; None where their rows have to be written again."""
    stored = {field.name: field.dataType for field in batch.spark.table(name_of(batch).sql).schema}
    same = all(stored.get(field.name) == field.dataType and isinstance(field.dataType, _SAME_IN_BOTH) for field in schema)
    return {name: table.schema().findField(name).fieldId() for name in schema.names} if same else None


def with_ids(rows: DataFrame, ids: dict[str, int]) -> DataFrame:
    """Rows whose files will name their columns by id, so that a later rename leaves them what they are."""
    return rows.select(*(F.col(quoted(name)).alias(name, metadata={FIELD_ID: ids[name]}) if name in ids else F.col(quoted(name)) for name in rows.columns))


def copied(batch: Batch, files: Sequence[PlacedFile], names: Sequence[str]) -> list[PlacedFile]:
    """Copies in the table's own folder, whose names begin so and that no attempt has had; none is part of the table yet."""
    attempt = secrets.token_hex(4)

    def place(named: tuple[PlacedFile, str]) -> PlacedFile:
        file, name = named
        uri = f"{batch.settings.curated}data/{file.path}{'/' if file.path else ''}{name}-{attempt}.parquet"
        batch.store.copy(file.uri, uri)
        return PlacedFile(uri, file.path, file.size)

    return in_parallel(place, list(zip(files, names)))
