"""
Many random sequences of batches in one lake: each has its own rows, its own publications and its own order of events, and is a partition column of every table.
A gold batch is one Spark job for all of them, over what each sequence lets it claim.
"""

from __future__ import annotations

import hashlib
import random
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from gold_lake import CUSTOMERS, ORDERS, GoldLake, gold_contract

DAYS = [date(2024, 12, 31), date(2025, 1, 1), date(2025, 1, 31)]
SEGMENTS = ["home", "shop", "é=/%"]
SCHEMAS = {
    "orders": pa.schema([("order_id", pa.string()), ("customer_id", pa.int64()), ("amount", pa.decimal128(12, 2)), ("version", pa.int32())]),
    "customers": pa.schema([("customer_id", pa.int64()), ("segment", pa.string()), ("version", pa.int32())]),
}


def _of_sequence(contract: dict, partition_by: list[str]) -> dict:
    columns = {"seq": {"type": "int"}, **contract["columns"]}
    return {**contract, "columns": columns, "primary_key": ["seq", *contract["primary_key"]], "curated": {"partition_by": partition_by, "target_file_mb": 128}}


SOURCES = {
    "orders": _of_sequence(ORDERS, ["seq", "order_date"]),
    "customers": _of_sequence(CUSTOMERS, ["seq"]),
}
MONTHLY = gold_contract(
    "monthly_revenue",
    {"orders": {"rebuilds": {"seq": "seq", "order_month": "trunc(order_date, 'MM')"}}, "customers": {"rebuilds": {"seq": "seq"}}},
    """
    SELECT o.seq, trunc(o.order_date, 'MM') AS order_month, c.segment, count(*) AS orders, sum(o.amount) AS revenue
    FROM orders o JOIN customers c ON c.seq = o.seq AND c.customer_id = o.customer_id GROUP BY 1, 2, 3
    """,
    {"seq": "int", "order_month": "date", "segment": "string", "orders": "bigint", "revenue": "decimal(22,2)"},
    primary_key=["seq", "order_month", "segment"],
    curated={"partition_by": ["seq", "order_month"], "target_file_mb": 128},
)
YEARLY = gold_contract(
    "yearly_revenue",
    {"monthly_revenue": {"rebuilds": {"seq": "seq", "year": "year(order_month)"}}},
    "SELECT seq, year(order_month) AS year, sum(revenue) AS revenue, sum(orders) AS orders FROM monthly_revenue GROUP BY 1, 2",
    {"seq": "int", "year": "int", "revenue": "decimal(32,2)", "orders": "bigint"},
    primary_key=["seq", "year"],
    curated={"partition_by": ["seq", "year"], "target_file_mb": 128},
)
# Rows of many sequences are in one partition: those of other keys stay as they are.
TOTALS = gold_contract(
    "running_totals",
    {name: {"rebuilds": {"key": ["seq", "customer_id"]}} for name in SOURCES},
    """
    SELECT pmod(o.seq, 9) AS bucket, o.seq, o.order_id, o.customer_id, c.segment, o.amount,
           sum(o.amount) OVER (PARTITION BY o.seq, o.customer_id ORDER BY o.order_date, o.order_id ROWS UNBOUNDED PRECEDING) AS total
    FROM orders o LEFT JOIN customers c ON c.seq = o.seq AND c.customer_id = o.customer_id
    """,
    {
        **{"bucket": "int", "seq": "int", "order_id": "string", "customer_id": "bigint"},
        **{"segment": "string", "amount": "decimal(12,2)", "total": "decimal(22,2)"},
    },
    primary_key=["bucket", "seq", "order_id"],
    curated={"partition_by": ["bucket"], "target_file_mb": 128},
)
GOLD = {contract["dataset"]: contract for contract in (MONTHLY, YEARLY, TOTALS)}

_MONTHLY_QUERY = """
SELECT o.seq, date_trunc('month', o.order_date)::DATE AS order_month, c.segment, count(*) AS orders, sum(o.amount) AS revenue
FROM orders o JOIN customers c USING (seq, customer_id) GROUP BY ALL
"""
QUERIES = {
    "monthly_revenue": _MONTHLY_QUERY,
    "yearly_revenue": f"SELECT seq, year(order_month), sum(revenue), sum(orders) FROM ({_MONTHLY_QUERY}) GROUP BY ALL",
    "running_totals": """
        SELECT o.seq % 9 AS bucket, o.seq, o.order_id, o.customer_id, c.segment, o.amount,
               sum(o.amount) OVER (PARTITION BY o.seq, o.customer_id ORDER BY o.order_date, o.order_id ROWS UNBOUNDED PRECEDING)
        FROM orders o LEFT JOIN customers c USING (seq, customer_id)
    """,
}


