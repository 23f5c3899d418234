"""The same batch of orders by four ways of writing the job, each from files in a folder to Parquet in another."""

from __future__ import annotations

import shutil
from pathlib import Path

from lake import Lake
from orders import CONTRACT, HEADER, STATUSES
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

TYPES = "order_id STRING, customer_id BIGINT, order_timestamp TIMESTAMP, amount DECIMAL(12,2), status STRING, channel STRING, country STRING, note STRING"
PATTERN = "yyyy-MM-dd HH:mm:ss"


class Bench:
    """`curated` and `bad` are where a contender leaves its two tables; the copies leave only the first."""

    def __init__(self, spark: SparkSession, raw: Path, format: str, work: Path):
        self.spark, self.raw, self.format, self.work = spark, raw, format, work
        self.curated, self.bad = work / "curated", work / "bad"

    def prepare(self) -> None:
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)

    def copy(self) -> None:
        """The limit: every value read and typed, every row written, nothing asked."""
        self._read_as_it_is().write.parquet(f"file:{self.curated}")

    def copy_to_table(self) -> None:
        """The limit for any way to make this table: the same copy, its partition column derived, the rows written by partition."""
        self._dated().write.partitionBy("order_date").parquet(f"file:{self.curated}")

    def copy_by_key(self) -> None:
        """The limit for any way that compares rows of one key: the same copy, the rows of a key brought together first, and nothing done with them."""
        self._dated().repartition("order_id").write.partitionBy("order_date").parquet(f"file:{self.curated}")

    def well_known(self) -> None:
        """Flag columns, a count of each kind, two filtered writes, row_number: raw is read four times."""
        typed = self._typed()
        flags = {
            "malformed": F.col("_corrupt").isNotNull(),
            "no_order": F.col("order_id").isNull(),
            "no_customer": F.col("customer_id").isNull(),
            "no_time": F.col("order_timestamp").isNull(),
            "bad_amount": F.col("amount").isNull() | (F.col("amount") < 0),
            "bad_status": ~F.coalesce(F.col("status").isin(*STATUSES), F.lit(False)),
        }
        flagged = typed
        for name, condition in flags.items():
            flagged = flagged.withColumn(name, condition)
        flagged = flagged.withColumn("is_bad", F.expr(" OR ".join(flags)))
        flagged.count()
        flagged.where("is_bad").count()
        flagged.where("is_bad").write.parquet(f"file:{self.bad}")
        self._write_latest(flagged.where("NOT is_bad"))

    def row_outcomes(self) -> None:
        """DQDL rules judged row by row by Deequ, then the same two writes."""
        jvm = self.spark._jvm
        named = ", ".join(f'"{status}"' for status in STATUSES)
        rules = f"""Rules = [ IsComplete "order_id", IsComplete "customer_id", IsComplete "order_timestamp", IsComplete "amount",
            ColumnValues "amount" >= 0, ColumnValues "status" in [{named}] ]"""
        none = jvm.PythonUtils.toScalaMap(self.spark.sparkContext._gateway.jvm.java.util.HashMap())
        judged = jvm.com.amazon.deequ.dqdl.EvaluateDataQuality.processRows(self._typed()._jdf, rules, none)
        rows = DataFrame(judged.apply("rowLevelOutcomes"), self.spark)
        failed = F.col("DataQualityEvaluationResult").contains("FAIL") | F.col("DataQualityEvaluationResult").contains("Fail")
        rows.where(failed).select(*HEADER.split(",")).write.parquet(f"file:{self.bad}")
        self._write_latest(rows.where(~failed))

    def job(self) -> dict:
        lake = Lake(self.spark, self.work)
        (self.work / "raw" / "raw").mkdir(parents=True)
        (self.work / "raw" / "raw" / "orders").symlink_to(self.raw)
        contract = {**CONTRACT, "source": {**CONTRACT["source"], "format": self.format}}
        keys = [f"raw/orders/{path.relative_to(self.raw)}" for path in sorted(self.raw.rglob(f"*.{self.format}"))]
        manifest = lake.curate(contract, keys)
        self.curated = self.work / "lake" / "staged" / "orders" / "batch_id=orders-1"
        self.bad = self.work / "lake" / "quarantine" / "orders"
        return manifest

    def result(self) -> tuple[int, int, int]:
        """Rows, a sum of hashes over their values that does not depend on order, and bad rows."""
        names = [*HEADER.split(","), "order_date"]
        curated = self.spark.read.option("recursiveFileLookup", "false").parquet(f"file:{self.curated}")
        hashed = curated.select(F.xxhash64(*(F.col(name).cast("string") for name in names)).cast("decimal(20,0)").alias("h"))
        rows, total = hashed.agg(F.count("*"), F.sum("h")).first()
        return rows, int(total or 0), self.spark.read.parquet(f"file:{self.bad}").count()

    def _read_as_it_is(self) -> DataFrame:
        reader = self.spark.read.schema(TYPES)
        if self.format == "csv":
            return reader.option("header", True).option("timestampFormat", PATTERN).csv(f"file:{self.raw}")
        if self.format == "json":
            return reader.option("timestampFormat", PATTERN).json(f"file:{self.raw}")
        return reader.parquet(f"file:{self.raw}")

    def _dated(self) -> DataFrame:
        return self._read_as_it_is().drop("ingest_date").withColumn("order_date", F.to_date("order_timestamp"))

    def _typed(self) -> DataFrame:
        if self.format == "parquet":
            return self.spark.read.schema(TYPES).parquet(f"file:{self.raw}").withColumn("_corrupt", F.lit(None).cast("string"))
        schema = ", ".join(f"{name} STRING" for name in [*HEADER.split(","), "_corrupt"])
        reader = self.spark.read.schema(schema).option("columnNameOfCorruptRecord", "_corrupt")
        text = reader.json(f"file:{self.raw}") if self.format == "json" else reader.option("header", True).csv(f"file:{self.raw}")
        whole = F.col("_corrupt").isNull()
        return text.select(
            F.when(whole, F.col("order_id")).alias("order_id"),
            F.expr("try_cast(customer_id AS BIGINT)").alias("customer_id"),
            F.expr(f"try_to_timestamp(order_timestamp, '{PATTERN}')").alias("order_timestamp"),
            F.expr("try_cast(amount AS DECIMAL(12,2))").alias("amount"),
            *("status", "channel", "country", "note", "_corrupt"),
        )

    def _write_latest(self, good: DataFrame) -> None:
        newest = Window.partitionBy("order_id").orderBy(F.col("order_timestamp").desc(), F.col("status").desc())
        numbered = good.withColumn("order_date", F.to_date("order_timestamp")).withColumn("number", F.row_number().over(newest))
        latest = numbered.where("number = 1").select(*HEADER.split(","), "order_date")
        latest.write.partitionBy("order_date").parquet(f"file:{self.curated}")
