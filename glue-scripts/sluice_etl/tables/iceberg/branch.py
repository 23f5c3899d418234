"""One batch on a branch of its own. Readers read `main`, which does not move here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from ...batch import Batch
from ...errors import ConservationError
from ...formats.sources import load, quoted
from ...session import MOST_OPEN_FILES
from ..table import WrittenFile
from .catalog import load_table, name_of
from .data_files import PlacedFile, TakenOut, added, copied
from .evolution.evolve import Evolution, evolve
from .evolution.names import stored_name
from .existing import live_counts
from .partitions import rows_in_partitions
from .removed_keys import Removed, add_removed

BATCH_ID = "sluice.batch-id"
SOURCE = "sluice.source"
_BRANCH = "batch_"


@dataclass(frozen=True)
class Commit:
    branch: str
    snapshot: int
    base: int
    """Where `main` was; publishing refuses when it has moved."""
    deleted: int
    """Rows of the table that newer ones replace."""
    evolution: Evolution = Evolution()

    def in_manifest(self) -> dict:
        """Ids as text: they have more digits than a number of JSON keeps everywhere."""
        return {"branch": self.branch, "snapshotId": str(self.snapshot), "baseSnapshotId": str(self.base), **self.evolution.in_manifest()}


def branch_name(batch_id: str) -> str:
    return f"{_BRANCH}{batch_id}"


def remove_branches(batch: Batch) -> None:
    """
    Those of other batches and of an earlier attempt at this one. The batch holds the dataset's lease, so none of them is at work; their files
    go when snapshots expire.
    """
    table = load_table(batch.spark, name_of(batch))
    stale = [name for name in table.refs().keySet() if name.startswith(_BRANCH)]
    if stale:
        change = table.manageSnapshots()
        for name in stale:
            change = change.removeBranch(name)
        change.commit()


@dataclass(frozen=True)
class Onto:
    """What a commit is made onto."""

    snapshot: int
    """Of `main`."""
    stored_rows: int
    """Of the whole table."""
    ids: dict[str, int] | None
    """Field id of each column, with which staged files become the table's own; None where their rows have to be written again."""
    removed: Removed = Removed()


def commit_staged(batch: Batch, schema: StructType, written: Sequence[WrittenFile], onto: Onto, out: TakenOut) -> Commit:
    """
    To the branch: rows that are replaced are taken out, and the staged rows are added. One commit where staged files are the table's own, else
    two, of which only the last is ever made visible. Raises ConservationError when Iceberg has added others than were staged.
    """
    name, branch = name_of(batch), branch_name(batch.settings.batch_id)
    staged, tombstones = ([file for file in written if file.tombstone is kind] for kind in (False, True))
    removed = _removed(batch, schema, tombstones, Removed() if out.everything else onto.removed)
    evolution = evolve(batch, schema)
    load_table(batch.spark, name).manageSnapshots().createBranch(branch, onto.snapshot).commit()
    if out.same_keys:
        _delete_replaced(batch, [_staged_rows(batch, schema, staged), *_tombstone_rows(batch, schema, tombstones)], name.branch(branch), out.within)
    if onto.ids is not None:
        _add_files(batch, staged, out, removed)
    else:
        if out.deletes:
            added(batch, load_table(batch.spark, name), [], out).toBranch(branch).commit()
        rows = _staged_rows(batch, schema, staged)
        many = len({file.path for file in staged}) > MOST_OPEN_FILES
        placed, options = _placed(batch, _in_table(batch, rows), many, evolution)
        _add_rows(batch, placed, {**options, **snapshot_properties(batch, removed)}, out)
    snapshot = load_table(batch.spark, name).snapshot(branch)
    wanted, there = sum(file.rows for file in staged), int(snapshot.summary().get("added-records") or 0)
    if wanted != there:
        raise ConservationError(f"{wanted} rows of {batch.settings.batch_id} are staged, and its branch has {there}")
    return Commit(branch, snapshot.snapshotId(), onto.snapshot, onto.stored_rows + there - live_counts(snapshot)[0], evolution)


def _add_files(batch: Batch, staged: Sequence[WrittenFile], out: TakenOut, removed: Removed) -> None:
    """Copies of the staged files: no row is written a second time."""
    table = load_table(batch.spark, name_of(batch))
    placed = [PlacedFile(file.uri, file.path, file.size) for file in staged]
    names = [file.uri.rpartition("/")[2].removesuffix(".parquet") for file in staged]
    change = added(batch, table, copied(batch, placed, names), out)
    for key, text in snapshot_notes(batch, removed).items():
        change.set(key, text)
    change.toBranch(branch_name(batch.settings.batch_id)).commit()


