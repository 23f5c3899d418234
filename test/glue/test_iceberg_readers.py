"""Spark reads a table while the publisher moves it on: each read sees whole batches. pyiceberg's readers are in test/unit/iceberg/readers.slow.test.ts."""

import json
import os
import subprocess
from pathlib import Path
from threading import Thread

import pyarrow as pa
import pytest
from pyiceberg.catalog.glue import GlueCatalog

PUBLISHES = int(os.environ.get("SLUICE_SPARK_PUBLISHES", "2"))
ROWS = 10
KEYS = {"glue.region": "us-east-1", "glue.access-key-id": "test", "glue.secret-access-key": "test"}
ROOT = Path(__file__).parents[2]


@pytest.mark.nightly
def test_spark_sees_only_whole_batches_while_others_are_published(iceberg_lake):
    lake = iceberg_lake
    endpoint, name = lake.glue.meta.endpoint_url, f"{lake.database}.orders"
    writer = GlueCatalog("sluice", **KEYS, **{"glue.endpoint": endpoint})
    table = writer.create_table(name, rows(0).schema, location=f"file://{lake.root}/lake/curated/orders", properties={"format-version": "2"})
    table.append(rows(0))
    publishing = Thread(target=publish_all, args=(lake, writer, name, endpoint))
    session = lake._session()
    session.conf.set("spark.sql.catalog.sluice.cache-enabled", "false")
    publishing.start()
    seen, reads = set(), 0
    while True:
        last = not publishing.is_alive()
        found = {row["batch"]: row["count"] for row in session.table(f"sluice.{name}").groupBy("batch").count().collect()}
        assert set(found.values()) == {ROWS} and sorted(found) == list(range(len(found)))
        seen.add(max(found))
        reads += 1
        if last:
            break
    publishing.join()
    assert max(seen) == PUBLISHES and reads > 1
    print(f"{reads} reads during {PUBLISHES} publishes")


def publish_all(lake, writer: GlueCatalog, name: str, endpoint: str) -> None:
    """As the job and the publisher do; the publisher is the service's own code."""
    for number in range(1, PUBLISHES + 1):
        table = writer.load_table(name)
        base, branch, batch_id = table.current_snapshot().snapshot_id, f"batch_orders-{number}", f"orders-{number}"
        table.manage_snapshots().create_branch(base, branch).commit()
        # Two commits, of which neither alone is a whole batch.
        table.append(rows(number).slice(0, 5), branch=branch)
        table.append(rows(number).slice(5), snapshot_properties={"sluice.batch-id": batch_id}, branch=branch)
        commit = {"branch": branch, "snapshotId": str(table.snapshot_by_name(branch).snapshot_id), "baseSnapshotId": str(base)}
        request = {"endpoint": endpoint, "database": lake.database, "table": "orders", "batchId": batch_id, "commit": commit}
        program = ["node", "--import", "tsx", str(ROOT / "test/glue/publish_commit.ts"), json.dumps(request)]
        subprocess.run(program, check=True, cwd=ROOT, capture_output=True)


def rows(batch: int) -> pa.Table:
    return pa.table({"id": pa.array(range(ROWS * batch, ROWS * batch + ROWS), pa.int64()), "batch": pa.array([batch] * ROWS, pa.int64())})
