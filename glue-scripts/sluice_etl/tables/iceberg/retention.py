"""What an Iceberg table no longer needs: snapshots that are older than the contract keeps, and files that no snapshot has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from py4j.java_gateway import JavaObject

from ...batch import Batch
from .branch import BATCH_ID
from .catalog import load_table, name_of
from .migration import is_migrated
from .removed_keys import TOMBSTONES, Removed

# Longer than any batch runs: a file that one is about to commit is no orphan.
ORPHANS_AFTER = timedelta(days=3)


def clean_up(batch: Batch) -> dict[str, int]:
    """
    The batch holds the dataset's lease, and branches of others are gone. `main`'s own snapshot always stays. Returns counts of what went.
    """
    with batch.timed("cleanUp"):
        table, now = load_table(batch.spark, name_of(batch)), datetime.now(timezone.utc)
        before = _snapshots(table)
        oldest = now - timedelta(days=batch.contract.history_days)
        # Iceberg's own call leaves what a compaction has replaced until the compaction itself expires.
        _actions(batch).expireSnapshots(table).expireOlderThan(_milliseconds(oldest)).retainLast(1).execute()
        orphans = _remove_orphans(batch, now)
        table = load_table(batch.spark, name_of(batch))
        return {"snapshotsExpired": before - _snapshots(table), "orphansRemoved": orphans, "tombstonesRemoved": _remove_tombstones(batch, table)}


def _actions(batch: Batch) -> JavaObject:
    return batch.spark._jvm.org.apache.iceberg.spark.actions.SparkActions.get(batch.spark._jsparkSession)


def _remove_orphans(batch: Batch, now: datetime) -> int:
    table = load_table(batch.spark, name_of(batch))
    result = _actions(batch).deleteOrphanFiles(table).olderThan(_milliseconds(now - ORPHANS_AFTER)).execute()
    return len(list(_each(result.orphanFileLocations())))


def _remove_tombstones(batch: Batch, table: JavaObject) -> int:
    """Folders that neither the table nor a snapshot to which it can be rolled back names."""
    texts = [table.properties().get(TOMBSTONES), *(each.summary().get(TOMBSTONES) for each in _each(table.snapshots()) if each.summary().get(BATCH_ID))]
    live = {folder for text in texts for folder, _ in Removed.parse(text).folders}
    if is_migrated(table):
        # The Parquet table's own are there: until the next batch is published, it can be had again.
        return 0
    root = batch.settings.tombstones
    gone = [found.uri for found in batch.store.list(root) if found.uri.removeprefix(root).partition("/")[0] not in live]
    batch.store.remove(gone)
    return len(gone)


def _snapshots(table: JavaObject) -> int:
    return len(list(_each(table.snapshots())))


def _each(found: JavaObject) -> Iterator[JavaObject]:
    """Of a Java Iterable, which need not be a list."""
    iterator = found.iterator()
    while iterator.hasNext():
        yield iterator.next()


def _milliseconds(when: datetime) -> int:
    return int(when.timestamp() * 1000)
