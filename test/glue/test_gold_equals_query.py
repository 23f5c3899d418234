"""
Promise of gold: after any order of batches an incremental table equals its query over its sources as they are. The query is answered by DuckDB over the files
of the sources. Each sequence has a lake of its own, so there are few of them; test_gold_sequences.py plays hundreds together. SLUICE_GOLD_LAKES=30 plays more, and
others each time; SLUICE_SEED plays one again.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
from datetime import date
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sluice_etl.session import SESSION
from gold_lake import BY_MONTH, CUSTOMERS, ORDERS, GoldLake, gold_contract
from iceberg_lake import iceberg

USUAL = 1
LAKES = int(os.environ.get("SLUICE_GOLD_LAKES", USUAL))
FIRST = int(os.environ.get("SLUICE_SEED", 0 if LAKES == USUAL else random.randrange(1 << 32)))
SEEDS = range(FIRST, FIRST + LAKES)

LIGHT = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
}
SCHEMAS = {
    "orders": pa.schema([("order_id", pa.string()), ("customer_id", pa.int64()), ("amount", pa.decimal128(12, 2)), ("version", pa.int32())]),
    "customers": pa.schema([("customer_id", pa.int64()), ("segment", pa.string()), ("version", pa.int32())]),
}
DAYS = [date(2024, 12, 31), date(2025, 1, 1), date(2025, 1, 31), date(2025, 2, 1), date(2025, 2, 28)]

REVENUE = gold_contract()
SHARES = gold_contract(
    "customer_shares",
    {"orders": {"rebuilds": BY_MONTH}, "customers": {"rebuilds": "all"}},
    """
    SELECT trunc(order_date, 'MM') AS order_month, coalesce(customer_id, 0) AS customer_id, max(segment) AS segment, sum(amount) AS spent,
           rank() OVER (PARTITION BY trunc(order_date, 'MM') ORDER BY sum(amount) DESC) AS place
    FROM orders LEFT JOIN customers USING (customer_id) GROUP BY 1, 2
    """,
    {"order_month": "date", "customer_id": "bigint", "segment": "string", "spent": "decimal(22,2)", "place": "int"},
    primary_key=["order_month", "customer_id"],
)
YEARLY = gold_contract(
    "yearly_revenue",
    {"monthly_revenue": {"rebuilds": {"year": "year(order_month)"}}},
    "SELECT year(order_month) AS year, sum(revenue) AS revenue, sum(orders) AS orders FROM monthly_revenue GROUP BY 1",
    {"year": "int", "revenue": "decimal(32,2)", "orders": "bigint"},
    primary_key=["year"],
    curated={"partition_by": ["year"], "target_file_mb": 128},
)
TOTALS_SQL = """
SELECT o.order_id, o.customer_id, trunc(o.order_date, 'MM') AS order_month, c.segment, o.amount,
       sum(o.amount) OVER (PARTITION BY o.customer_id ORDER BY o.order_date, o.order_id ROWS UNBOUNDED PRECEDING) AS total
