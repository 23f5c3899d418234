"""
A Parquet table that becomes an Iceberg table: its files stay where they are, and their names of columns are mapped to ids (the Iceberg spec, "Column
Projection"). They are added on a branch of the batch's own, and published by moving `main`, as any batch is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from py4j.java_gateway import JavaObject
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from ...batch import Batch
from ...errors import ConfigurationError, ConservationError
from ...formats.parquet.footers import footers
from ...formats.sources import load
from ...lake.hive_paths import partition_values
from ...lake.store import StoredObject
from ...merge.keys import fingerprint
from ..parquet.existing import ExistingFiles, find_table
from ..parquet.published import refuse_two_publications
from .branch import SOURCE, Commit, branch_name, snapshot_notes
from .catalog import load_table, name_of
from .data_files import PlacedFile, data_files
from .evolution.evolve import NAME_MAPPING
from .existing import live_counts
from .removed_keys import Removed, add_removed

MIGRATION = "migration"
MIGRATED_FROM = "sluice.migrated-from"
_OWN_FOLDERS = ("data/", "metadata/")


@dataclass(frozen=True)
class Taken:
    uri: str
    path: str
    """Hive path of its partition."""
    size: int
    rows: int


def is_migrated(table: JavaObject) -> bool:
    """Whether `main` is where the migration has left it: no batch has been published since."""
    head = table.currentSnapshot()
    return head is not None and head.summary().get(SOURCE) == MIGRATION


def take_over(batch: Batch, table: JavaObject, schema: StructType) -> tuple[Commit, list[Taken]]:
    """
    Adds the files of the Parquet table on the batch's branch. Raises ConservationError unless what readers get there is, row for row, what the
    files hold.
    """
    base = table.currentSnapshot()
    if live_counts(base)[0]:
        raise ConfigurationError(f"table {batch.contract.dataset} is an Iceberg table with rows already; there is nothing to take over")
    found = _files(batch)
    _refuse_other_types(batch, found.all, schema)
    _map_names(batch, table)
    removed = _tombstones(batch, schema)
    taken = _add(batch, found, base, removed)
    snapshot = load_table(batch.spark, name_of(batch)).snapshot(branch_name(batch.settings.batch_id))
    _check(batch, found, snapshot, schema)
    return Commit(branch_name(batch.settings.batch_id), snapshot.snapshotId(), base.snapshotId(), 0), taken


def in_manifest(taken: list[Taken]) -> list[dict]:
    rows = Counter()
    for each in taken:
        rows[each.path] += each.rows
    return [{"path": path, "values": partition_values(path), "rows": rows[path], "files": [], "replaces": []} for path in sorted(rows)]


def _files(batch: Batch) -> ExistingFiles:
    """Those of an attempt to write an Iceberg table here are none of the Parquet table's."""
    every = find_table(batch, []).by_path
    by_path = {path: files for path, files in every.items() if not f"{path}/".startswith(_OWN_FOLDERS)}
    for path, files in by_path.items():
        refuse_two_publications(path, files, batch.contract)
        if tuple(partition_values(path)) != batch.contract.partition_by:
            raise ConfigurationError(f"{files[0].uri} is in no partition of table {batch.contract.dataset}. Move it away, and migrate the table again")
    return ExistingFiles(batch, by_path)


def _refuse_other_types(batch: Batch, files: list[StoredObject], schema: StructType) -> None:
    """A file of before table kinds were noted may have another type, which Iceberg would not read as Parquet tables do."""
    one_of_each = {footer.schema: file for footer, file in zip(footers(batch.store, files), files)}
    for file in one_of_each.values():
        stored = {field.name.lower(): field for field in load(batch.spark, "parquet", [file.uri]).schema}
        for name in batch.contract.curated_columns:
            here, wanted = stored.get(name.lower()), schema[name].dataType.simpleString()
            if name not in batch.contract.partition_by and here is not None and here.dataType.simpleString() != wanted:
                raise ConfigurationError(
                    f"{file.uri} has column {name} as {here.dataType.simpleString()}, and the table has {wanted}. Rebuild the Parquet table first"
                )


def _map_names(batch: Batch, table: JavaObject) -> None:
    mapping = batch.spark._jvm.org.apache.iceberg.mapping
    text = mapping.NameMappingParser.toJson(mapping.MappingUtil.create(table.schema()))
    table.updateProperties().set(NAME_MAPPING, text).set(MIGRATED_FROM, "parquet").commit()


def _tombstones(batch: Batch, schema: StructType) -> Removed:
    """Removed keys are few: they are written again, as this format keeps them, and the Parquet table's stay."""
    if not batch.contract.delete_when:
        return Removed()
    root = batch.settings.tombstones
    every = find_table(batch, [], root).by_path
    found = ExistingFiles(batch, {path: files for path, files in every.items() if tuple(partition_values(path)) == batch.contract.partition_by}, root=root)
    rows = found.rows(schema)
    if rows is None:
        return Removed()
    return add_removed(batch, rows, sum(footer.rows for footer in footers(batch.store, found.all)), Removed(), schema)


def _add(batch: Batch, found: ExistingFiles, base: JavaObject, removed: Removed) -> list[Taken]:
    table, branch = load_table(batch.spark, name_of(batch)), branch_name(batch.settings.batch_id)
    table.manageSnapshots().createBranch(branch, base.snapshotId()).commit()
    mapping = batch.spark._jvm.org.apache.iceberg.mapping.NameMappingParser.fromJson(table.properties().get(NAME_MAPPING))
    placed = [PlacedFile(file.uri, path, file.size) for path in sorted(found.by_path) for file in found.by_path[path]]
    append, taken = table.newAppend().toBranch(branch), []
    for file, built in zip(placed, data_files(batch, table, placed, mapping)):
        append = append.appendFile(built)
        taken.append(Taken(file.uri, file.path, file.size, built.recordCount()))
    for key, text in snapshot_notes(batch, removed).items():
        append = append.set(key, text)
    append.commit()
    return taken


def _check(batch: Batch, found: ExistingFiles, snapshot: JavaObject, schema: StructType) -> None:
    """Nothing judges these rows again: they are read by the table's metadata, and as Parquet, and must be the same."""
    before = found.rows(schema)
    after = batch.spark.sql(f"SELECT * FROM {name_of(batch).sql} VERSION AS OF {snapshot.snapshotId()}")
    typed = after.select(*(F.col(name).cast(schema[name].dataType).alias(name) for name in batch.contract.curated_columns))
    columns = batch.contract.curated_columns
    counts = [tuple(rows.agg(F.count(F.lit(1)), fingerprint(rows, columns)).first()) if rows is not None else (0, None) for rows in (before, typed)]
    if counts[0] != counts[1]:
        raise ConservationError(f"the rows of table {batch.contract.dataset} differ when its files are read as an Iceberg table; it stays as it is")
