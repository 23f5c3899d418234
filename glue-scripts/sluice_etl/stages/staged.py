"""Good rows are merged with what the table has, and staged."""

from __future__ import annotations

from dataclasses import dataclass, field

from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F

from .. import spark_internals
from ..batch import Batch
from ..judge.judge import DELETED
from ..lake.sizes import PACKED
from ..merge.deletes import merged_columns
from ..merge.kept import Kept, keep
from ..merge.keys import EXISTS
from ..merge.merge import has_ties, merge, ordering_columns, replaced, with_existing
from ..observations import values_of
from ..tables.table import Existing, Table, WrittenFile
from ..tables.together import together
from .repeated_keys import repeated_keys
from .shuffled import Shuffled


@dataclass(frozen=True)
class Staged:
    files: tuple[WrittenFile, ...] = ()
    existing: Existing | None = None
    """What the table had, which the files replace."""
    written: int = 0
    """Rows of this batch that are in the files; there are older ones beside them."""
    tombstones: tuple[WrittenFile, ...] = ()
    """Of keys that rows of this batch and of older ones have removed."""
    deleted: int = 0
    """Rows of this batch that removed their key, and that no newer one outdoes."""
    duplicates: int = 0
    superseded: int = 0
    replaced: int = 0
    """Rows that the table had, and that newer rows of this batch have replaced."""
    repeated_keys: tuple[dict, ...] = ()
    """Of a table's first batch in which many rows lose: keys with most rows."""
    metrics: dict[str, int] = field(default_factory=dict)


def stage(batch: Batch, table: Table, shuffled: Shuffled | None) -> Staged:
    if shuffled is None or shuffled.read == shuffled.bad:
        return Staged()
    with batch.timed("merge"):
        kept = shuffled.kept
        existing = table.find_existing(kept.good(), kept.observed)
        before = existing.rows(shuffled.rows.schema)
        placed = existing.placed(kept.good()) if batch.contract.delete_when else None
        if before is not None or placed is not None:
            good = kept.good() if placed is None else placed
            with batch.timed("existing"):
                kept = _with_existing(batch, table, good, before, kept.good_bytes + PACKED * existing.size)
        observation = Observation()
        merged = merge(kept, batch.contract, observation)
        spark_internals.refuse_exchange(merged)
        wanted = merged if table.rewrites_existing else merged.where(f"NOT ({EXISTS})")
        rows = together(batch, wanted.select(*merged_columns(batch.contract)), kept.good_bytes, existing.partitions)
        every = table.write(rows, existing, lambda: replaced(kept, batch.contract))
        files, tombstones = (tuple(file for file in every if file.tombstone is kind) for kind in (False, True))
        lost = values_of(observation)
        remembered = still_there = 0
        if table.rewrites_existing:
            remembered = kept.observed.get("tombstones", 0) - lost.get("forgotten", 0)
            still_there = kept.observed.get("existing", 0) - lost["replaced"] - remembered
        return Staged(
            files,
            existing,
            written=sum(file.rows for file in files) - still_there,
            tombstones=tombstones,
            deleted=sum(file.rows for file in tombstones) - remembered,
            duplicates=lost["duplicates"],
            superseded=lost["superseded"],
            replaced=lost["replaced"] - lost.get("forgotten", 0) - lost.get("removed", 0),
            repeated_keys=repeated_keys(batch, shuffled, lost["duplicates"] + lost["superseded"]),
            metrics=existing.metrics,
        )


def _with_existing(batch: Batch, table: Table, good: DataFrame, before: DataFrame | None, size: int) -> Kept:
    """
    Rows of the batch and of the table. Where the table's are not written again, the few columns that order them are read: the others
    only if two versions of a key are of one time, which is likely where files are read a second time.
    """
    contract = batch.contract
    every, few = merged_columns(contract), ordering_columns(contract)
    counted = [F.expr(f"count_if({EXISTS})").alias("existing")]
    counted += [F.expr(f"count_if({EXISTS} AND {DELETED})").alias("tombstones")] if contract.delete_when else []
    if few != every and contract.latest_by and not table.rewrites_existing and batch.plan.reads != "raw":
        kept = keep(batch, "ordered", with_existing(good, before, contract, few), counted, size)
        if not has_ties(kept, contract):
            return kept
    return keep(batch, "merged", with_existing(good, before, contract, every), counted, size)
