"""What a source format is to the job: one object, found by its name in the registry. Its catalog half is in infra/packaging/dataset/tables.ts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession

from ..contract import Contract
from ..lake.inputs import SourceFile
from ..lake.store import S3Store
from .sources import Source, load


@dataclass(frozen=True)
class Reading:
    """The files of one batch and what is needed to read them."""

    spark: SparkSession
    files: list[SourceFile]
    contract: Contract
    store: S3Store | None
    """None where nothing is looked up beside the rows."""
    scratch: str = ""
    """Folder for copies of files, which goes with the batch."""


class SourceFormat(ABC):
    is_text = True
    """Whether files may be packed: as .gz, .bz2 or .zst."""

    @abstractmethod
    def find_sources(self, reading: Reading) -> list[Source]:
        """A source for each layout among the files. Raises UnreadableFileError."""

    @abstractmethod
    def malformed_source(self, lines: DataFrame, contract: Contract) -> Source:
        """
        The records of quarantine that could not be taken apart, taken apart again: a row each of `value` (the text of the record), PATH and
        ORIGIN.
        """

    def find_sources_again(self, reading: Reading, sources: list[Source], read: int) -> list[Source] | None:
        """Other sources, where those gave fewer or more rows (`read`) than the files have and others give as many. None where all is well."""
        return None

    def check_rows(self, reading: Reading, sources: list[Source], read: int) -> None:
        """Compares the rows that were read with those that the files count themselves. Raises UnreadableFileError."""

    def readable_together(self, reading: Reading) -> list[list[SourceFile]]:
        """The files in groups that Spark can read in one frame. Raises UnreadableFileError."""
        return [reading.files]

    def whole(self, reading: Reading) -> DataFrame:
        """All that is read of one group of files: reading it to its end fails where one of the files is broken."""
        return load(reading.spark, "text", [file.read_from for file in reading.files])
