"""Two datasets and gold that is made of them, in a lake in a folder."""

from __future__ import annotations

import hashlib
import json

import pyarrow.parquet as pq
from lake import Lake, contract_with
from sluice_etl.lake.hive_paths import partition_values

ORDERS = contract_with(
    columns={"order_id": "string", "customer_id": "bigint", "amount": "decimal(12,2)", "order_date": "date", "version": "int"},
    source={"partition_keys": []},
    derive={},
    primary_key=["order_id"],
    latest_by=["version"],
    quarantine={"rules": {}, "warn_rate": 1, "halt_rate": 1},
    curated={"partition_by": ["order_date"], "target_file_mb": 128},
)
CUSTOMERS = contract_with(
    dataset="customers",
    columns={"customer_id": "bigint", "segment": "string", "version": "int"},
    source={"partition_keys": []},
    derive={},
    primary_key=["customer_id"],
    latest_by=["version"],
    quarantine={"rules": {}, "warn_rate": 1, "halt_rate": 1},
    curated={"partition_by": [], "target_file_mb": 128},
)
REVENUE_SQL = """
SELECT trunc(o.order_date, 'MM') AS order_month, c.segment, count(*) AS orders, sum(o.amount) AS revenue
FROM orders o JOIN customers c USING (customer_id) GROUP BY 1, 2
"""
BY_MONTH = {"order_month": "trunc(order_date, 'MM')"}


def gold_contract(dataset="monthly_revenue", sources=None, sql=REVENUE_SQL, columns=None, **changes) -> dict:
    return contract_with(
        dataset=dataset,
        gold={"sources": sources or {"orders": {"rebuilds": BY_MONTH}, "customers": {"rebuilds": "all"}}, "sql": sql, "start": "after_any"},
        source={"format": "parquet", "partition_keys": [], "options": {}, "exclude": []},
        columns=columns or {"order_month": "date", "segment": "string", "orders": "bigint", "revenue": "decimal(22,2)"},
        derive={},
        latest_by=[],
        quarantine={"rules": {}, "warn_rate": 1, "halt_rate": 1},
        **{"primary_key": ["order_month", "segment"], "curated": {"partition_by": ["order_month"], "target_file_mb": 128}, **changes},
    )


class GoldLake:
    def __init__(self, spark, folder, lake: Lake | None = None):
        self.lake = lake or Lake(spark, folder)
        self.published: list[str] = []
        """Keys of landings that gold datasets have not claimed yet."""
        self._batches = 0

    def source(self, contract: dict, rows: list[tuple]) -> dict:
        """A batch of a source, published."""
        self._batches += 1
        batch_id = f"{contract['dataset']}-{self._batches}"
        lines = [",".join(contract["columns"]), *(",".join("" if value is None else str(value) for value in row) for row in rows)]
        self.lake.dataset = contract["dataset"]
        key = self.lake.land(f"{batch_id}.csv", "\n".join(lines) + "\n")
        return self._publish(contract, self.lake.curate(contract, [key], batch_id))

    def gold(self, contract: dict, claims: list[str] | None = None) -> dict:
        """A batch of a gold dataset over the publications, published; `claims` None: of everything."""
        self._batches += 1
        return self._publish(contract, self.stage(contract, claims, f"{contract['dataset']}-{self._batches}"))

    def stage(self, contract: dict, claims: list[str] | None = None, batch_id="gold-0") -> dict:
        asked = {"source": "recompute", "reads": "sources"} if claims is None else {"source": "gold", "reads": "published"}
        objects = [{"key": key, "size": 0, "sequencer": "1", "partition": {}} for key in claims or []]
        return self.lake.curate(contract, None, batch_id, **{**asked, "objects": objects})

    def rows(self, contract: dict) -> list[tuple]:
        """The table as texts: of Parquet files as pyarrow reads them, partition values as the text of their folders; of Iceberg's as Spark does."""
        root, names = self.lake.root / "lake" / "curated" / contract["dataset"], list(contract["columns"])
        if contract["curated"].get("format") == "iceberg":
            self.lake.dataset = contract["dataset"]
            return sorted(tuple(str(row[name]) for name in names) for row in self.lake.curated())
        found = []
        for path in sorted(root.rglob("*.parquet")):
            values = partition_values(str(path.parent.relative_to(root)) if path.parent != root else "")
            found += [tuple(str({**row, **values}[name]) for name in names) for row in pq.ParquetFile(path).read().to_pylist()]
        return sorted(found)

    def write(self, key: str, content: dict) -> None:
        """Of the lake."""
        self.lake.store.write_text(f"file:{self.lake.root}/lake/{key}", json.dumps(content))

    def has(self, key: str) -> bool:
        return (self.lake.root / "lake" / key).exists()

    def publish_part(self, manifest: dict, partitions: int) -> None:
        """As a publisher that is cut off."""
        if "table" in manifest:
            self.write(f"tables/{manifest['dataset']}.json", manifest["table"])
        self.lake.publish({**manifest, "partitions": manifest["partitions"][:partitions]})
        self._announce(manifest)

    def _publish(self, contract: dict, manifest: dict) -> dict:
        self.lake.publish(manifest)
        if "table" in manifest:
            self.write(f"tables/{contract['dataset']}.json", manifest["table"])
        for key in manifest["gold"].get("retires", []) if "gold" in manifest else []:
            (self.lake.root / "lake" / key).unlink()
        self._announce(manifest)
        return manifest

    def _announce(self, manifest: dict) -> None:
        run = hashlib.sha256(f"{manifest['startedAt']}|{manifest['finishedAt']}".encode()).hexdigest()[:8]
        self.published.append(f"published/{manifest['dataset']}/{manifest['batchId']}/{run}")