class Sequence:
    """One sequence's source tables: whole partitions replaced, and manifests that name them."""

    def __init__(self, gold: GoldLake, seq: int, draw: random.Random):
        self.gold, self.seq, self.draw = gold, seq, draw
        self.rows: dict[str, dict] = {"orders": {}, "customers": {}}
        self.published: list[tuple[str, str]] = []
        """Source and key of landing of each publication."""

    def step(self) -> None:
        chance = self.draw.random()
        if chance < 0.5:
            self.orders()
        elif chance < 0.85:
            self.customers()
        elif chance < 0.95:
            # A batch that is run again, or a backfill of everything: the same rows in other files.
            days = {row["order_date"] for row in self.rows["orders"].values()}
            self._publish("orders", set(self.draw.sample(sorted(days), self.draw.randint(0, len(days)))))

    def orders(self) -> None:
        """New orders, corrections, moves to another day or customer, and removals; customers may come later than their orders."""
        table, touched = self.rows["orders"], set()
        for _ in range(self.draw.randint(1, 3)):
            key = self.draw.choice("abcdef")
            if key in table:
                touched.add(table[key]["order_date"])
            if key in table and self.draw.random() < 0.3:
                del table[key]
                continue
            day, customer = self.draw.choice(DAYS), self.draw.choice([1, 2, 3, None])
            table[key] = {"order_id": key, "customer_id": customer, "amount": Decimal(self.draw.randint(-500, 9999)).scaleb(-2), "order_date": day, "version": 1}
            touched.add(day)
        self._publish("orders", touched)

    def customers(self) -> None:
        table, key = self.rows["customers"], self.draw.choice([1, 2, 3])
        if key in table and self.draw.random() < 0.3:
            del table[key]
        else:
            table[key] = {"customer_id": key, "segment": self.draw.choice(SEGMENTS), "version": 1}
        self._publish("customers", {None})

    def _publish(self, name: str, days: set) -> None:
        batch_id = f"{name}-{self.seq}-{len(self.published)}"
        partitions = {f"seq={self.seq}{f'/order_date={day}' if day else ''}": day for day in days}
        for number, (path, day) in enumerate(partitions.items()):
            rows = [row for row in self.rows[name].values() if day in (None, row.get("order_date"))]
            self._replace(self.gold.lake.root / "lake" / "curated" / name / path, f"{batch_id}-{number}-0badcafe.parquet", pa.Table.from_pylist(rows, schema=SCHEMAS[name]))
        times = {"startedAt": "2025-01-01T00:00:00Z", "finishedAt": f"2025-01-01T00:00:{len(self.published):05}Z"}
        self.gold.write(f"runs/{name}/{batch_id}/manifest.json", {**times, "partitions": [{"path": path} for path in partitions]})
        run = hashlib.sha256(f"{times['startedAt']}|{times['finishedAt']}".encode()).hexdigest()[:8]
        self.published.append((name, f"published/{name}/{batch_id}/{run}"))

    def _replace(self, folder: Path, name: str, table: pa.Table) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        before = list(folder.glob("*.parquet"))
        if table.num_rows:
            pq.write_table(table, folder / name)
        for file in before:
            file.unlink()


class Readers:
    """The gold datasets, and what of each sequence waits for them."""

    def __init__(self, gold: GoldLake, contracts: dict[str, dict], sequences: list[Sequence], draw: random.Random):
        self.gold, self.contracts, self.sequences, self.draw = gold, contracts, sequences, draw
        self.done: dict[str, set[str]] = {dataset: set() for dataset in contracts}

    def run(self, dataset: str, everyone: bool = False) -> None:
        """`everyone`: all that waits is claimed, and the batch succeeds."""
        sources = self.contracts[dataset]["gold"]["sources"]
        waiting = [[key for source, key in each.published if source in sources] for each in self.sequences]
        waiting += [[key] for key in self.gold.published if key.split("/")[1] in sources]
        # An event that comes twice is claimed twice; some sequences' events come later.
        claims = [key for keys in waiting if everyone or self.draw.random() < 0.7 for key in keys if key not in self.done[dataset] or self.draw.random() < 0.05]
        backfill = not everyone and self.draw.random() < 0.1
        if not backfill and not claims or any(not self.gold.has(f"tables/{source}.json") for source in sources):
            return
        if not everyone and self.draw.random() < 0.3:
            manifest = self.gold.stage(self.contracts[dataset], claims, f"{dataset}-failed-{len(self.gold.published)}-{len(self.done[dataset])}")
            self.draw.shuffle(manifest["partitions"])
            # Refused by a rule, or published in part; what it claimed is claimed again.
            if self.draw.random() < 0.6:
                self.gold.publish_part(manifest, self.draw.randint(0, len(manifest["partitions"])))
            return
        self.gold.gold(self.contracts[dataset], None if backfill else claims)
        self.done[dataset].update(claims)


def play(gold: GoldLake, contracts: dict[str, dict], numbers: range, seed: int, steps: int) -> None:
    """All sequences at once, to their end: nothing is left that waits. `contracts`: GOLD, in whichever format."""
    draw = random.Random(f"{seed} {numbers}")
    sequences = [Sequence(gold, seq, random.Random(f"{seed} {seq}")) for seq in numbers]
    for name, contract in SOURCES.items():
        types = {column: kind["type"] for column, kind in contract["columns"].items()}
        kind = {"contractVersion": contract["version"], "columns": types, "primaryKey": contract["primary_key"], "partitionBy": contract["curated"]["partition_by"]}
        gold.write(f"tables/{name}.json", kind)
    readers = Readers(gold, contracts, sequences, draw)
    for _ in range(steps):
        for each in sequences:
            for _ in range(each.draw.randint(0, 2)):
                each.step()
        readers.run(draw.choice(list(GOLD)))
    for dataset in GOLD:
        readers.run(dataset, everyone=True)


def answers(gold: GoldLake) -> dict[str, list[tuple]]:
    """What DuckDB makes of the sources' files: dataset → rows, as texts."""
    database = duckdb.connect()
    for name, keys in (("orders", {"seq": "INTEGER", "order_date": "DATE"}), ("customers", {"seq": "INTEGER"})):
        files = sorted(map(str, (gold.lake.root / "lake" / "curated" / name).rglob("*.parquet")))
        types = ", ".join(f"'{key}': {type_}" for key, type_ in keys.items())
        database.execute(f"CREATE TABLE {name} AS SELECT * FROM read_parquet({files}, hive_partitioning = true, hive_types = {{{types}}})")
    return {dataset: sorted(tuple(map(str, row)) for row in database.execute(query).fetchall()) for dataset, query in QUERIES.items()}
