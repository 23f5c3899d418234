"""The Iceberg table of one dataset, for one batch: see ../table.py for what each call does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pyspark.sql import Column, DataFrame
from pyspark.sql.types import StructType

from ...batch import Batch
from ...judge.judge import DELETED, curated_types
from ...lake.hive_paths import partition_values
from ..parquet.moved_keys import partition_follows_key
from ..parquet.publication import register, replacements
from ..parquet.touched import touched_paths, touched_values
from ..parquet.write import Target, remove_stale, write_files
from ..table import Compaction, WrittenFile
from .branch import Commit, Onto, commit_staged, remove_branches
from .catalog import configure, open_table
from .compaction import Rewrite, check_table, crowded_partitions, rewrite
from .data_files import TakenOut, column_ids, in_folders, with_ids
from .evolution.evolve import is_current, within_partitions
from .existing import ExistingRows, live_counts, named_partitions
from .migration import in_manifest, is_migrated, take_over
from .position_deletes import has_one_partitioning, written_deletes
from .removed_keys import TOMBSTONES, Removed
from .retention import clean_up


@dataclass
class IcebergTable:
    """The rows that win are staged as Parquet, for the rules of `quality`, and merged into the batch's branch from there."""

    batch: Batch
    schema: StructType = field(init=False)
    committed: Commit | None = None
    rewritten: list[dict] = field(default_factory=list)
    """Of a compaction or a migration: the manifest's `partitions`. Their files are in the table's own metadata."""
    rewrites_existing = False

    def __post_init__(self) -> None:
        configure(self.batch)
        types = curated_types(self.batch.spark, self.batch.contract)
        self.schema = StructType([types[name] for name in self.batch.contract.curated_columns])

    def observed(self, schema: StructType) -> list[Column]:
        return [touched_values(self.batch.contract, schema)] if self.batch.contract.partition_by else []

    def find_existing(self, good: DataFrame, observed: dict) -> ExistingRows:
        contract = self.batch.contract
        table = open_table(self.batch, self.schema)
        remove_branches(self.batch)
        snapshot = table.currentSnapshot()
        paths = touched_paths(contract, observed) if contract.partition_by else [""]
        rows, size = live_counts(snapshot)
        within = None
        if contract.partition_by and partition_follows_key(good, contract):
            touched = [tuple(partition_values(path).values()) for path in paths]
            within = within_partitions(self.batch, table, named_partitions(self.schema, contract.partition_by, touched))
        count, rebuild = observed["read"] - observed["quarantined"], self.batch.plan.rebuild
        named = in_folders(self.batch, table, self.schema)
        return ExistingRows(
            self.batch,
            snapshot.snapshotId(),
            good,
            count,
            rows,
            size,
            len(paths),
            within,
            rebuild,
            removed=Removed.parse(table.properties().get(TOMBSTONES)),
            ids=column_ids(self.batch, table, self.schema) if named else None,
            have_places=named and rows > 0 and not rebuild and has_one_partitioning(table),
        )

    def write(self, merged: DataFrame, existing: ExistingRows, replaced: Callable[[], DataFrame]) -> list[WrittenFile]:
        contract, settings = self.batch.contract, self.batch.settings
        unique = contract.primary_key[0] if len(contract.primary_key) == 1 else None
        keys = (DELETED, *contract.partition_by) if contract.delete_when else contract.partition_by
        removed = settings.staged_tombstones if contract.delete_when else ""
        ids = existing.ids
        twice = contract.partition_by if ids else ()
        target = Target(settings.staged, f"{settings.scratch}staged/", keys, existing.partitions, removed, unique, twice)
        files = write_files(self.batch, with_ids(merged, ids) if ids else merged, target)
        if files:
            with self.batch.timed("commit"):
                out = self._taken_out(existing, replaced)
                self.replace(files, Onto(existing.base, existing.stored_rows, existing.ids, existing.removed), out)
            existing.metrics["rowsReplaced"] = self.committed.deleted
        return files

    def replace(self, files: Sequence[WrittenFile], onto: Onto, out: TakenOut) -> None:
        """Adds staged files to the batch's branch, in place of what is taken out."""
        self.committed = commit_staged(self.batch, self.schema, files, onto, out)

    def _taken_out(self, existing: ExistingRows, replaced: Callable[[], DataFrame]) -> TakenOut:
        if existing.replaces_all:
            return TakenOut(everything=True)
        if existing.have_places:
            return TakenOut(deletes=tuple(written_deletes(self.batch, replaced(), existing.count, existing.partitions)))
        return TakenOut(same_keys=existing.stored_rows > 0, within=existing.within)

    def compact(self) -> Compaction:
        """The whole table: each partition that needs it. What the table no longer needs goes first."""
        batch = self.batch
        table = open_table(batch, self.schema)
        remove_branches(batch)
        metrics = {**clean_up(batch), **({"keysChecked": check_table(batch, table)} if batch.plan.check_keys else {})}
        # Until a batch has brought the table to the contract, its files are what that batch is merged with.
        work = crowded_partitions(batch, table) if is_current(batch, table) else Rewrite()
        counts = {"rows": work.rows, "files": work.files, "bytes": work.size}
        if work.partitions:
            with batch.timed("compact"):
                self.committed, counts["filesAfter"] = rewrite(batch, table, work)
            self.rewritten = [each.in_manifest(batch.contract.partition_by) for each in work.partitions]
        return Compaction((), None, counts, metrics)

    def migrate(self) -> Compaction:
        """The Parquet table of before: its files become this table's, where they are."""
        batch = self.batch
        table = open_table(batch, self.schema)
        remove_branches(batch)
        counts = {"rows": 0, "files": 0, "bytes": 0, "filesAfter": 0}
        if is_migrated(table):
            return Compaction((), None, counts)
        with batch.timed("migrate"):
            self.committed, taken = take_over(batch, table, self.schema)
        counts = {"rows": sum(each.rows for each in taken), "bytes": sum(each.size for each in taken), "files": len(taken), "filesAfter": len(taken)}
        self.rewritten = in_manifest(taken)
        return Compaction((), None, counts)

    def remove_stale(self, written: Sequence[WrittenFile]) -> None:
        settings = self.batch.settings
        remove_stale(self.batch, [settings.staged, *([settings.staged_tombstones] if self.batch.contract.delete_when else [])], written)

    def register(self, written: Sequence[WrittenFile]) -> None:
        register(self.batch, written)

    def replacements(self, written: Sequence[WrittenFile], existing: ExistingRows | None) -> list[dict]:
        return self.rewritten or replacements(self.batch.settings, written, {})

    def tombstones(self, written: Sequence[WrittenFile], existing: ExistingRows | None) -> list[dict]:
        """They are named by the table's own metadata."""
        return []

    def commit(self) -> dict | None:
        if not self.committed:
            return None
        kept = self.batch.contract.month_ends
        return {**self.committed.in_manifest(), **({"monthEnds": kept} if kept else {})}
