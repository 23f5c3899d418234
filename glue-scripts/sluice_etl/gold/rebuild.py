"""The query, for what is affected."""

from __future__ import annotations

from pyspark.sql import DataFrame

from ..batch import Batch
from .kind import check_types
from .own.own_table import OwnTable, Rebuilt
from .reach import Affected


def rebuild(batch: Batch, sources: dict[str, DataFrame], affected: Affected, own: OwnTable) -> Rebuilt:
    for name, rows in sources.items():
        rows.createOrReplaceTempView(name)
    with batch.timed("query"):
        result = batch.spark.sql(batch.contract.gold.sql)
        check_types(batch, result)
        return own.replace(affected.rows_of(result.select(*batch.contract.curated_columns)), affected)
