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
    # The hash leads the sort: eight bytes that differ decide a comparison without a look at the rows.
    of_key = Window.partitionBy(KEY_HASH, *contract.primary_key)
    newest_first = [F.col(name).desc_nulls_last() for name in contract.latest_by]
    content = [comparable(rows, name).desc() for name in columns if name not in (*contract.latest_by, *contract.primary_key)]
    ranked = rows.select(
        *columns,
        STANDING,
        F.row_number().over(of_key.orderBy(*newest_first, *content, F.col(STANDING).desc())).alias("_number"),
        F.rank().over(of_key.orderBy(*newest_first, *content)).alias("_rank"),
    )
    landed, first = ~F.col(STANDING), F.col("_number") == 1
    counted = ranked.observe(
        observation,
        _count(landed & first).alias("written"),
        _count(landed & ~first & (F.col("_rank") == 1)).alias("duplicates"),
        _count(landed & (F.col("_rank") > 1)).alias("superseded"),
    )
    return counted.where(first).select(*columns)


def comparable(frame: DataFrame, name: str) -> Column:
    """Maps have no order in Spark; their JSON has one."""
    return F.to_json(name) if "map<" in frame.schema[name].dataType.simpleString() else F.col(name)


def _count(condition: Column) -> Column:
    return F.coalesce(F.sum(F.when(condition, 1).otherwise(0)), F.lit(0)).cast("bigint")
