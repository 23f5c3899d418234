"""What a table format does for a batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pyspark.sql import Column, DataFrame
from pyspark.sql.types import StructType


@dataclass(frozen=True)
class WrittenFile:
    uri: str
    size: int
    rows: int
    path: str
    """Hive path of its folder below the table's, '' for none."""
    tombstone: bool = False
    """Whether its rows are removed keys (merge/deletes.py), and none of the table's."""


class Existing(Protocol):
    """What the table has already that a batch's rows are merged with."""

    size: int
    """Bytes of it in the table's files."""
    partitions: int
    """That a task may write to."""
    metrics: dict[str, int]

    def rows(self, schema: StructType) -> DataFrame | None:
        """
        The curated columns with their types of today; of a contract with `delete_when` also the tombstones, and DELETED. None if there are no rows.
        """

    def placed(self, good: DataFrame) -> DataFrame | None:
        """
        Of a contract with `delete_when`: rows that remove a key get the partition in which the table has it, where they do not tell it. None
        where they all do.
        """


@dataclass(frozen=True)
class Compaction:
    """Counts are of what was there before; `existing` is what `files` replace."""

    files: tuple[WrittenFile, ...]
    existing: Existing | None
    counts: dict[str, int]
    metrics: dict[str, int] = field(default_factory=dict)


class Table(Protocol):
    """One dataset's table, for one batch. The calls come in this order; a compaction makes `compact` of the first three."""

    rewrites_existing: bool
    """Whether `write` is to write those rows again that the table has and keeps."""

    def observed(self, schema: StructType) -> list[Column]:
        """Aggregates over all judged rows that `find_existing` needs; computed beside the scan, so they must cost a row little."""

    def find_existing(self, good: DataFrame, observed: dict) -> Existing:
        """`good`: the batch's good rows with KEY_HASH, of which rows of one key are in one partition. `observed`: values of those aggregates."""

    def write(self, merged: DataFrame, existing: Existing, replaced: Callable[[], DataFrame]) -> list[WrittenFile]:
        """
        Writes the merged rows where publishing finds them, and nothing that readers of the table see. Of a contract with `delete_when` rows with DELETED become
        tombstones. `replaced` gives rows that the table had and that newer ones replace: PLACE, and their partition; for a table whose existing rows have PLACE.
        """

    def compact(self) -> Compaction:
        """Writes the same rows as fewer files, in the partitions that the plan names."""

    def migrate(self) -> Compaction:
        """Takes over the table as another format has it, whose files stay where they are. Counts have no `files` where that is done already."""

    def remove_stale(self, written: Sequence[WrittenFile]) -> None:
        """What an earlier attempt at this batch has written, and this one has not."""

    def register(self, written: Sequence[WrittenFile]) -> None:
        """Shows the written rows to the rules of the contract's `quality`, as a table of their own."""

    def replacements(self, written: Sequence[WrittenFile], existing: Existing | None) -> list[dict]:
        """The manifest's `partitions`, from which the batch is published (functions/domain/batch/manifest/manifest.ts)."""

    def tombstones(self, written: Sequence[WrittenFile], existing: Existing | None) -> list[dict]:
        """The manifest's `tombstones`, of a contract with `delete_when`."""

    def commit(self) -> dict | None:
        """The manifest's `commit`: what publishing makes visible, for a format with commits. None where nothing was committed."""
