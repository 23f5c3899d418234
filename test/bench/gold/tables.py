"""Source tables of the bench, as their batches leave them, and the gold tables that are made of them."""

from __future__ import annotations

import hashlib
import json
import shutil

from gold_lake import GoldLake, gold_contract
from iceberg_lake import iceberg
from lake import Lake
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

MONTHS = 120
ORDER_TYPES = {"order_id": "bigint", "customer_id": "bigint", "amount": "decimal(12,2)", "order_date": "date", "order_month": "date"}
CUSTOMER_TYPES = {"customer_id": "bigint", "segment": "string"}

MONTHLY = gold_contract(
    "monthly_revenue",
    {"orders": {"rebuilds": {"order_month": "order_month"}}, "customers": {"rebuilds": "all"}},
    """
    SELECT o.order_month, c.segment, count(*) AS orders, sum(o.amount) AS revenue
    FROM orders o JOIN customers c ON o.customer_id = c.customer_id GROUP BY 1, 2
    """,
)
BY_CUSTOMER = gold_contract(
    "customer_months",
    {"orders": {"rebuilds": {"key": "customer_id"}}, "customers": {"rebuilds": {"key": "customer_id"}}},
    """
    SELECT o.customer_id, c.segment, o.order_month, count(*) AS orders, sum(o.amount) AS spent,
           sum(sum(o.amount)) OVER (PARTITION BY o.customer_id ORDER BY o.order_month) AS total
    FROM orders o JOIN customers c ON o.customer_id = c.customer_id GROUP BY 1, 2, 3
    """,
    {"customer_id": "bigint", "segment": "string", "order_month": "date", "orders": "bigint", "spent": "decimal(22,2)", "total": "decimal(32,2)"},
    primary_key=["customer_id", "order_month"],
    curated={"partition_by": [], "target_file_mb": 128},
)


def stored_as(contract: dict) -> list[tuple[str, dict]]:
    """The dataset in Parquet, and another one of the same query in Iceberg, with the names of their measures."""
    name = {"monthly_revenue": "months", "customer_months": "keys"}[contract["dataset"]]
    return [(name, contract), (f"{name}Iceberg", iceberg({**contract, "dataset": f"{contract['dataset']}_iceberg"}))]


GOLD = dict([*stored_as(MONTHLY), *stored_as(BY_CUSTOMER)])


class Sources:
    """Every value is a hash of its row number and the round in which it was last written."""

    def __init__(self, spark: SparkSession, lake: Lake, orders: int, customers: int):
        self.spark, self.count, self.customers_count, self._batches = spark, orders, customers, 0
        lake.root.mkdir(parents=True)
        self.gold = GoldLake(spark, lake.root, lake)

    def orders(self, months: range, round_: int) -> str:
        """Orders of these months, each written again with other amounts in one of a hundred rows."""
        number = F.col("id")
        changed = F.when(F.xxhash64(number, F.lit(round_)) % 100 == 0, F.lit(round_)).otherwise(F.lit(0))
        month = F.expr(f"CAST(id % {MONTHS} AS INT)")
        rows = self.spark.range(self.count).where(month.between(months.start, months.stop - 1)).select(
            number.alias("order_id"),
            (F.abs(F.xxhash64(number)) % self.customers_count).alias("customer_id"),
            (F.abs(F.xxhash64(number, changed)) % 100_000 / 100).cast("decimal(12,2)").alias("amount"),
            F.expr(f"date_add(add_months(DATE '2015-01-01', CAST(id % {MONTHS} AS INT)), CAST(pmod(xxhash64(id), 28) AS INT))").alias("order_date"),
            F.expr(f"add_months(DATE '2015-01-01', CAST(id % {MONTHS} AS INT))").alias("order_month"),
        )
        return self._publish("orders", rows, ORDER_TYPES, ["order_month"])

    def customers(self, round_: int, changed_share: float) -> str:
        """All customers, of which a share has another segment than before."""
        number = F.col("id")
        version = F.when(self._changes(number, changed_share), F.lit(round_)).otherwise(F.lit(0))
        rows = self.spark.range(self.customers_count).select(
            number.alias("customer_id"), F.concat(F.lit("segment "), F.abs(F.xxhash64(number, version)) % 20).alias("segment")
        )
        return self._publish("customers", rows, CUSTOMER_TYPES, [])

    def of_changed_customers(self, changed_share: float) -> DataFrame:
        """Their orders, in the columns that the query needs."""
        changed = self.spark.range(self.customers_count).where(self._changes(F.col("id"), changed_share)).withColumnRenamed("id", "customer_id")
        orders = self.spark.read.parquet(f"file:{self.gold.lake.root}/lake/curated/orders").select("customer_id", "order_month", "amount")
        return orders.join(F.broadcast(changed), "customer_id", "left_semi")

    @staticmethod
    def _changes(number: Column, share: float) -> Column:
        return F.abs(F.xxhash64(number, F.lit("changes"))) % 10_000 < int(share * 10_000)

    def _publish(self, name: str, rows: DataFrame, types: dict[str, str], partition_by: list[str]) -> str:
        """Whole partitions replaced, and the manifest that names them; returns the key of the publication."""
        self._batches += 1
        batch_id, lake = f"{name}-{self._batches}", self.gold.lake.root / "lake"
        scratch = lake / "scratch"
        shaped = rows.repartition(*(F.col(key) for key in partition_by)) if partition_by else rows.coalesce(2)
        writer = shaped.write.mode("overwrite")
        (writer.partitionBy(*partition_by) if partition_by else writer).parquet(f"file:{scratch}")
        paths = set()
        for number, file in enumerate(sorted(scratch.rglob("*.parquet"))):
            path = str(file.parent.relative_to(scratch)) if file.parent != scratch else ""
            folder = lake / "curated" / name / path
            folder.mkdir(parents=True, exist_ok=True)
            if path not in paths:
                for old in folder.glob("*.parquet"):
                    old.unlink()
            paths.add(path)
            shutil.move(file, folder / f"{batch_id}-{number}-0badcafe.parquet")
        shutil.rmtree(scratch)
        finished = f"2025-01-01T00:00:{self._batches:05}Z"
        manifest = {"startedAt": "2025-01-01T00:00:00Z", "finishedAt": finished, "partitions": [{"path": path} for path in sorted(paths)]}
        self.gold.lake.store.write_text(f"file:{lake}/runs/{name}/{batch_id}/manifest.json", json.dumps(manifest))
        kind = {"contractVersion": "x", "columns": types, "primaryKey": [next(iter(types))], "partitionBy": partition_by}
        self.gold.lake.store.write_text(f"file:{lake}/tables/{name}.json", json.dumps(kind))
        run = hashlib.sha256(f"2025-01-01T00:00:00Z|{finished}".encode()).hexdigest()[:8]
        return f"published/{name}/{batch_id}/{run}"
