"""Latest wins: of all versions of a key, in the batch and in the curated partitions it touches, one stands."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Observation, Window
from pyspark.sql import functions as F

from .contract import Contract
from .judge import BAD

STANDING = "_standing"
"""TRUE for a row that curated holds already."""


def merge(batch: DataFrame, standing: DataFrame | None, contract: Contract, observation: Observation) -> DataFrame:
    columns = contract.curated_columns
    rows = batch.where(F.col(BAD).isNull()).select(*columns, F.lit(False).alias(STANDING))
    if standing is not None:
        rows = rows.unionByName(standing.select(*columns, F.lit(True).alias(STANDING)))
    content = F.struct(*[comparable(rows, name) for name in columns])
    newest_first = Window.partitionBy(*contract.primary_key).orderBy(
        *(F.col(name).desc_nulls_last() for name in contract.latest_by), content.desc(), F.col(STANDING).desc()
    )
    ranked = rows.select(
        "*",
        F.row_number().over(newest_first).alias("_rank"),
        content.eqNullSafe(F.first(content).over(newest_first)).alias("_same"),
    )
    landed = ~F.col(STANDING)
    counted = ranked.observe(
        observation,
        _count(landed & (F.col("_rank") == 1)).alias("written"),
        _count(landed & (F.col("_rank") > 1) & F.col("_same")).alias("duplicates"),
        _count(landed & (F.col("_rank") > 1) & ~F.col("_same")).alias("superseded"),
    )
    return counted.where("_rank = 1").select(*columns)


def comparable(frame: DataFrame, name: str) -> Column:
    """Maps have no order in Spark; their JSON has one."""
    return F.to_json(name) if "map<" in frame.schema[name].dataType.simpleString() else F.col(name)


def _count(condition: Column) -> Column:
    return F.coalesce(F.sum(F.when(condition, 1).otherwise(0)), F.lit(0)).cast("bigint")
