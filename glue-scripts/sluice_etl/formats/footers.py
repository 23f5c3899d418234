"""What formats share whose files have a schema and a count of rows in a footer."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from pyspark.sql import DataFrame

from ..contract import Contract
from ..errors import UnreadableFileError
from ..lake.inputs import SourceFile
from .source_format import Reading, SourceFormat
from .sources import CORRUPT, PATH, Source, SourceColumn, spark_path


class FooterFormat(SourceFormat):
    is_text = False

    @abstractmethod
    def by_schema(self, reading: Reading) -> list[tuple[list[SourceFile], list[Any]]]:
        """Files of one schema, which Spark reads together, each with its footer, which has `rows`. Raises UnreadableFileError."""

    @abstractmethod
    def source(self, reading: Reading, footer: Any, files: list[SourceFile]) -> Source:
        """The rows of files that have the footer's schema."""

    def malformed_source(self, lines: DataFrame, contract: Contract) -> Source:
        """Such a file has no records that cannot be taken apart: what a contract of another format set aside stays where it is."""
        columns = {name: SourceColumn("CAST(NULL AS STRING)") for name in contract.column_names}
        return Source(lines.withColumnRenamed("value", CORRUPT), columns)

    def check_rows(self, reading: Reading, sources: list[Source], read: int) -> None:
        counted = [source.rows for source in sources]
        if None in counted or sum(counted) == read:
            return
        for files, footers in self.by_schema(reading):
            frame = self.source(reading, footers[0], files).frame
            rows = {row[PATH]: row["count"] for row in frame.groupBy(PATH).count().collect()}
            for file, footer in zip(files, footers):
                found = rows.get(spark_path(file.read_from), 0)
                if found != footer.rows:
                    raise UnreadableFileError(file.uri, f"its footer counts {footer.rows} rows, but {found} can be read")

    def readable_together(self, reading: Reading) -> list[list[SourceFile]]:
        return [files for files, _ in self.by_schema(reading)]

    def whole(self, reading: Reading) -> DataFrame:
        files, footers = self.by_schema(reading)[0]
        return self.source(reading, footers[0], files).frame
