"""Foreign keys of a batch: the tables that they refer to, and how many rows refer to nothing."""

from __future__ import annotations

from pyspark.sql import functions as F

from ..batch import Batch
from ..contract import ForeignKey
from ..errors import ConfigurationError
from ..formats.sources import quoted
from ..judge.judge import DELETED
from ..judge.references import Parent, flag, quarantined_keys, with_flags
from ..tables.published import open_published
from .shuffled import Shuffled


def parents_of_quarantined(batch: Batch) -> list[Parent]:
    return [_open(batch, key) for key in quarantined_keys(batch.contract)]


def count_missing(batch: Batch, shuffled: Shuffled | None) -> dict[str, int]:
    """Good rows that refer to nothing, by column, of the foreign keys that only warn. Empty for a contract without such."""
    keys = [key for key in batch.contract.foreign_keys if key.on_missing == "warn"]
    if not keys or shuffled is None:
        return {}
    with batch.timed("references"):
        rows = with_flags(shuffled.kept.good(), [_open(batch, key) for key in keys])
        kept = f" AND NOT {DELETED}" if batch.contract.delete_when else ""
        counts = rows.agg(*(F.expr(f"count_if({flag(key)}{kept})").alias(key.column) for key in keys)).first()
    return {key.column: counts[key.column] for key in keys}


def _open(batch: Batch, key: ForeignKey) -> Parent:
    table = open_published(batch, key.dataset)
    if table is None:
        # Nothing is published yet, so nothing is there to refer to.
        return Parent(key, batch.spark.sql(f"SELECT CAST(NULL AS STRING) AS {quoted(key.parent_column)} WHERE false"))
    if key.parent_column not in table.types:
        raise ConfigurationError(
            f"foreign_keys.{key.column} of {batch.contract.dataset} refers to {key.dataset}.{key.parent_column}, and the table {key.dataset} has no such column"
        )
    return Parent(key, table.frame().select(quoted(key.parent_column)))
