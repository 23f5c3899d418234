"""Bad rows are written to quarantine."""

from __future__ import annotations

from dataclasses import dataclass, field

from pyspark.sql import Observation

from ..batch import Batch
from ..formats.scan import file_homes
from ..judge.quarantine import BY_REASON, count_by_reason, example_keys, named_counts, quarantined_rows
from ..lake.inputs import Inputs
from ..observations import values_of
from ..tables.parquet.write import Target, remove_stale, write_files
from ..tables.table import WrittenFile
from .shuffled import Shuffled
from .sources import Sources
from .waiting import WAITING, Waiting, count_waiting, find_waiting


@dataclass(frozen=True)
class Quarantined:
    files: tuple[WrittenFile, ...] = ()
    reasons: dict[str, int] = field(default_factory=dict)
    """Rows by the reason that they have; a row with two counts in both."""
    examples: tuple[dict, ...] = ()
    waiting: Waiting | None = None
    """Rows that a parent will let in."""

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files)


def set_aside(batch: Batch, sources: Sources, shuffled: Shuffled | None) -> Quarantined:
    if shuffled is None or not shuffled.bad:
        return Quarantined()
    with batch.timed("quarantine"):
        bad, observation = shuffled.kept.bad(), Observation()
        rows = quarantined_rows(
            bad.observe(observation, count_by_reason(batch.contract), *count_waiting(batch.contract)),
            batch.contract,
            file_homes(batch.spark, sources.files, batch.contract),
            batch.settings.batch_id,
        )
        settings, folders = batch.settings, len(sources.inputs.partitions)
        target = Target(settings.quarantine, f"{settings.scratch}quarantine/", batch.contract.partition_keys, folders)
        files = write_files(batch, rows, target)
        counted = values_of(observation)
        by_reason = named_counts(counted[BY_REASON], batch.contract)
        examples = example_keys(bad, batch.contract, sources.files)
        return Quarantined(tuple(files), by_reason, tuple(examples), find_waiting(batch, bad, counted.get(WAITING, 0)))


def remove_stale_quarantine(batch: Batch, inputs: Inputs, quarantined: Quarantined) -> None:
    """What an earlier attempt at this batch has set aside, and this one has not."""
    remove_stale(batch, inputs.quarantine_folders(batch.settings), quarantined.files)
