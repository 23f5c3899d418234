"""The Parquet table of one dataset, for one batch: see ../table.py for what each call does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql.types import StructType

from ...batch import Batch
from ..table import Compaction, WrittenFile
from .compaction import compact
from .existing import ExistingFiles, find_files, find_table
from .moved_keys import find_moved, partition_follows_key
from .publication import register, replacements
from .touched import touched_paths, touched_values
from .write import Target, rebalanced, remove_stale, write_files


@dataclass(frozen=True)
class ParquetTable:
    batch: Batch

    def observed(self, schema: StructType) -> list[Column]:
        return [touched_values(self.batch.contract, schema)] if self.batch.contract.partition_by else []

    def find_existing(self, good: DataFrame, observed: dict) -> ExistingFiles:
        """Every file of the partitions that the batch touches, and of those where keys of it were before."""
        batch, contract = self.batch, self.batch.contract
        paths = touched_paths(contract, observed) if contract.partition_by else [""]
        if batch.plan.rebuild:
            return find_table(batch, paths)
        touched = find_files(batch, paths)
        if not contract.partition_by or partition_follows_key(good, contract):
            return touched
        with batch.timed("search"):
            moved = find_moved(batch, good, touched)
        return ExistingFiles(batch, {**touched.by_path, **moved.files.by_path}, {"keysFoundInOtherPartitions": moved.keys})

    def write(self, merged: DataFrame, existing: ExistingFiles, scatters: bool) -> list[WrittenFile]:
        contract, settings = self.batch.contract, self.batch.settings
        rows = rebalanced(merged, contract.partition_by) if scatters else merged
        unique = contract.primary_key[0] if len(contract.primary_key) == 1 else None
        target = Target(settings.staged, f"{settings.scratch}staged/", contract.partition_by, existing.partitions, unique)
        return write_files(self.batch, rows, target)

    def compact(self) -> Compaction:
        return compact(self.batch)

    def remove_stale(self, written: Sequence[WrittenFile]) -> None:
        remove_stale(self.batch, [self.batch.settings.staged], written)

    def register(self, written: Sequence[WrittenFile]) -> None:
        register(self.batch, written)

    def replacements(self, written: Sequence[WrittenFile], existing: ExistingFiles | None) -> list[dict]:
        return replacements(self.batch.settings, written, existing)
