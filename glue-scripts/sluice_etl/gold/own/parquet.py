"""A gold table of Parquet files: partitions are written again as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame

from ...batch import Batch
from ...formats.sources import PATH, spark_path
from ...stages.staged import Staged
from ...tables.parquet.existing import ExistingFiles, find_table
from ...tables.parquet.write import Target, write_files
from ...tables.table import Table, WrittenFile
from ...tables.together import rebalanced
from ..reach import Affected, Reached, ReachedKeys, rows_not_reached, rows_reached
from ..tables import gold_rows
from .own_table import Rebuilt


@dataclass(frozen=True)
class OwnParquet:
    """See own_table.py for what each call does."""

    batch: Batch
    files: ExistingFiles
    has_parts = True

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(self.files.by_path)

    def rewritten_for(self, keys: Sequence[Reached | ReachedKeys]) -> set[str]:
        if set(self.paths) == {""}:
            # A table without partitions is written again as a whole, wherever the rows are.
            return {""}
        rows = gold_rows(self.batch, [file.uri for file in self.files.all], self.batch.settings.curated, PATH)
        met = {row[PATH] for row in rows_reached(rows, keys).select(PATH).distinct().collect()}
        return {path for path, files in self.files.by_path.items() if any(spark_path(file.uri) in met for file in files)}

    def replace(self, rows: DataFrame, affected: Affected) -> Rebuilt:
        contract, settings = self.batch.contract, self.batch.settings
        target = Target(settings.staged, f"{settings.scratch}staged/", contract.partition_by, max(1, len(self.paths)))
        if affected.by_key:
            return self._with_other_keys(rows, affected, target)
        files = self._write(rows, target)
        return self._rebuilt(files, affected.existing_paths, files, settings.staged)

    def beside_computed(self, rebuilt: Rebuilt) -> DataFrame:
        return self._staged(rebuilt)

    def as_published(self, rebuilt: Rebuilt) -> DataFrame:
        replaced = rebuilt.staged.existing.by_path
        kept = [file.uri for path, files in self.files.by_path.items() if path not in replaced for file in files]
        staged = self._staged(rebuilt)
        return staged.unionByName(gold_rows(self.batch, kept, self.batch.settings.curated)) if kept else staged

    def _with_other_keys(self, rows: DataFrame, affected: Affected, target: Target) -> Rebuilt:
        """Partitions in which keys have rows, or had some, are written again, with the rows of all other keys as they are."""
        batch, by_path = self.batch, self.files.by_path
        aside = f"{batch.settings.scratch}computed/"
        computed = self._write(rows, Target(aside, f"{batch.settings.scratch}computing/", target.keys, target.partitions))
        paths = tuple(sorted({*affected.existing_paths, *(file.path for file in computed if file.path in by_path)}))
        kept = rows_not_reached(gold_rows(batch, [file.uri for path in paths for file in by_path[path]], batch.settings.curated), affected.reached)
        files = self._write(gold_rows(batch, [file.uri for file in computed], aside).unionByName(kept), target)
        return self._rebuilt(files, paths, computed, aside)

    def _rebuilt(self, files: list[WrittenFile], paths: tuple[str, ...], computed: list[WrittenFile], folder: str) -> Rebuilt:
        replaced = ExistingFiles(self.batch, {path: self.files.by_path[path] for path in paths})
        staged = Staged(tuple(files), replaced, written=sum(file.rows for file in computed))
        return Rebuilt(staged, ([file.uri for file in computed], folder))

    def _write(self, rows: DataFrame, target: Target) -> list[WrittenFile]:
        return write_files(self.batch, rebalanced(rows, target.keys) if target.keys else rows, target)

    def _staged(self, rebuilt: Rebuilt) -> DataFrame:
        return gold_rows(self.batch, [file.uri for file in rebuilt.staged.files], self.batch.settings.staged)


def open_own_parquet(batch: Batch, table: Table) -> OwnParquet:
    return OwnParquet(batch, ExistingFiles(batch, find_table(batch, []).by_path))
