"""An Iceberg table as pyiceberg reads it: deletes are applied, and files that no snapshot has are not rows."""

import os

import pyarrow as pa
from pyiceberg.table import StaticTable
from pyiceberg.table.snapshots import Snapshot

# In a snapshot's summary (functions/domain/iceberg/metadata.ts).
BATCH_ID = "sluice.batch-id"


class UnknownBatchError(Exception):
    pass


def read(location: str, at: str | None = None, limit: int | None = None) -> pa.Table:
    """`location`: a folder with a version hint, or a metadata file. `at`: the batch after which, or the tag at which, the table is read; None for now. `limit`: most rows."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    table = StaticTable.from_metadata(location, {"s3.endpoint": endpoint} if endpoint else {})
    snapshot = _after(table, at) if at else table.current_snapshot()
    return table.scan(snapshot_id=snapshot.snapshot_id if snapshot else None, limit=limit).to_arrow()


def _after(table: StaticTable, batch: str) -> Snapshot:
    tagged = table.metadata.refs.get(batch)
    if tagged is not None:
        return table.snapshot_by_id(tagged.snapshot_id)
    known, each = [], table.current_snapshot()
    while each is not None:
        found = each.summary.additional_properties.get(BATCH_ID) if each.summary else None
        if found == batch:
            return each
        known += [found] if found else []
        each = table.snapshot_by_id(each.parent_snapshot_id) if each.parent_snapshot_id else None
    tags = sorted(name for name in table.metadata.refs if name.startswith("month_"))
    what = f"tag {batch}" if batch.startswith("month_") else f"batch {batch}"
    raise UnknownBatchError(f"{what} is not in the history of its table; it has {', '.join([*known, *tags]) or 'no batch'}")
