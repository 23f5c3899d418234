"""Rows where they are written best."""

from __future__ import annotations

from pyspark.sql import DataFrame

from ..batch import Batch
from ..formats.sources import quoted
from ..merge.sizes import would_scatter, writers_of_few


def together(batch: Batch, rows: DataFrame, size: int, partitions: int) -> DataFrame:
    """The same rows (bytes `size`, to so many partitions) where they are written best: mostly as they are."""
    keys = batch.contract.partition_by
    if would_scatter(size, batch.cores, partitions):
        return rebalanced(rows, keys)
    tasks = writers_of_few(size, batch.cores, partitions)
    return rows.repartition(tasks, *map(quoted, keys)) if keys and tasks else rows


def rebalanced(rows: DataFrame, keys: tuple[str, ...]) -> DataFrame:
    """One shuffle that brings each partition together, small ones side by side, large ones in pieces of the advisory size."""
    named = ", ".join(quoted(name) for name in keys)
    # Only SQL takes columns in this hint.
    rows.createOrReplaceTempView("rows_to_write")
    return rows.sparkSession.sql(f"SELECT /*+ REBALANCE{f'({named})' if named else ''} */ * FROM rows_to_write")
