"""Which class is which table format."""

from __future__ import annotations

from ..batch import Batch
from .iceberg.table import IcebergTable
from .parquet.table import ParquetTable
from .table import Table

FORMATS = {"parquet": ParquetTable, "iceberg": IcebergTable}


def table_of(batch: Batch) -> Table:
    return FORMATS[batch.contract.table_format](batch)
