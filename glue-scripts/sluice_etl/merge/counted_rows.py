"""Rows that are asked of Spark's public API alone: a count finds the keys that come more than once."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from .keys import KEY_HASH, ROW, without


@dataclass(frozen=True)
class CountedRows:
    """Numbered rows, which are read or computed again each time."""

    rows: DataFrame

    def contested(self) -> DataFrame:
        crowded = self.rows.groupBy(KEY_HASH).agg(F.count(F.lit(1)).alias("__rows")).where("__rows > 1").select(KEY_HASH)
        return self.rows.join(crowded.hint("shuffle_hash"), KEY_HASH, "left_semi")

    def without(self, gone: DataFrame) -> DataFrame:
        return without(self.rows, gone, {name: F.col(name) for name in (KEY_HASH, ROW)}, "shuffle_hash")