def _add_rows(batch: Batch, rows: DataFrame, options: dict[str, str], out: TakenOut) -> None:
    # In SQL there is no place for the options.
    writer = rows.writeTo(name_of(batch).branch(branch_name(batch.settings.batch_id))).options(**options)
    if out.everything or out.partitions:
        writer.overwrite(F.lit(True) if out.everything else rows_in_partitions(rows.schema, out.partitions))
    else:
        writer.append()


def _placed(batch: Batch, rows: DataFrame, many: bool, evolution: Evolution) -> tuple[DataFrame, dict[str, str]]:
    """
    Rows as the writer takes them, and its options. A task keeps a file open for each partition while these are few; each takes its own memory, so where there are
    `many`, rows are sorted by partition.
    """
    if evolution.spec is None:
        return rows, {"fanout-enabled": str(not many).lower()}
    schema = load_table(batch.spark, name_of(batch)).schema()
    keys = [quoted(stored_name(batch, schema, name)) for name in batch.contract.partition_by]
    # Iceberg would put them in the order of the partitioning before.
    own = {"output-spec-id": str(evolution.spec), "use-table-distribution-and-ordering": "false", "fanout-enabled": "false"}
    return (rows.repartition(*keys).sortWithinPartitions(*keys) if keys else rows), own


def snapshot_notes(batch: Batch, removed: Removed) -> dict[str, str]:
    """In the summary of a batch's snapshot: what publishing and rolling back read there (functions/domain/iceberg/metadata.ts)."""
    return {BATCH_ID: batch.settings.batch_id, SOURCE: batch.plan.source, "sluice.contract-version": batch.contract.version, **removed.noted()}


def snapshot_properties(batch: Batch, removed: Removed) -> dict[str, str]:
    """The same as options of a write."""
    return {f"snapshot-property.{key}": text for key, text in snapshot_notes(batch, removed).items()}


def _delete_replaced(batch: Batch, newer: list[DataFrame], target: str, within: str | None) -> None:
    """By their keys, which reads the table once more."""
    key, schema = batch.contract.primary_key, load_table(batch.spark, name_of(batch)).schema()
    reduce(DataFrame.unionByName, [rows.select(*key) for rows in newer]).createOrReplaceTempView("staged_keys")
    stored = ", ".join(quoted(stored_name(batch, schema, name)) for name in key)
    where = f"({stored}) IN (SELECT {', '.join(map(quoted, key))} FROM staged_keys)"
    batch.spark.sql(f"DELETE FROM {target} WHERE {f'{within} AND {where}' if within else where}")


def _removed(batch: Batch, schema: StructType, tombstones: Sequence[WrittenFile], before: Removed) -> Removed:
    """A rebuild reads every file that is left, so it makes the tombstones that are still of use: `before` is then empty."""
    if not tombstones:
        return before
    [rows] = _tombstone_rows(batch, schema, tombstones)
    return add_removed(batch, rows, sum(file.rows for file in tombstones), before, schema)


def _tombstone_rows(batch: Batch, schema: StructType, tombstones: Sequence[WrittenFile]) -> list[DataFrame]:
    if not tombstones:
        return []
    read = load(batch.spark, "parquet", [file.uri for file in tombstones], basePath=batch.settings.staged_tombstones)
    names = dict.fromkeys((*batch.contract.primary_key, *batch.contract.latest_by))
    return [read.select(*(F.col(quoted(name)).cast(schema[name].dataType).alias(name) for name in names))]


def _staged_rows(batch: Batch, schema: StructType, written: Sequence[WrittenFile]) -> DataFrame:
    """With the contract's names; see `_in_table`."""
    if not written:
        return batch.spark.createDataFrame([], schema)
    return load(batch.spark, "parquet", [file.uri for file in written], basePath=batch.settings.staged)


def _in_table(batch: Batch, rows: DataFrame) -> DataFrame:
    """All columns of the table, by the names that they have there: one that the contract no longer has is empty in new rows."""
    wanted, schema = batch.spark.table(name_of(batch).sql).schema, load_table(batch.spark, name_of(batch)).schema()
    ours = {stored_name(batch, schema, name): name for name in batch.contract.curated_columns}
    return rows.select(*((F.col(quoted(ours[f.name])) if f.name in ours else F.lit(None)).cast(f.dataType).alias(f.name) for f in wanted))