FROM orders o LEFT JOIN customers c ON o.customer_id = c.customer_id
"""
TOTALS = gold_contract(
    "running_totals",
    {"orders": {"rebuilds": {"key": "customer_id"}}, "customers": {"rebuilds": {"key": ["customer_id"]}}},
    TOTALS_SQL,
    {"order_id": "string", "customer_id": "bigint", "order_month": "date", "segment": "string", "amount": "decimal(12,2)", "total": "decimal(22,2)"},
    primary_key=["order_month", "order_id"],
)
# One source by its partitions, one by key; of the whole table each batch compares the sum.
SPENT = gold_contract(
    "monthly_spent",
    {"orders": {"rebuilds": BY_MONTH}, "customers": {"rebuilds": {"key": "customer_id"}}},
    """
    SELECT trunc(o.order_date, 'MM') AS order_month, o.customer_id, c.segment, sum(o.amount) AS spent
    FROM orders o JOIN customers c ON o.customer_id = c.customer_id GROUP BY 1, 2, 3
    """,
    {"order_month": "date", "customer_id": "bigint", "segment": "string", "spent": "decimal(22,2)"},
    primary_key=["order_month", "customer_id"],
    reconcile={
        "spent": {
            "gold": "SELECT coalesce(sum(spent), 0) FROM monthly_spent",
            "sources": "SELECT coalesce(sum(amount), 0) FROM orders JOIN customers USING (customer_id)",
            "tolerance": 0,
            "whole": False,
        }
    },
)
GOLD = [REVENUE, SHARES, YEARLY, TOTALS, SPENT]

MONTHLY = """
SELECT date_trunc('month', o.order_date)::DATE AS order_month, c.segment, count(*) AS orders, sum(o.amount) AS revenue
FROM orders o JOIN customers c USING (customer_id) GROUP BY 1, 2
"""
QUERIES = {
    "monthly_revenue": MONTHLY,
    "customer_shares": """
        SELECT date_trunc('month', order_date)::DATE, coalesce(customer_id, 0), max(segment), sum(amount),
               rank() OVER (PARTITION BY date_trunc('month', order_date) ORDER BY sum(amount) DESC)
        FROM orders LEFT JOIN customers USING (customer_id) GROUP BY 1, 2, date_trunc('month', order_date)
    """,
    "running_totals": """
        SELECT o.order_id, o.customer_id, date_trunc('month', o.order_date)::DATE, c.segment, o.amount,
               sum(o.amount) OVER (PARTITION BY o.customer_id ORDER BY o.order_date, o.order_id ROWS UNBOUNDED PRECEDING)
        FROM orders o LEFT JOIN customers c ON o.customer_id = c.customer_id
    """,
    "monthly_spent": """
        SELECT date_trunc('month', o.order_date)::DATE, o.customer_id, c.segment, sum(o.amount)
        FROM orders o JOIN customers c ON o.customer_id = c.customer_id GROUP BY ALL
    """,
    "yearly_revenue": f"SELECT year(order_month), sum(revenue), sum(orders) FROM ({MONTHLY}) GROUP BY 1",
}


class Sources:
    """Source tables as batches leave them: whole partitions replaced, and a manifest that names them."""

    def __init__(self, gold: GoldLake, draw: random.Random):
        self.gold, self.draw = gold, draw
        self.rows: dict[str, dict] = {"orders": {}, "customers": {}}
        self._batches = 0
        for name, contract in (("orders", ORDERS), ("customers", CUSTOMERS)):
            types = {column: kind["type"] for column, kind in contract["columns"].items()}
            kind = {"contractVersion": contract["version"], "columns": types, "primaryKey": contract["primary_key"], "partitionBy": contract["curated"]["partition_by"]}
            gold.lake.store.write_text(f"file:{gold.lake.root}/lake/tables/{name}.json", json.dumps(kind))

    def orders(self) -> None:
        """New orders, corrections, moves to another day and removals."""
        table, touched = self.rows["orders"], set()
        for _ in range(self.draw.randint(1, 4)):
            key = self.draw.choice("abcdefgh")
            if key in table:
                touched.add(table[key]["order_date"])
            if key in table and self.draw.random() < 0.25:
                del table[key]
                continue
            day = self.draw.choice(DAYS)
            customer = self.draw.choice([1, 2, 3, None])
            table[key] = {"order_id": key, "customer_id": customer, "amount": Decimal(self.draw.randint(-500, 9999)).scaleb(-2), "order_date": day, "version": 1}
            touched.add(day)
        self._publish("orders", {f"order_date={day}": [row for row in table.values() if row["order_date"] == day] for day in touched})

    def customers(self) -> None:
        table = self.rows["customers"]
        key = self.draw.choice([1, 2, 3])
        if key in table and self.draw.random() < 0.3:
            del table[key]
        else:
            table[key] = {"customer_id": key, "segment": self.draw.choice(["home", "shop", None, "é=/%"]) or "none", "version": 1}
        self._publish("customers", {"": list(table.values())})

    def _publish(self, name: str, partitions: dict[str, list[dict]]) -> None:
        self._batches += 1
        batch_id, root = f"{name}-{self._batches}", self.gold.lake.root / "lake"
        for number, (path, rows) in enumerate(partitions.items()):
            folder = root / "curated" / name / path
            folder.mkdir(parents=True, exist_ok=True)
            before = list(folder.glob("*.parquet"))
            if rows:
                pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMAS[name]), folder / f"{batch_id}-{number}-0badcafe.parquet")
            for file in before:
                file.unlink()
        finished = f"2025-01-01T00:00:{self._batches:05}Z"
        manifest = {"startedAt": "2025-01-01T00:00:00Z", "finishedAt": finished, "partitions": [{"path": path} for path in partitions]}
        self.gold.lake.store.write_text(f"file:{root}/runs/{name}/{batch_id}/manifest.json", json.dumps(manifest))
        run = hashlib.sha256(f"2025-01-01T00:00:00Z|{finished}".encode()).hexdigest()[:8]
        self.gold.published.append(f"published/{name}/{batch_id}/{run}")


class Readers:
    """Gold datasets and what waits for each."""

    def __init__(self, gold: GoldLake, contracts: list[dict], draw: random.Random):
        self.draw = draw
        self.contracts = {contract["dataset"]: contract for contract in contracts}
        self.gold, self.seen = gold, dict.fromkeys(self.contracts, 0)

    def waiting(self, dataset: str) -> list[str]:
        sources = self.contracts[dataset]["gold"]["sources"]
        return [key for key in self.gold.published[self.seen[dataset] :] if key.split("/")[1] in sources]

    def run(self, dataset: str, fails: bool) -> None:
        claims, seen = self.waiting(dataset), len(self.gold.published)
        noted = self.gold.lake.root / "lake" / "tables"
        if not claims or any(not (noted / f"{source}.json").exists() for source in self.contracts[dataset]["gold"]["sources"]):
            return
        if fails:
            # Staged, then refused by a rule, or published in part; and redriven later.
            manifest = self.gold.stage(self.contracts[dataset], claims, f"{dataset}-failed-{seen}")
            if self.draw.random() < 0.5:
                self.gold.publish_part(manifest, self.draw.randint(0, len(manifest["partitions"])))
            return
        self.gold.gold(self.contracts[dataset], claims)
        self.seen[dataset] = seen


@pytest.fixture(autouse=True)
def light_plans(monkeypatch):
    """
    Rows are few: to compile a plan, or to plan it again while it runs, costs more than to run it. A sequence takes half the time so. The other tests of gold
    take the job's own settings.
    """
    for name, value in LIGHT.items():
        monkeypatch.setitem(SESSION, name, value)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_incremental_gold_table_equals_its_query(shared_lake, spark, seed):
    play(GoldLake(spark, shared_lake().root), GOLD, seed)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", SEEDS)
def test_so_does_one_in_iceberg(spark, iceberg_lake, tmp_path, seed):
    play(GoldLake(spark, tmp_path, iceberg_lake), [iceberg(contract) for contract in GOLD], seed)


def play(gold: GoldLake, contracts: list[dict], seed: int) -> None:
    draw = random.Random(seed)
    sources, readers = Sources(gold, draw), Readers(gold, contracts, draw)
    for _ in range(draw.randint(6, 12)):
        step = draw.random()
        if step < 0.45:
            sources.orders()
        elif step < 0.6:
            sources.customers()
        else:
            readers.run(draw.choice(list(readers.contracts)), fails=draw.random() < 0.2)
    for dataset in readers.contracts:
        readers.run(dataset, fails=False)
    for dataset, contract in readers.contracts.items():
        assert gold.rows(contract) == answer(gold, QUERIES[dataset]), f"{dataset}; SLUICE_SEED={seed}"


def answer(gold: GoldLake, query: str) -> list[tuple]:
    database = duckdb.connect()
    for name, partitioned in (("orders", True), ("customers", False)):
        files = sorted(str(path) for path in (gold.lake.root / "lake" / "curated" / name).rglob("*.parquet"))
        columns = "order_id VARCHAR, customer_id BIGINT, amount DECIMAL(12,2), version INT, order_date DATE" if partitioned else "customer_id BIGINT, segment VARCHAR, version INT"
        database.execute(f"CREATE TABLE {name} ({columns})")
        if files:
            hive = ", hive_partitioning = true, hive_types = {'order_date': DATE}" if partitioned else ", hive_partitioning = false"
            database.execute(f"INSERT INTO {name} BY NAME SELECT * FROM read_parquet({files}{hive})")
    return sorted(tuple(str(value) for value in row) for row in database.execute(query).fetchall())
