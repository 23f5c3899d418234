"""The query, for what is affected."""

from __future__ import annotations

from ..batch import Batch
from ..tables.published import PublishedTable
from .kind import check_types
from .own.own_table import OwnTable, Rebuilt
from .reach import Affected


def rebuild(batch: Batch, tables: dict[str, PublishedTable], affected: Affected, own: OwnTable) -> Rebuilt:
    for source in tables.values():
        source.frame().createOrReplaceTempView(source.name)
    with batch.timed("query"):
        result = batch.spark.sql(batch.contract.gold.sql)
        check_types(batch, result)
        return own.replace(affected.rows_of(result.select(*batch.contract.curated_columns)), affected)
