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
    """Source → its changed keys, under the names of the gold columns; None where all of them must be taken for changed. A source that has not changed is not in it."""

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
            sources[source] = seen = _see(batch, tables[source], columns, before, name)
            versions = _versions(before, source, seen)
            if versions is None:
                keys[source] = None
            elif versions and (changed := _changed_keys(batch, tables[source], columns, versions)) is not None:
                keys[source] = changed
    return KeyChanges(batch, name, before, Snapshot(sources), keys)


def _see(batch: Batch, table: PublishedTable, columns: tuple[str, ...], before: Snapshots, name: str) -> dict[str, Seen]:
    """By partition, as it is now. Of contents that no batch has seen yet the digests are written."""
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
    return {path: known.get(version) or Seen(version, name) for path, version in now.items()}


Versions = dict[str, Seen | None]
"""What was seen, by its version; None for NO_ROWS."""


def _versions(before: Snapshots, source: str, now: dict[str, Seen]) -> dict[str, Versions] | None:
    """Of each partition that rows of the gold table know in another version than the present one. None where that is not known."""
    if not before.covers(source):
        return None
    found = {}
    for path in before.paths(source) | set(now):
        versions = {each.version if each else NO_ROWS: each for each in (*before.seen(source, path), now.get(path))}
        if len(versions) > MOST_VERSIONS:
            return None
        if len(versions) > 1:
            found[path] = versions
    return found


def _changed_keys(batch: Batch, table: PublishedTable, columns: tuple[str, ...], versions: dict[str, Versions]) -> DataFrame | None:
    """None where no version has a row."""
    folders = {seen.folder for of_partition in versions.values() for seen in of_partition.values() if seen}
    digests = [f"{batch.settings.keys}{folder}/{table.name}/" for folder in sorted(folders)]
    files = [found.uri for folder in digests for found in batch.store.list(folder) if found.uri.endswith(".parquet")]
    if not files:
        return None
    wanted = {path: list(of_partition) for path, of_partition in versions.items()}
    return changed_keys(load(batch.spark, "parquet", files, schema_of(table, columns)), columns, wanted, batch.spark)
