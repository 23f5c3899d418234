"""A gold Iceberg table: rows that are computed again are taken out where they are, partitions that are rebuilt as a whole, in one commit with the new ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ...batch import Batch
from ...formats.sources import quoted
from ...merge.keys import PLACE
from ...stages.staged import Staged
from ...tables.iceberg.branch import Onto, remove_branches
from ...tables.iceberg.catalog import load_table, name_of, open_table
from ...tables.iceberg.data_files import NOTHING, TakenOut, column_ids, in_folders, with_ids
from ...tables.iceberg.evolution.evolve import is_current
from ...tables.iceberg.evolution.names import names_at
from ...tables.iceberg.existing import live_counts
from ...tables.iceberg.position_deletes import has_one_partitioning, written_deletes
from ...tables.iceberg.published import paths_of_files
from ...tables.iceberg.table import IcebergTable
from ...tables.parquet.write import Target, write_files
from ...tables.together import rebalanced
from ..reach import Affected, Reached, ReachedKeys
from .own_table import Rebuilt


@dataclass(frozen=True)
class OwnIceberg:
    """See own_table.py for what each call does."""

    batch: Batch
    table: IcebergTable
    base: int
    """The snapshot of `main` that the batch is computed onto."""
    stored_rows: int
    paths: tuple[str, ...]
    has_parts: bool

    def rewritten_for(self, keys: Sequence[Reached | ReachedKeys]) -> set[str]:
        return set()

    def replace(self, rows: DataFrame, affected: Affected) -> Rebuilt:
        batch, settings, keys = self.batch, self.batch.settings, self.batch.contract.partition_by
        stored = load_table(batch.spark, name_of(batch))
        named = in_folders(batch, stored, self.table.schema)
        ids = column_ids(batch, stored, self.table.schema) if named else None
        target = Target(settings.staged, f"{settings.scratch}staged/", keys, max(1, len(self.paths)), in_files_too=keys if ids else ())
        spread = rebalanced(rows, keys) if keys else rows
        files = write_files(batch, with_ids(spread, ids) if ids else spread, target)
        written = sum(file.rows for file in files)
        with batch.timed("commit"):
            out = self._taken_out(affected, written)
            if files or out != NOTHING:
                self.table.replace(files, Onto(self.base, self.stored_rows, ids), out)
        return Rebuilt(Staged(tuple(files), written=written), ([file.uri for file in files], settings.staged))

    def beside_computed(self, rebuilt: Rebuilt) -> DataFrame:
        return self.as_published(rebuilt)

    def as_published(self, rebuilt: Rebuilt) -> DataFrame:
        committed = self.table.committed
        return self._rows(self.base if committed is None else committed.snapshot)

    def _taken_out(self, affected: Affected, written: int) -> TakenOut:
        if affected.everything:
            return TakenOut(everything=True)
        if not affected.by_key:
            return TakenOut(partitions=affected.existing_paths)
        if self.stored_rows == 0:
            return NOTHING
        replaced = affected.rows_of(self._rows(self.base, *PLACE))
        return TakenOut(deletes=tuple(written_deletes(self.batch, replaced, max(1, written), max(1, len(self.paths)))))

    def _rows(self, snapshot: int, *places: str) -> DataFrame:
        """Of the whole table; `places`: PLACE beside them."""
        files = f", _file AS {PLACE[0]}, _pos AS {PLACE[1]}" if places else ""
        stored = self.batch.spark.sql(f"SELECT *{files} FROM {name_of(self.batch).sql} VERSION AS OF {snapshot}")
        names = names_at(self.batch, load_table(self.batch.spark, name_of(self.batch)), snapshot)
        values = [(F.col(quoted(names[name])) if name in names else F.lit(None)).cast(type_).alias(name) for name, type_ in self.batch.contract.declared_types.items()]
        return stored.select(*values, *places)


def open_own_iceberg(batch: Batch, table: IcebergTable) -> OwnIceberg:
    stored = open_table(batch, table.schema)
    # Those of an earlier attempt too.
    remove_branches(batch)
    table.committed = None
    snapshot = stored.currentSnapshot()
    has_parts = is_current(batch, stored) and has_one_partitioning(stored)
    paths = paths_of_files(batch, name_of(batch), snapshot.snapshotId(), batch.contract.partition_by) if has_parts else ()
    return OwnIceberg(batch, table, snapshot.snapshotId(), live_counts(snapshot)[0], paths, has_parts)
