"""Partitions of an Iceberg table that have gathered small files or deletes, written again: the same rows, on a branch of the batch's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from py4j.java_gateway import JavaObject
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import LongType, StructType

from ...batch import Batch
from ...errors import ConfigurationError, ConservationError
from ...formats.sources import quoted
from ...lake.hive_paths import partition_path, partition_values
from ...merge.keys import fingerprint
from ..parquet.compaction import MOST_TASKS, PIECE, files_for
from ..parquet.unique_keys import check_keys
from .branch import Commit, branch_name, snapshot_properties
from .catalog import load_table, name_of
from .evolution.names import rows_at
from .existing import live_counts
from .removed_keys import TOMBSTONES, Removed

# Readers apply each delete; from this share of a partition's rows on, writing it again is cheaper.
MOST_DELETED = 0.1
_NULL = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True)
class Crowded:
    values: tuple
    """Of `partition_by`."""
    rows: int
    """That are not deleted."""
    files: int
    size: int
    pieces: int

    def in_manifest(self, keys: tuple[str, ...]) -> dict:
        path = partition_path(keys, tuple(_NULL if value is None else str(value) for value in self.values))
        return {"path": path, "values": partition_values(path), "rows": self.rows, "files": [], "replaces": []}


@dataclass(frozen=True)
class Rewrite:
    partitions: tuple[Crowded, ...] = ()
    is_whole: bool = False
    """Whether every file of the table is written again: it has some that are partitioned otherwise than the contract has it."""

    @property
    def rows(self) -> int:
        return sum(each.rows for each in self.partitions)

    @property
    def files(self) -> int:
        return sum(each.files for each in self.partitions)

    @property
    def size(self) -> int:
        return sum(each.size for each in self.partitions)


def check_table(batch: Batch, table: JavaObject) -> int:
    """Rows of the table, in which each key is once. Raises ConfigurationError."""
    waiting = [name for name in batch.contract.primary_key if table.schema().caseInsensitiveFindField(name) is None]
    if waiting:
        raise ConfigurationError(f"column {', '.join(waiting)} of table {batch.contract.dataset} has its new name after the next batch; check the keys then")
    with batch.timed("checkKeys"):
        return check_keys(batch.spark.table(name_of(batch).sql), batch.contract)


def crowded_partitions(batch: Batch, table: JavaObject) -> Rewrite:
    """Those with more files than their bytes ask for, or with many deleted rows. A partition without rows is left as it is."""
    contract = batch.contract
    files = batch.spark.table(f"{name_of(batch).sql}.files")
    if table.specs().size() > 1 and files.where(F.col("spec_id") != table.spec().specId()).head(1):
        return _every_partition(batch, files)
    is_data = F.col("content") == 0
    keys = [F.col(f"partition.{quoted(name)}").alias(name) for name in contract.partition_by]

    def total(name: str, when: Column) -> Column:
        return F.coalesce(F.sum(F.when(when, F.col(name))), F.lit(0))

    counted = files.groupBy(*keys).agg(
        F.count(F.lit(1)).alias("__all"),
        F.count(F.when(is_data, 1)).alias("__files"),
        total("file_size_in_bytes", is_data).alias("__size"),
        total("record_count", is_data).alias("__rows"),
        total("record_count", F.col("content") == 1).alias("__deleted"),
    )
    found = []
    for row in counted.collect():
        pieces = files_for(row["__size"], contract.target_file_mb)
        is_crowded = row["__files"] > pieces or row["__deleted"] > MOST_DELETED * row["__rows"]
        if is_crowded and row["__rows"] > row["__deleted"]:
            values = tuple(row[name] for name in contract.partition_by)
            found.append(Crowded(values, row["__rows"] - row["__deleted"], row["__all"], row["__size"], pieces))
    return Rewrite(tuple(sorted(found, key=lambda each: str(each.values))))


def _every_partition(batch: Batch, files: DataFrame) -> Rewrite:
    """By the rows: in files of an earlier partitioning, one partition of today may be anywhere. The first is said to have all files."""
    count, size = files.agg(F.count(F.lit(1)), F.sum(F.when(F.col("content") == 0, F.col("file_size_in_bytes")))).first()
    keys = batch.contract.partition_by
    counted = batch.spark.table(name_of(batch).sql).groupBy(*map(quoted, keys)).agg(F.count(F.lit(1)).alias("__rows")).where("__rows > 0").collect()
    rows = sum(row["__rows"] for row in counted)
    found = []
    for row in sorted(counted, key=lambda row: str(tuple(row))):
        share = size * row["__rows"] // rows
        pieces = files_for(share, batch.contract.target_file_mb)
        found.append(Crowded(tuple(row[name] for name in keys), row["__rows"], 0 if found else count, share, pieces))
    return Rewrite(tuple(found), is_whole=True)


def rewrite(batch: Batch, table: JavaObject, work: Rewrite) -> tuple[Commit, int]:
    """
    Writes them again on the batch's branch, and returns its commit and how many files there are now. Raises ConservationError when the rows that
    are read back there are not the same: no rule judges them.
    """
    name, branch, crowded = name_of(batch), branch_name(batch.settings.batch_id), work.partitions
    base = table.currentSnapshot()
    load_table(batch.spark, name).manageSnapshots().createBranch(branch, base.snapshotId()).commit()
    whole = _rows_of(batch, table, base, crowded)
    wanted = sum(each.pieces for each in crowded)
    rows = whole.withColumn(PIECE, F.pmod(F.xxhash64(*batch.contract.primary_key), F.col("__pieces"))).drop("__pieces")
    spread = rows.repartition(min(4 * wanted, MOST_TASKS) if wanted > 1 else 1, *batch.contract.partition_by, PIECE).drop(PIECE)
    # Rows are where they belong: Iceberg would bring the pieces of a partition together again.
    writer = spread.writeTo(name.branch(branch)).option("distribution-mode", "none").option("fanout-enabled", "true")
    removed = Removed.parse(table.properties().get(TOMBSTONES))
    for key, text in snapshot_properties(batch, removed).items():
        writer = writer.option(key, text)
    if work.is_whole:
        writer.overwrite(F.lit(True))
    else:
        writer.overwritePartitions()
    snapshot = load_table(batch.spark, name).snapshot(branch)
    _check(batch, (base, snapshot), crowded)
    if live_counts(base)[0] != live_counts(snapshot)[0]:
        raise ConservationError(f"the table has {live_counts(base)[0]} rows, and {live_counts(snapshot)[0]} after {batch.settings.batch_id}")
    return Commit(branch, snapshot.snapshotId(), base.snapshotId(), 0), int(snapshot.summary().get("added-data-files") or 0)


def _rows_of(batch: Batch, table: JavaObject, snapshot: JavaObject, crowded: Sequence[Crowded]) -> DataFrame:
    """All columns of these partitions, and `__pieces`."""
    stored, keys = rows_at(batch, table, snapshot.snapshotId()), batch.contract.partition_by
    schema = StructType([stored.schema[name] for name in keys]).add("__pieces", LongType())
    wanted = batch.spark.createDataFrame([(*each.values, each.pieces) for each in crowded], schema)
    named = wanted.select(*(F.col(quoted(name)).alias(f"__wanted{index}") for index, name in enumerate(keys)), "__pieces")
    same = F.lit(True)
    for index, name in enumerate(keys):
        same &= F.col(quoted(name)).eqNullSafe(F.col(f"__wanted{index}"))
    return stored.join(F.broadcast(named), same).select(*stored.columns, "__pieces")


def _check(batch: Batch, snapshots: tuple[JavaObject, JavaObject], crowded: Sequence[Crowded]) -> None:
    """Of the rows before and after."""
    table, stored = load_table(batch.spark, name_of(batch)), batch.spark.table(name_of(batch).sql)
    content = fingerprint(stored, stored.columns)
    counts = [_rows_of(batch, table, each, crowded).agg(F.count(F.lit(1)), content).first() for each in snapshots]
    if tuple(counts[0]) != tuple(counts[1]):
        raise ConservationError(f"the rows that {batch.settings.batch_id} wrote differ from those in the partitions that it compacts")
