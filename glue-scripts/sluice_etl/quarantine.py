"""Rows that are set aside, as they were read, with every reason."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from .contract import Contract
from .judge import BAD, all_reasons
from .scan import SOURCE_FILE
from .sources import PATH


def quarantined_rows(rows: DataFrame, contract: Contract, homes: DataFrame, batch_id: str) -> DataFrame:
    bad = rows.select(f"{BAD}.*")
    known = bad.withColumnRenamed("path", PATH).join(F.broadcast(homes), PATH, "left")
    return known.select(
        *(F.col("values")[name].alias(name) for name in contract.column_names),
        F.col("errors").alias("_errors"),
        F.coalesce("origin", SOURCE_FILE).alias(SOURCE_FILE),
        F.lit(batch_id).alias("_batch_id"),
        F.lit(contract.version).alias("_contract_version"),
        F.col("raw_record").alias("_raw_record"),
        *contract.partition_keys,
    )


def count_by_reason(contract: Contract) -> list[Column]:
    """Observed beside the write: a column for each reason that a row of this contract can have."""
    return [F.coalesce(F.sum(F.array_contains("_errors", reason).cast("bigint")), F.lit(0)).alias(reason) for reason in all_reasons(contract)]
