"""Rows that are set aside, as they were read, with every reason."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from .contract import Contract
from .judge import BAD, all_reasons, reasons_of
from .output import WrittenFile
from .scan import SOURCE_FILE
from .sources import PATH


# For an alert: enough to begin a search with, and short enough to read.
EXAMPLES = 5
LONGEST_VALUE = 64


def quarantined_rows(rows: DataFrame, contract: Contract, homes: DataFrame, batch_id: str) -> DataFrame:
    bad = rows.select(f"{BAD}.*")
    known = bad.withColumnRenamed("path", PATH).join(F.broadcast(homes), PATH, "left")
    return known.select(
        *(F.col("values")[name].alias(name) for name in contract.column_names),
        F.expr(reasons_of(contract)).alias("_errors"),
        F.coalesce("origin", SOURCE_FILE).alias(SOURCE_FILE),
        F.lit(batch_id).alias("_batch_id"),
        F.lit(contract.version).alias("_contract_version"),
        F.col("raw_record").alias("_raw_record"),
        *contract.partition_keys,
    )


def count_by_reason(contract: Contract) -> list[Column]:
    """Observed beside the write: a column for each reason that a row of this contract can have."""
    return [F.coalesce(F.sum(F.array_contains("_errors", reason).cast("bigint")), F.lit(0)).alias(reason) for reason in all_reasons(contract)]


def example_keys(spark: SparkSession, files: list[WrittenFile], contract: Contract) -> list[dict]:
    """Keys of a few rows that were set aside, for people to look up; never a whole row. One file that was written is read back."""
    keys = [name for name in contract.primary_key if name in contract.column_names]
    if not files or not keys:
        return []
    written = spark.read.parquet(files[0].uri)
    some = written.where(F.coalesce(*(F.col(name) for name in keys)).isNotNull()).limit(EXAMPLES)
    values = [F.substring(name, 1, LONGEST_VALUE).alias(name) for name in keys]
    rows = some.select(F.struct(*values).alias("key"), F.col("_errors").alias("reasons"), F.col(SOURCE_FILE).alias("file")).collect()
    return [{"key": row["key"].asDict(), "reasons": list(row["reasons"]), "file": row["file"]} for row in rows]
