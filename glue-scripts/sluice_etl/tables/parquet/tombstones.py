"""
Where the tombstones of a Parquet table are, and in which partition a removed key was (docs/adr/0010-tombstones.md).

They are in folders like those of the table, below a root of their own. A row that removes its key and does not tell its partition is a
tombstone of the partition that has the key, or, as long as none has it, in the folder of no partition, which every batch reads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from ...batch import Batch
from ...formats.sources import load, quoted
from ...judge.judge import DELETED
from ...lake.hive_paths import partition_path
from ...lake.store import StoredObject
from ...merge import deletes
from ...merge.keys import KEY_HASH
from .existing import ExistingFiles, find_files, is_rows

_NO_PARTITION = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True)
class WithTombstones:
    """What the table has, and what was removed from it."""

    table: ExistingFiles
    removed: ExistingFiles
    homes: DataFrame | None = None
    metrics: dict[str, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return self.table.size + self.removed.size

    @property
    def partitions(self) -> int:
        return self.table.partitions + self.removed.partitions

    @property
    def all(self) -> list[StoredObject]:
        return self.table.all + self.removed.all

    @property
    def by_path(self) -> dict[str, list[StoredObject]]:
        return self.table.by_path

    def rows(self, schema: StructType) -> DataFrame | None:
        both = [(self.table.rows(schema), False), (self.removed.rows(schema), True)]
        found = [rows.withColumn(DELETED, F.lit(removed)) for rows, removed in both if rows is not None]
        return reduce(DataFrame.unionByName, found) if found else None

    def placed(self, good: DataFrame) -> DataFrame | None:
        return None if self.homes is None else deletes.placed(good, self.homes, self.table.batch.contract)


def no_partition(batch: Batch) -> str:
    """Path of the folder for tombstones that are in no partition."""
    return "/".join(f"{name}={_NO_PARTITION}" for name in batch.contract.partition_by)


def find_tombstones(batch: Batch, paths: list[str]) -> ExistingFiles:
    return find_files(batch, sorted({*paths, no_partition(batch)}), batch.settings.tombstones)


def find_homes(batch: Batch, good: DataFrame) -> tuple[DataFrame | None, list[str]]:
    """
    The keys of rows that remove one and do not tell its partition, with the partition that has it; and the paths of these partitions. The
    keys of the batch and of the whole table are read for it, since they may be in any partition.
    """
    contract, folder = batch.contract, f"{batch.settings.scratch}homes/"
    roots = () if batch.plan.rebuild else (batch.settings.curated, batch.settings.tombstones)
    # No shuffle may be planned on these: how they came to be where they are is not what Spark believes.
    sought = F.broadcast(good.where(deletes.is_unplaced(contract)).select(KEY_HASH, *contract.primary_key))
    keys = [name for name in contract.partition_by if name not in contract.primary_key]
    candidates = [good.where(f"NOT {deletes.is_unplaced(contract)}"), *(_stored(batch, root, good.schema) for root in roots)]
    met = reduce(DataFrame.unionByName, [
        rows.join(sought, [KEY_HASH, *contract.primary_key], "left_semi").select(*contract.primary_key, *keys) for rows in candidates if rows is not None
    ])
    met.write.mode("overwrite").parquet(folder)
    found = batch.spark.read.schema(met.schema).parquet(folder)
    values = found.select(*(F.col(name).cast("string") for name in contract.partition_by)).distinct().collect()
    # A key should be in one partition. Where it is not, all of these are merged, and its removal goes to the first.
    first = F.min(F.struct(*keys)).alias("__first")
    homes = found.groupBy(*(quoted(name) for name in contract.primary_key)).agg(first).select(*contract.primary_key, "__first.*")
    return (homes if values else None), sorted(partition_path(contract.partition_by, tuple(row)) for row in values)


def _stored(batch: Batch, root: str, schema: StructType) -> DataFrame | None:
    """Keys and partitions of all rows below a root, those of no partition aside."""
    contract, nowhere = batch.contract, no_partition(batch)
    files: list[StoredObject] = [found for found in batch.store.list(root) if is_rows(found) and not found.uri.startswith(f"{root}{nowhere}/")]
    if not files:
        return None
    stored = load(batch.spark, "parquet", [found.uri for found in files], basePath=root)
    names = dict.fromkeys((*contract.primary_key, *contract.partition_by))
    typed = stored.select(*(F.col(quoted(name)).cast(schema[name].dataType).alias(name) for name in names))
    return typed.withColumn(KEY_HASH, F.xxhash64(*contract.primary_key))
