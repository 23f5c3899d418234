"""Latest wins: of all versions of a key, in the batch and in the curated partitions it touches, one stands."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Observation, Window
from pyspark.sql import functions as F

from .contract import Contract
from .shuffled import KEY_HASH

STANDING = "_standing"
"""TRUE for a row that curated holds already."""


def merge(batch: DataFrame, standing: DataFrame | None, contract: Contract, observation: Observation) -> DataFrame:
    columns = contract.curated_columns
    rows = batch.select(*columns, KEY_HASH, F.lit(False).alias(STANDING))
    if standing is not None:
        hashed = standing.select(*columns, F.xxhash64(*contract.primary_key).alias(KEY_HASH), F.lit(True).alias(STANDING))
        rows = rows.unionByName(hashed)
    content = [comparable(rows, name) for name in columns if name not in contract.primary_key]
    # One window for all: the hash of the key leads its sort, since eight bytes that differ decide a comparison without the rows.
    newest_first = Window.partitionBy(KEY_HASH, *contract.primary_key).orderBy(
        *(F.col(name).desc_nulls_last() for name in contract.latest_by), *(value.desc() for value in content), F.col(STANDING).desc()
    )
    ranked = rows.withColumn("_content", content_hash(content)).select(
        *columns,
        STANDING,
        F.row_number().over(newest_first).alias("_number"),
        (F.col("_content") == F.first("_content").over(newest_first)).alias("_same"),
    )
    landed, first, same = ~F.col(STANDING), F.col("_number") == 1, F.col("_same")
    counted = ranked.observe(
        observation,
        _count(first).alias("kept"),
        _count(landed & first).alias("written"),
        _count(landed & ~first & same).alias("duplicates"),
        _count(landed & ~first & ~same).alias("superseded"),
    )
    return counted.where(first).select(*columns)


def content_hash(content: list[Column]) -> Column:
    """Tells equal versions of one key from different ones. Spark's hash steps over NULLs, so where they stand is hashed as well."""
    nulls = [
        sum((F.when(value.isNull(), F.lit(1 << bit)).otherwise(F.lit(0)).cast("bigint") for bit, value in enumerate(some)), F.lit(0))
        for some in (content[start : start + 60] for start in range(0, len(content), 60))
    ]
    return F.xxhash64(*nulls, *content)


def comparable(frame: DataFrame, name: str) -> Column:
    """Maps have no order in Spark; their JSON has one."""
    return F.to_json(name) if "map<" in frame.schema[name].dataType.simpleString() else F.col(name)


def _count(condition: Column) -> Column:
    return F.coalesce(F.sum(F.when(condition, 1).otherwise(0)), F.lit(0)).cast("bigint")
