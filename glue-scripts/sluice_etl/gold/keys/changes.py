"""Which keys of each keyed source have changed since the gold table was computed."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame

from ...batch import Batch
from ...formats.sources import load
from ...tables.published import PublishedTable
from .digests import MOST_VERSIONS, NO_ROWS, VERSION, changed_keys, digest, schema_of, version_of
from .snapshot import Seen, Snapshot, Snapshots, mark_whole, new_folder, read_snapshots, retired, write_snapshot


@dataclass(frozen=True)
class KeyChanges:
    batch: Batch
    name: str
    """Of the snapshot that this batch writes."""
    before: Snapshots
    snapshot: Snapshot
    keys: dict[str, DataFrame | None]
    """Source → its changed keys, under the names of the gold columns; None where all of them must be taken for changed."""

    def note(self, everything: bool) -> list[str]:
        """To be called once the batch's files are staged. Returns what publishing removes: keys in the lake."""
        marks = [mark_whole(self.batch, self.name)] if everything else []
        if self.snapshot.sources:
            write_snapshot(self.batch, self.name, self.snapshot)
        return [*retired(self.batch, self.snapshot, self.before), *marks]


def find_key_changes(batch: Batch, tables: dict[str, PublishedTable]) -> KeyChanges:
    keyed = batch.contract.gold.keyed
    before, name = read_snapshots(batch), new_folder(batch)
    sources, keys = {}, {}
    for source, columns in keyed.items():
        with batch.timed("keys"):
            sources[source], keys[source] = _of_source(batch, tables[source], columns, before, name)
    return KeyChanges(batch, name, before, Snapshot(sources), keys)


def _of_source(batch: Batch, table: PublishedTable, columns: tuple[str, ...], before: Snapshots, name: str):
    """What was seen of the source's partitions now, and its changed keys."""
    by_path = table.by_path()
    now = {path: version_of(path, files) for path, files in by_path.items()}
    known = {seen.version: seen for snapshot in before.known for seen in snapshot.sources.get(table.name, {}).values()}
    fresh = {version: by_path[path] for path, version in now.items() if version not in known}
    if fresh:
        rows = digest(batch, table, columns, fresh)
        if len(fresh) > 1:
            # A few files, whatever the number of versions: sorted, so that a reader of one version passes over most of them.
            rows = rows.repartitionByRange(VERSION).sortWithinPartitions(VERSION)
        rows.write.mode("overwrite").parquet(f"{batch.settings.keys}{name}/{table.name}/")
    seen = {path: known.get(version) or Seen(version, name) for path, version in now.items()}
    if not before.covers(table.name):
        return seen, None
    wanted, folders = {}, set()
    for path in before.paths(table.name) | set(now):
        versions = {each.version if each else NO_ROWS: each for each in (*before.seen(table.name, path), seen.get(path))}
        if len(versions) > MOST_VERSIONS:
            return seen, None
        if len(versions) > 1:
            wanted[path] = list(versions)
            folders |= {each.folder for each in versions.values() if each}
    digests = [f"{batch.settings.keys}{folder}/{table.name}/" for folder in sorted(folders)]
    files = [found.uri for folder in digests for found in batch.store.list(folder) if found.uri.endswith(".parquet")]
    if not files:
        return seen, table.frame().select(*columns).limit(0)
    return seen, changed_keys(load(batch.spark, "parquet", files, schema_of(table, columns)), columns, wanted, batch.spark)
