"""
Latest wins: of all versions of a key, in the batch and in the curated partitions it touches, one stands.

Most keys come once. So the shuffled rows are read three times, which is cheap, and sorted hardly at all, which is not: a count by the
hash of the key finds the keys that come more than once, a window over these rows alone finds which of them give way, and all rows but
those are written. The three meet where they lie: one stage, without a shuffle between them.
"""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import Column, DataFrame, Observation, Window
from pyspark.sql import functions as F

from ..contract import Contract
from .shuffled import KEY_HASH, ROW

STANDS = f"{ROW} < 0"
"""SQL: rows that curated holds already have negative numbers."""


def with_standing(batch: DataFrame, standing: DataFrame, contract: Contract) -> DataFrame:
    """Numbered rows of both, to be shuffled together."""
    columns = contract.curated_columns
    numbers = (-1 - F.monotonically_increasing_id()).alias(ROW)
    numbered = standing.select(*columns, F.xxhash64(*contract.primary_key).alias(KEY_HASH), numbers)
    return batch.select(*columns, KEY_HASH, ROW).unionByName(numbered)


def merge(read: Callable[[], DataFrame], contract: Contract, observation: Observation) -> DataFrame:
    """`read` gives the numbered rows, those of one key in one partition that Spark knows by KEY_HASH. Observes rows that give way."""
    crowded = read().groupBy(KEY_HASH).agg(F.count(F.lit(1)).alias("__rows")).where("__rows > 1").select(KEY_HASH)
    contested = read().join(crowded.hint("shuffle_hash"), KEY_HASH, "left_semi")
    losers = _losers(contested, contract, observation)
    gone = losers.select(F.col(KEY_HASH).alias("__gone_hash"), F.col(ROW).alias("__gone_row")).hint("shuffle_hash")
    # Not an equality of rows, which Spark would hash as well: it finds a key that is one number faster than one that is two.
    same = F.expr(f"{KEY_HASH} = __gone_hash AND {ROW} - __gone_row = 0")
    return read().join(gone, same, "left_anti").select(*contract.curated_columns)


def _losers(rows: DataFrame, contract: Contract, observation: Observation) -> DataFrame:
    content = [comparable(rows, name) for name in contract.curated_columns if name not in contract.primary_key]
    # A hash may be that of two keys, hence the key itself beside it.
    newest_first = Window.partitionBy(KEY_HASH, *contract.primary_key).orderBy(
        *(F.col(name).desc_nulls_last() for name in contract.latest_by), *(value.desc() for value in content), F.col(ROW)
    )
    ranked = rows.withColumn("__content", content_hash(content)).select(
        KEY_HASH,
        ROW,
        F.row_number().over(newest_first).alias("__number"),
        (F.col("__content") == F.first("__content").over(newest_first)).alias("__same"),
    )
    stands, same = F.expr(STANDS), F.col("__same")
    return ranked.where("__number > 1").observe(
        observation, _count(~stands & same).alias("duplicates"), _count(~stands & ~same).alias("superseded"), _count(stands).alias("replaced")
    ).select(KEY_HASH, ROW)


def content_hash(content: list[Column]) -> Column:
    """Tells equal versions of one key from different ones. Spark's hash steps over NULLs, so where they stand is hashed as well."""
    nulls = [
        sum((F.when(value.isNull(), F.lit(1 << bit)).otherwise(F.lit(0)).cast("bigint") for bit, value in enumerate(some)), F.lit(0))
        for some in (content[start : start + 60] for start in range(0, len(content), 60))
    ]
    # There may be no content beside the key, and a hash of nothing Spark refuses.
    return F.xxhash64(F.lit(0), *nulls, *content)


def comparable(frame: DataFrame, name: str) -> Column:
    """Maps have no order in Spark; their JSON has one."""
    return F.to_json(name) if "map<" in frame.schema[name].dataType.simpleString() else F.col(name)


def _count(condition: Column) -> Column:
    return F.coalesce(F.sum(F.when(condition, 1).otherwise(0)), F.lit(0)).cast("bigint")
