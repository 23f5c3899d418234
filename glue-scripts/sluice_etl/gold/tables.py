"""The tables that a gold dataset is made of, as of one listing, and files with rows of its own."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ..batch import Batch
from ..errors import ConfigurationError
from ..formats.sources import file_path, load, no_rows, quoted
from ..tables.published import PublishedTable, open_published


def open_tables(batch: Batch) -> dict[str, PublishedTable]:
    return {name: _open(batch, name) for name in batch.contract.gold.rebuilds}


def _open(batch: Batch, name: str) -> PublishedTable:
    table = open_published(batch, name)
    if table is None:
        raise ConfigurationError(f"{batch.contract.dataset} is made of {name}, which has published nothing yet")
    return table


def gold_rows(batch: Batch, uris: Sequence[str], root: str, *more: str) -> DataFrame:
    """Rows of files of the gold table, staged or published, which are below `root`; `more` as of `rows_of`."""
    types = batch.contract.declared_types
    if not uris:
        return no_rows(batch.spark, {**types, **dict.fromkeys(more, "STRING")})
    # They were written under this contract. To find their columns would be a job of its own. What is in the folders' names is cast below, as ever.
    schema = ", ".join(f"{quoted(name)} {type_}" for name, type_ in types.items() if name not in batch.contract.partition_by)
    frame = load(batch.spark, "parquet", list(uris), schema, basePath=root)
    typed = [F.expr(f"CAST({quoted(name)} AS {type_})").alias(name) for name, type_ in types.items()]
    return frame.select(*typed, *(file_path(frame).alias(name) for name in more))
