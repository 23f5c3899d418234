"""Rows that are set aside, as they were read, with every reason."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from .contract import Contract
from .judge import BAD
from .scan import SOURCE_FILE
from .sources import PATH


def quarantined_rows(rows: DataFrame, contract: Contract, homes: DataFrame, batch_id: str) -> DataFrame:
    bad = rows.where(F.col(BAD).isNotNull()).select(F.col(f"{BAD}.*"))
    known = bad.withColumnRenamed("path", PATH).join(F.broadcast(homes), PATH, "left")
    return known.select(
        *(F.col("values")[name].alias(name) for name in contract.column_names),
        F.col("errors").alias("_errors"),
        SOURCE_FILE,
        F.lit(batch_id).alias("_batch_id"),
        F.lit(contract.version).alias("_contract_version"),
        F.col("raw_record").alias("_raw_record"),
        *contract.partition_keys,
    )


def count_by_reason(rows: DataFrame) -> dict[str, int]:
    counted = rows.select(F.explode("_errors").alias("reason")).groupBy("reason").count().collect()
    return {row["reason"]: row["count"] for row in counted}
