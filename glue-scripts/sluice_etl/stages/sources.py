"""The batch's files, taken apart by their format."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from ..batch import Batch
from ..formats.counting import Counts
from ..formats.readable import readable
from ..formats.registry import FORMATS
from ..formats.replay import QUARANTINE, files_to_replay
from ..formats.scan import Drift, find_drift
from ..formats.source_format import Reading, SourceFormat
from ..formats.sources import Source
from ..formats.unreadable import naming_unreadable
from ..lake.inputs import Inputs, SourceFile


@dataclass(frozen=True)
class Sources:
    inputs: Inputs
    format: SourceFormat
    files: list[SourceFile]
    found: list[Source]
    """A frame for each layout of the files."""
    drift: Drift = field(default_factory=lambda: Drift({}, {}))


def open_sources(batch: Batch, inputs: Inputs) -> Sources:
    if batch.plan.reads == "quarantine":
        sources = Sources(inputs, QUARANTINE, files_to_replay(inputs.files, batch.settings, batch.store), [])
    else:
        format = FORMATS[batch.contract.format]
        sources = Sources(inputs, format, readable(inputs.files, format, batch.contract, batch.settings, batch.store), [])
    with naming_broken_file(batch, sources):
        found = sources.format.find_sources(_reading(batch, sources))
    copies = {uri: copy for source in found for uri, copy in source.copies.items()}
    files = [replace(file, copied_to=copies.get(file.uri, file.copied_to)) for file in sources.files]
    return replace(sources, files=files, found=found, drift=find_drift(found, batch.contract))


def open_again(batch: Batch, sources: Sources, read: int) -> Sources | None:
    """Where `sources` gave fewer or more rows than the files have, others that give as many; None where all is well."""
    found = sources.format.find_sources_again(_reading(batch, sources), sources.found, read)
    return replace(sources, found=found) if found else None


def check_rows(batch: Batch, sources: Sources, read: int) -> None:
    """Raises UnreadableFileError for a file of which fewer or more rows were read than it has."""
    sources.format.check_rows(_reading(batch, sources), sources.found, read)


@contextmanager
def naming_broken_file(batch: Batch, sources: Sources) -> Iterator[None]:
    """A file that Spark cannot read in here is named. Raises UnreadableFileError."""
    refusals = (source.records.refusal for source in sources.found if isinstance(source.records, Counts))
    with naming_unreadable(_reading(batch, sources), sources.format, next(refusals, lambda: None)):
        yield


def _reading(batch: Batch, sources: Sources) -> Reading:
    return Reading(batch.spark, sources.files, batch.contract, batch.store, f"{batch.settings.run}scratch/input/")
