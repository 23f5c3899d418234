"""Which class is which table format."""

from __future__ import annotations

from ...batch import Batch
from ...tables.table import Table
from .iceberg import open_own_iceberg
from .own_table import OwnTable
from .parquet import open_own_parquet

OPEN = {"parquet": open_own_parquet, "iceberg": open_own_iceberg}


def open_own(batch: Batch, table: Table) -> OwnTable:
    return OPEN[batch.contract.table_format](batch, table)
