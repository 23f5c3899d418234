"""Foreign keys of a batch: the tables that they refer to, and how many rows refer to nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ..batch import Batch
from ..contract import ForeignKey
from ..errors import ConfigurationError
from ..formats.sources import no_rows, quoted
from ..judge.judge import DELETED
from ..judge.references import Parent, flag, quarantined_keys, with_flags
from ..tables.published import open_published


def parents_of_quarantined(batch: Batch) -> list[Parent]:
    return [_open(batch, key) for key in quarantined_keys(batch.contract)]


@dataclass(frozen=True)
class Missing:
    """Of the foreign keys that only warn."""

    rows: dict[str, int] = field(default_factory=dict)
    """Column → good rows that refer to nothing. Empty for a contract without such keys."""
    unpublished: tuple[str, ...] = ()
    """Columns whose parent has published nothing yet."""


def count_missing(batch: Batch, good: Callable[[], DataFrame]) -> Missing:
    keys = [key for key in batch.contract.foreign_keys if key.on_missing == "warn"]
    if not keys:
        return Missing()
    with batch.timed("references"):
        parents = [_open(batch, key) for key in keys]
        rows = with_flags(good(), parents)
        kept = f" AND NOT {DELETED}" if batch.contract.delete_when else ""
        counts = rows.agg(*(F.expr(f"count_if({flag(key)}{kept})").alias(key.column) for key in keys)).first()
    return Missing({key.column: counts[key.column] for key in keys}, tuple(parent.key.column for parent in parents if not parent.published))


def _open(batch: Batch, key: ForeignKey) -> Parent:
    table = open_published(batch, key.dataset)
    if table is None:
        # Nothing is published yet, so nothing is there to refer to.
        return Parent(key, no_rows(batch.spark, {key.parent_column: "STRING"}), published=False)
    if key.parent_column not in table.types:
        raise ConfigurationError(
            f"foreign_keys.{key.column} of {batch.contract.dataset} refers to {key.dataset}.{key.parent_column}, and the table {key.dataset} has no such column"
        )
    return Parent(key, table.frame().select(quoted(key.parent_column)))
