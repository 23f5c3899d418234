"""
Rows that are computed once and read several times: good rows by one query, bad rows by another. Between the two the driver knows the
counts and which partitions of the table the good rows belong to. The public API has only persist() for this, which costs as much as the
scan itself (docs/performance.md), so rows are kept where the shuffle put them; where this Spark's insides are not known, in files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from pyspark.sql import Column, DataFrame

from .. import spark_internals
from ..batch import Batch
from .kept_files import keep_files
from .kept_shuffle import keep_shuffle
from .sizes import parts_for


class Versions(Protocol):
    """Numbered rows, of which one of each key is to stay."""

    def contested(self) -> DataFrame:
        """Rows whose key comes more than once, and it may be others."""

    def without(self, gone: DataFrame) -> DataFrame:
        """All rows but those with the KEY_HASH and ROW of a row of `gone`, which is made of `contested()`."""


class Kept(Versions, Protocol):
    """The versions are the good rows."""

    observed: Mapping[str, object]
    """Values of the observed columns, by name."""
    good_bytes: int
    """Of the good rows in a shuffle."""

    def good(self) -> DataFrame:
        """Rows of one key are in one partition, and Spark knows it by KEY_HASH."""

    def bad(self) -> DataFrame:
        """Only column BAD."""


def keep(batch: Batch, name: str, rows: DataFrame, observed: list[Column], size: int) -> Kept:
    """Of numbered rows, of about `size` bytes. Those with a value in BAD are bad, if there is such a column. `name` is unique in the batch."""
    if spark_internals.usable(batch.spark):
        return keep_shuffle(rows, parts_for(size, batch.cores), observed, batch.contract.target_file_mb)
    return keep_files(batch, name, rows, observed)
