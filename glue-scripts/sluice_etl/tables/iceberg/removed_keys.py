"""
Tombstones of an Iceberg table (docs/adr/0011): keys and orders of rows that `delete_when` has removed, in folders under `tombstones/<dataset>/` that
are written once. Which folders are the table's is a property of its metadata, so they change with the rows: in one update, and back again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import reduce
from uuid import uuid4

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from ...batch import Batch
from ...formats.sources import quoted
from ...judge.judge import DELETED
from ..parquet.write import Target, write_files

TOMBSTONES = "sluice.tombstones"
"""A property of the table, and of each snapshot that a batch has published (functions/domain/iceberg/metadata.ts)."""


@dataclass(frozen=True)
class Removed:
    """Folders below `tombstones/<dataset>/` with their rows, largest first."""

    folders: tuple[tuple[str, int], ...] = ()

    @classmethod
    def parse(cls, text: str | None) -> Removed:
        return cls(tuple((folder, rows) for folder, rows in json.loads(text or "[]")))

    def noted(self) -> dict[str, str]:
        return {TOMBSTONES: json.dumps([list(each) for each in self.folders])} if self.folders else {}


def read_removed(batch: Batch, removed: Removed, schema: StructType) -> DataFrame | None:
    """Key and order of each, in all curated columns; a key may be there more than once."""
    if not removed.folders:
        return None
    stored = batch.spark.read.parquet(*(f"{batch.settings.tombstones}{folder}/" for folder, _ in removed.folders))
    columns = ((F.col(quoted(name)) if name in stored.columns else F.lit(None)).cast(schema[name].dataType).alias(name) for name in batch.contract.curated_columns)
    return stored.select(*columns).withColumn(DELETED, F.lit(True))


def add_removed(batch: Batch, new: DataFrame, count: int, before: Removed, schema: StructType) -> Removed:
    """
    Writes the new ones, together with those folders that have no more rows than are written: so a table has few folders, and no row of them is written
    often. Of one key the newest stays.
    """
    contract = batch.contract
    kept, folded, rows = list(before.folders), [], count
    while kept and kept[-1][1] <= rows:
        folded.append(kept.pop())
        rows += folded[-1][1]
    older = read_removed(batch, Removed(tuple(folded)), schema)
    names = list(dict.fromkeys((*contract.primary_key, *contract.latest_by)))
    every = reduce(DataFrame.unionByName, [frame.select(*names) for frame in (new, older) if frame is not None])
    newest = Window.partitionBy(*contract.primary_key).orderBy(*(F.col(name).desc_nulls_last() for name in contract.latest_by))
    folder = f"{batch.settings.batch_id}-{uuid4().hex[:8]}"
    rows = every.withColumn("__number", F.row_number().over(newest)).where("__number = 1").select(*names).coalesce(1)
    files = write_files(batch, rows, Target(f"{batch.settings.tombstones}{folder}/", f"{batch.settings.scratch}removed/", (), 1))
    return Removed((*kept, (folder, sum(file.rows for file in files))))
