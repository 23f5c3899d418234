"""Which partitions of the gold table a change of its sources reaches."""

from __future__ import annotations

import hashlib
import json

from pyspark.sql import DataFrame

from ..batch import Batch
from ..formats.sources import load, quoted, small_frame
from ..lake.hive_paths import HIVE_NULL, partition_values
from ..tables.kind import noted_kind
from ..tables.published import PublishedTable
from .keys.changes import KeyChanges
from .own.own_table import OwnTable
from .reach import Affected, Reached, ReachedKeys, rows_reached

# A query names so many keys, and Parquet's reader passes over groups of rows without them (`spark.sql.parquet.pushdown.inFilterThreshold`). More
# keys are looked up: a thousand in a query take Spark longer to compile than to read the rows.
MOST_KEYS = 10


def find_affected(batch: Batch, tables: dict[str, PublishedTable], own: OwnTable, changes: KeyChanges) -> Affected:
    everything = Affected(everything=True, existing_paths=own.paths)
    kind = noted_kind(batch)
    # The kind is noted before the first file of a publication, which may then be cut off.
    if changes.before.whole_is_unfinished:
        return everything
    if not own.has_parts or batch.plan.reads == "sources" or kind is None or kind["contractVersion"] != batch.contract.version:
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
    return {tuple(row) for row in frame.selectExpr(*(f"{sql} AS {quoted(name)}" for name, sql in rebuilds.items())).collect()}


def _existing(batch: Batch, own: OwnTable, reached: tuple[Reached | ReachedKeys, ...]) -> tuple[str, ...]:
    """By the values of partitions, and for keys by their rows."""
    contract = batch.contract
    if not own.paths:
        return ()
    found: set[str] = set()
    if of_partitions := [each for each in reached if not each.are_keys]:
        frame = _partitions(batch, list(own.paths), contract.partition_by, contract.declared_types)
        found |= {row["__path"] for row in rows_reached(frame, of_partitions).select("__path").collect()}
    if of_keys := [each for each in reached if each.are_keys]:
        found |= own.rewritten_for(of_keys)
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
