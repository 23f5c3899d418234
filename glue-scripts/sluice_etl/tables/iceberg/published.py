"""The Iceberg table of another dataset, as of one snapshot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ...batch import Batch
from ...errors import ContractChangedError
from ...formats.sources import PATH, quoted, small_frame, spark_path
from ...lake.hive_paths import HIVE_NULL, partition_path, partition_values
from ...lake.store import StoredObject
from .catalog import IcebergName, configure, load_table
from .evolution.names import earlier_names
from .existing import named_partitions


@dataclass(frozen=True)
class PublishedIceberg:
    """See ../parquet/published_table.py for what each name means."""

    batch: Batch
    name: str
    types: dict[str, str]
    partition_by: tuple[str, ...]
    snapshot: int
    files: tuple[StoredObject, ...]
    """Those of rows and those of position deletes."""
    paths: dict[str, str]
    """URI of a file → Hive path of its partition."""

    @property
    def told(self) -> dict:
        return {"files": len(self.files), "bytes": sum(file.size for file in self.files), "snapshot": str(self.snapshot)}

    def frame(self) -> DataFrame:
        return self._rows(None)

    def rows_of(self, files: Sequence[StoredObject], *more: str) -> DataFrame:
        paths = sorted({self.paths[file.uri] for file in files})
        rows = self._rows(paths, *more)
        if not more:
            return rows
        # Under the name that Spark gives a file elsewhere, and only of the files that are asked for.
        names = small_frame(self.batch.spark, ["__uri", PATH], [(file.uri, spark_path(file.uri)) for file in files])
        return rows.withColumnRenamed(PATH, "__uri").join(F.broadcast(names), "__uri").drop("__uri")

    def by_path(self) -> dict[str, list[StoredObject]]:
        found = defaultdict(list)
        for file in self.files:
            found[self.paths[file.uri]].append(file)
        return found

    def touched(self, manifest: dict) -> list[str] | None:
        """By the batch's own snapshots: a row that moves is taken out of a partition that the manifest does not name."""
        commit = manifest.get("commit")
        if commit is None:
            return []
        table, ids = load_table(self.batch.spark, self._sql_name), []
        snapshot = table.snapshot(int(commit["snapshotId"]))
        while snapshot is not None and str(snapshot.snapshotId()) != commit["baseSnapshotId"]:
            ids.append(str(snapshot.snapshotId()))
            parent = snapshot.parentId()
            snapshot = None if parent is None else table.snapshot(parent)
        if snapshot is None:
            return None
        frame = _metadata(self.batch, self._sql_name, "entries", int(commit["snapshotId"]))
        changed = frame.where(f"snapshot_id IN ({', '.join(ids)}) AND status <> 0").select("data_file.*")
        # A file of an earlier partitioning is in none of today's partitions.
        if table.specs().size() > 1 and changed.where(F.col("spec_id") != table.spec().specId()).head(1):
            return None
        return sorted({path for _, _, path in _located(changed, self.partition_by)})

    @property
    def _sql_name(self) -> IcebergName:
        return IcebergName(self.batch.settings.database, self.name)

    def _rows(self, paths: list[str] | None, *more: str) -> DataFrame:
        stored = self.batch.spark.sql(f"SELECT *, _file AS {PATH} FROM {self._sql_name.sql} VERSION AS OF {self.snapshot}")
        if paths is not None and self.partition_by:
            values = [tuple(None if value == HIVE_NULL else value for value in partition_values(path).values()) for path in paths]
            within = named_partitions(stored.schema, self.partition_by, values)
            stored = stored.where(within) if within else stored
        return stored.select(*(F.expr(f"CAST({source} AS {self.types[name]})").alias(name) for name, source in self._sources().items()), *more)

    def _sources(self) -> dict[str, str]:
        """Column → where its values are in the snapshot, whose schema may be an earlier one."""
        table = load_table(self.batch.spark, self._sql_name)
        then = {name.lower(): there for name, there in earlier_names(table, self.snapshot).items()}
        now = {field.name().lower() for field in table.schema().columns()}
        gone = [name for name in self.types if name.lower() not in now]
        if gone:
            raise ContractChangedError(f"the table of {self.name} has no column {', '.join(gone)} at the moment: a batch that changes its columns is being published. Redrive this one")
        return {name: quoted(then[name.lower()]) if name.lower() in then else "NULL" for name in self.types}


def open_iceberg(batch: Batch, name: str, kind: dict) -> PublishedIceberg:
    configure(batch)
    table = IcebergName(batch.settings.database, name)
    snapshot, partition_by = load_table(batch.spark, table).currentSnapshot().snapshotId(), tuple(kind["partitionBy"])
    located = _located(_metadata(batch, table, "files", snapshot), partition_by)
    files = tuple(StoredObject(uri, size) for uri, size, _ in located)
    return PublishedIceberg(batch, name, kind["columns"], partition_by, snapshot, files, {uri: path for uri, _, path in located})


def paths_of_files(batch: Batch, table: IcebergName, snapshot: int, partition_by: tuple[str, ...]) -> tuple[str, ...]:
    """Hive paths of the partitions in which a snapshot has files."""
    return tuple(sorted({path for _, _, path in _located(_metadata(batch, table, "files", snapshot), partition_by)}))


def _metadata(batch: Batch, table: IcebergName, kind: str, snapshot: int) -> DataFrame:
    return batch.spark.sql(f"SELECT * FROM {table.sql}.{kind} VERSION AS OF {snapshot}")


def _located(files: DataFrame, partition_by: tuple[str, ...]) -> list[tuple[str, int, str]]:
    """URI, bytes and Hive path of each file."""
    values = [F.col(f"partition.{quoted(key)}").cast("string").alias(f"__{index}") for index, key in enumerate(partition_by)]
    rows = files.select("file_path", "file_size_in_bytes", *values).collect()
    return [(row[0], row[1], partition_path(partition_by, tuple(HIVE_NULL if value is None else value for value in row[2:]))) for row in rows]
