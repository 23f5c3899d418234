"""What a table format does for a batch of a gold dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pyspark.sql import DataFrame

from ...stages.staged import Staged
from ..reach import Affected, Reached, ReachedKeys


@dataclass(frozen=True)
class Rebuilt:
    staged: Staged
    computed: tuple[list[str], str]
    """Files with the rows that the query gave, and the folder that they are below."""


class OwnTable(Protocol):
    paths: tuple[str, ...]
    """Hive paths of the partitions that it has."""
    has_parts: bool
    """Whether parts of it can be replaced; else the whole is."""

    def rewritten_for(self, keys: Sequence[Reached | ReachedKeys]) -> set[str]:
        """Those of its partitions that are written again because they have rows of these keys."""

    def replace(self, rows: DataFrame, affected: Affected) -> Rebuilt:
        """Stages what the query gave, in place of the rows that the table has of what is affected."""

    def beside_computed(self, rebuilt: Rebuilt) -> DataFrame:
        """The rows that were computed, and all others that may have one of their keys."""

    def as_published(self, rebuilt: Rebuilt) -> DataFrame:
        """The whole table once the batch is published."""
