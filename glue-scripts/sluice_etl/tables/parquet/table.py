"""The Parquet table of one dataset, for one batch: see ../table.py for what each call does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql.types import StructType

from ...batch import Batch
from ...errors import ConfigurationError
from ...judge.judge import DELETED
from ...merge.deletes import UNPLACED, observed_deletes
from ..table import Compaction, WrittenFile
from .compaction import compact
from .existing import ExistingFiles, find_files, find_table
from .moved_keys import Touched, find_moved, partition_follows_key
from .publication import register, replacements
from .tombstones import WithTombstones, find_homes, find_tombstones
from .touched import touched_paths, touched_values
from .write import Target, remove_stale, write_files


@dataclass(frozen=True)
class ParquetTable:
    batch: Batch
    rewrites_existing = True

    def observed(self, schema: StructType) -> list[Column]:
        contract = self.batch.contract
        if not contract.partition_by:
            return []
        return [touched_values(contract, schema), *(observed_deletes(contract) if contract.delete_when else [])]

    def find_existing(self, good: DataFrame, observed: dict) -> ExistingFiles | WithTombstones:
        """Every file of the partitions that the batch touches, and of those where keys of it were before."""
        batch, contract = self.batch, self.batch.contract
        paths = touched_paths(contract, observed) if contract.partition_by else [""]
        follows = not contract.partition_by or partition_follows_key(good, contract)
        homes = None
        if contract.delete_when and not follows and observed[UNPLACED]:
            with batch.timed("removedKeys"):
                homes, places = find_homes(batch, good)
            paths = sorted({*paths, *places})
        if batch.plan.rebuild:
            table = find_table(batch, paths)
            return WithTombstones(table, find_table(batch, [], batch.settings.tombstones), homes) if contract.delete_when else table
        if follows:
            return self._present(paths)
        touched = self._present(paths)
        with batch.timed("search"):
            moved = find_moved(batch, good, touched)
        return self._present([*paths, *moved.paths], homes, {"keysFoundInOtherPartitions": moved.keys}, touched)

    def _present(self, paths: list[str], homes: DataFrame | None = None, metrics: dict[str, int] | None = None, known: Touched | None = None):
        """Files of these partitions; those in `known` are not listed again."""
        batch = self.batch
        listed = known.by_path if known else {}
        found = find_files(batch, [path for path in paths if path not in listed])
        table = ExistingFiles(batch, {**listed, **found.by_path}, metrics or {})
        if not batch.contract.delete_when:
            return table
        return WithTombstones(table, find_tombstones(batch, paths), homes, metrics or {})

    def write(self, merged: DataFrame, existing: ExistingFiles | WithTombstones, replaced: Callable[[], DataFrame]) -> list[WrittenFile]:
        contract, settings = self.batch.contract, self.batch.settings
        unique = contract.primary_key[0] if len(contract.primary_key) == 1 else None
        scratch = f"{settings.scratch}staged/"
        if contract.delete_when:
            keys = (DELETED, *contract.partition_by)
            target = Target(settings.staged, scratch, keys, existing.partitions, settings.staged_tombstones, unique)
        else:
            target = Target(settings.staged, scratch, contract.partition_by, existing.partitions, unique=unique)
        return write_files(self.batch, merged, target)

    def compact(self) -> Compaction:
        return compact(self.batch)

    def migrate(self) -> Compaction:
        dataset = self.batch.contract.dataset
        raise ConfigurationError(f"the contract of {dataset} has no curated.format: iceberg, so there is nothing to migrate to")

    def remove_stale(self, written: Sequence[WrittenFile]) -> None:
        settings = self.batch.settings
        remove_stale(self.batch, [settings.staged, *([settings.staged_tombstones] if self.batch.contract.delete_when else [])], written)

    def register(self, written: Sequence[WrittenFile]) -> None:
        register(self.batch, written)

    def replacements(self, written: Sequence[WrittenFile], existing: ExistingFiles | WithTombstones | None) -> list[dict]:
        return replacements(self.batch.settings, written, existing.by_path if existing else {})

    def tombstones(self, written: Sequence[WrittenFile], existing: WithTombstones | None) -> list[dict]:
        found = replacements(self.batch.settings, written, existing.removed.by_path if isinstance(existing, WithTombstones) else {})
        return [{name: value for name, value in entry.items() if name != "values"} for entry in found]

    def commit(self) -> dict | None:
        return None
