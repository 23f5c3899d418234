"""Which partitions of the gold table a change of its sources reaches."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

from pyspark.sql import DataFrame

from ..batch import Batch
from ..formats.sources import PATH, load, quoted, small_frame, spark_path
from ..lake.hive_paths import HIVE_NULL, partition_values
from ..tables.parquet.existing import ExistingFiles
from ..tables.published import PublishedTable
from .keys.changes import KeyChanges
from .kind import noted_kind
from .reach import ColumnOf, Reached, ReachedKeys, column_of, rows_reached
from .tables import gold_rows

# A query names so many keys, and Parquet's reader passes over groups of rows without them (`spark.sql.parquet.pushdown.inFilterThreshold`). More
# keys are looked up: a thousand in a query take Spark longer to compile than to read the rows.
MOST_KEYS = 10


@dataclass(frozen=True)
class Affected:
    everything: bool = False
    reached: tuple[Reached | ReachedKeys, ...] = ()
    existing_paths: tuple[str, ...] = field(default=())
    """Partitions of the table that are replaced, whether the query still gives rows for them or not."""

    @property
    def by_key(self) -> bool:
        """Whether partitions have rows that stay as they are."""
        return any(each.are_keys for each in self.reached)

    @property
    def is_nothing(self) -> bool:
        return not self.everything and not self.reached

    @property
    def told(self) -> str | int:
        return "everything" if self.everything else sum(each.count for each in self.reached)

    def rows_of(self, frame: DataFrame, of: ColumnOf = column_of) -> DataFrame:
        return frame if self.everything else rows_reached(frame, self.reached, of)


def find_affected(batch: Batch, tables: dict[str, PublishedTable], own: ExistingFiles, changes: KeyChanges) -> Affected:
    everything = Affected(everything=True, existing_paths=tuple(own.by_path))
    kind = noted_kind(batch)
    # The kind is noted before the first file of a publication, which may then be cut off.
    if changes.before.whole_is_unfinished:
        return everything
    if batch.plan.reads == "sources" or kind is None or kind["contractVersion"] != batch.contract.version:
        return everything
    touched: dict[str, set[str]] = {}
    for planned in batch.plan.objects:
        # That a schedule came by changes nothing.
        if planned.key.startswith("scheduled/"):
            continue
        _, source, batch_id, run = planned.key.split("/")
        rebuilds = batch.contract.gold.rebuilds.get(source, "none")
        # What a publication of a keyed source has changed is found in its table.
        if rebuilds == "none" or source in batch.contract.gold.keyed:
            continue
        manifest = _manifest(batch, source, batch_id)
        # Of an earlier run of that batch its partitions are no longer known.
        if rebuilds == "all" or manifest is None or _run_of(manifest) != run:
            return everything
        paths = tables[source].touched(manifest)
        if paths is None:
            return everything
        touched.setdefault(source, set()).update(paths)
    reached: dict[tuple[str, ...], set[tuple]] = {}
    for source, paths in touched.items():
        rebuilds = batch.contract.gold.rebuilds[source]
        reached.setdefault(tuple(rebuilds), set()).update(_gold_values(batch, tables[source], rebuilds, sorted(paths)))
    if any(keys is None for keys in changes.keys.values()):
        return everything
    found = [Reached(columns, frozenset(values)) for columns, values in reached.items() if values]
    found += [each for source, keys in changes.keys.items() if (each := _reached_keys(batch, source, keys)) is not None]
    return Affected(reached=tuple(found), existing_paths=_existing(batch, own, tuple(found))) if found else Affected()


def _reached_keys(batch: Batch, source: str, keys: DataFrame) -> Reached | ReachedKeys | None:
    columns = batch.contract.gold.keyed[source]
    folder = f"{batch.settings.scratch}keys/{source}/"
    with batch.timed("changedKeys"):
        keys.write.mode("overwrite").parquet(folder)
        files = [found.uri for found in batch.store.list(folder) if found.uri.endswith(".parquet")]
        written = load(batch.spark, "parquet", files, keys.schema) if files else keys.limit(0)
        count, *nulls = written.selectExpr("count(1)", *(f"count_if({quoted(name)} IS NULL)" for name in columns)).first()
        if count == 0:
            return None
        # Python would give a time of its own zone back.
        if count > MOST_KEYS or any(type_.startswith("timestamp") for _, type_ in written.dtypes):
            return ReachedKeys(columns, written, count, frozenset(name for name, found in zip(columns, nulls) if found))
        values = frozenset(tuple(row) for row in written.select(*(quoted(name) for name in columns)).collect())
    return Reached(columns, values, are_keys=True)


def _gold_values(batch: Batch, source: PublishedTable, rebuilds: dict[str, str], paths: list[str]) -> set[tuple]:
    """The expressions of the contract over the values of published partitions."""
    if not paths:
        return set()
    frame = _partitions(batch, paths, source.partition_by, source.types)
    return {tuple(row) for row in frame.selectExpr(*(f"{sql} AS {quoted(name)}" for name, sql in rebuilds.items())).distinct().collect()}


def _existing(batch: Batch, own: ExistingFiles, reached: tuple[Reached | ReachedKeys, ...]) -> tuple[str, ...]:
    """By the values of partitions, and for keys by their rows."""
    contract = batch.contract
    if not own.by_path:
        return ()
    types = {column.name: column.type for column in contract.columns}
    found: set[str] = set()
    if of_partitions := [each for each in reached if not each.are_keys]:
        frame = _partitions(batch, list(own.by_path), contract.partition_by, types)
        found |= {row["__path"] for row in rows_reached(frame, of_partitions).select("__path").collect()}
    if (of_keys := [each for each in reached if each.are_keys]) and set(own.by_path) == {""}:
        # A table without partitions is written again as a whole, wherever the rows are.
        found.add("")
    elif of_keys:
        rows = gold_rows(batch, [file.uri for file in own.all], batch.settings.curated, PATH)
        met = {row[PATH] for row in rows_reached(rows, of_keys).select(PATH).distinct().collect()}
        found |= {path for path, files in own.by_path.items() if any(spark_path(file.uri) in met for file in files)}
    return tuple(sorted(found))


def _partitions(batch: Batch, paths: list[str], keys: tuple[str, ...], types: dict[str, str]) -> DataFrame:
    """A row for each path, with the typed values of its keys."""
    named = [{"__path": path, **partition_values(path)} for path in paths]
    texts = small_frame(batch.spark, ["__path", *keys], [(each["__path"], *(each[key] for key in keys)) for each in named])
    values = (f"CAST(nullif({quoted(key)}, '{HIVE_NULL}') AS {types[key]}) AS {quoted(key)}" for key in keys)
    return texts.selectExpr("__path", *values)


def _manifest(batch: Batch, source: str, batch_id: str) -> dict | None:
    text = batch.store.read_text_if_there(f"{batch.settings.lake_root}/runs/{source}/{batch_id}/manifest.json")
    return None if text is None else json.loads(text)


def _run_of(manifest: dict) -> str:
    """`runOf` of functions/domain/batch/publish/publication.ts."""
    return hashlib.sha256(f"{manifest['startedAt']}|{manifest['finishedAt']}".encode()).hexdigest()[:8]
