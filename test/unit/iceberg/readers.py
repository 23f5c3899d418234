"""
Readers and a writer of one Iceberg table, by pyiceberg, which has no part in publishing it. For each batch the writer commits ten rows to a
branch and prints where it is; the test publishes it, and answers with a line. Meanwhile readers scan a column of `main` again and again.

usage: readers.py ENDPOINT FOLDER BATCHES READS; the last line on stdout is {"tags": {name: rows}, "reads", "torn", "seen"}
"""

import json
import sys
from collections import Counter
from threading import Event, Thread

import pyarrow as pa
from pyiceberg.catalog.glue import GlueCatalog

ROWS = 10
READERS = 4
SETTINGS = {
    f"{service}.{name}": value
    for service in ("glue", "s3")
    for name, value in {"region": "us-east-1", "access-key-id": "test", "secret-access-key": "test"}.items()
}


def catalog(endpoint: str) -> GlueCatalog:
    return GlueCatalog("sluice", **SETTINGS, **{"glue.endpoint": endpoint, "s3.endpoint": endpoint})


def rows(batch: int) -> pa.Table:
    return pa.table({"id": pa.array(range(ROWS * batch, ROWS * batch + ROWS), pa.int64()), "batch": pa.array([batch] * ROWS, pa.int64())})


class Reader(Thread):
    def __init__(self, endpoint: str, reads: int, over: Event):
        super().__init__()
        self.table, self.reads, self.over = catalog(endpoint).load_table("db.orders"), reads, over
        self.done, self.torn, self.seen = 0, 0, set()

    def run(self) -> None:
        while self.done < self.reads or not self.over.is_set():
            found = Counter(self.table.refresh().scan(selected_fields=("batch",)).to_arrow().column("batch").to_pylist())
            whole = set(found.values()) <= {ROWS} and sorted(found) == list(range(1, len(found) + 1))
            self.done, self.torn = self.done + 1, self.torn + (not whole)
            self.seen.add(len(found))


def main(endpoint: str, folder: str, batches: int, reads: int) -> None:
    tables = catalog(endpoint)
    table = tables.create_table("db.orders", rows(1).schema, location=f"file://{folder}/curated/orders", properties={"format-version": "2"})
    table.append(rows(1).slice(0, 0))
    over = Event()
    readers = [Reader(endpoint, reads // READERS, over) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    for batch in range(1, batches + 1):
        table = tables.load_table("db.orders")
        base, branch, batch_id = table.current_snapshot().snapshot_id, f"batch_orders-{batch}", f"orders-{batch}"
        table.manage_snapshots().create_branch(base, branch).commit()
        table.append(rows(batch), snapshot_properties={"sluice.batch-id": batch_id}, branch=branch)
        commit = {"branch": branch, "snapshotId": str(table.snapshot_by_name(branch).snapshot_id), "baseSnapshotId": str(base)}
        print(json.dumps({"batchId": batch_id, "commit": commit}), flush=True)
        if not sys.stdin.readline():
            sys.exit(1)
    over.set()
    for reader in readers:
        reader.join()
    table = tables.load_table("db.orders")
    tags = {name: table.scan(snapshot_id=ref.snapshot_id).to_arrow().num_rows for name, ref in table.metadata.refs.items() if name != "main"}
    print(json.dumps({"tags": tags, "reads": sum(r.done for r in readers), "torn": sum(r.torn for r in readers), "seen": len(set().union(*(r.seen for r in readers)))}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
