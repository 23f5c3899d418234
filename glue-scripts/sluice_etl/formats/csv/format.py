"""CSV files, grouped by their headers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import reduce

from pyspark.sql import DataFrame

from ...contract import Contract
from ...errors import UnreadableFileError
from ...lake.inputs import SourceFile
from ...lake.store import in_parallel
from ..counting import Counts, refuse_miscounted
from ..lines import illegible, raw_bytes, read_lines
from ..source_format import Reading, SourceFormat
from ..sources import CORRUPT, PATH, Source, SourceColumn, literal, match_columns, source_of, spark_path, text_column
from .counting import records_in
from .header import Head, checked_names, other_delimiter, read_head, refuse_header
from .inside import drift_inside
from .multiline import read_records
from .options import CsvOptions, csv_options
from .records import records
from .replayed import replayed_records


class CsvFormat(SourceFormat):
    def find_sources(self, reading: Reading) -> list[Source]:
        options = csv_options(reading.contract)
        if not reading.files:
            return []
        if options.header is None:
            refuse_header(reading.files[0], reading.contract, options, read_head(reading.store, reading.files[0], options))
        groups = _groups(reading, options)
        sources = [_source(reading, options, head, group, {}) for head, group in groups]
        headers = {file.uri: _lines_of_header(head, options) for head, group in groups for file in group}
        counted = Counts(
            reading, reading.files, lambda file, chunks: records_in(file, chunks, options) - headers.get(file.uri, 0)
        )
        return [replace(source, records=counted) for source in sources]

    def find_sources_again(self, reading: Reading, sources: list[Source], read: int) -> list[Source] | None:
        """
        Lines have no number that is cheap to know: all that look like the header are left out, and those that were data come back here.
        None where as many records were read as were counted.
        """
        options = csv_options(reading.contract)
        if not options.header or options.multiline or sum(sources[0].records().values()) == read:
            return None
        repeated = _repeated_headers(reading, options)
        if not repeated:
            return None
        again = [_source(reading, options, head, group, repeated) for head, group in _groups(reading, options)]
        return [replace(source, records=sources[0].records) for source in again]

    def check_rows(self, reading: Reading, sources: list[Source], read: int) -> None:
        refuse_miscounted(reading, sources, read, "Look for broken quotes in it, land it again or delete it")

    def whole(self, reading: Reading) -> DataFrame:
        options = csv_options(reading.contract)
        groups = _groups(reading, options) if options.multiline else []
        if not groups:
            return super().whole(reading)
        return reduce(DataFrame.union, [_source(reading, options, head, files, {}).frame.select(PATH, CORRUPT) for head, files in groups])

    def malformed_source(self, lines: DataFrame, contract: Contract) -> Source:
        options = csv_options(contract)
        if options.header:
            # Which column a value belongs to stood in the header of a file that may be gone: only a new landing can tell.
            columns = {name: SourceColumn("CAST(NULL AS STRING)") for name in contract.column_names}
            return Source(lines.withColumnRenamed("value", CORRUPT), columns)
        columns = {name: _column(index, options) for index, name in enumerate(contract.column_names)}
        return Source(replayed_records(lines, options, len(contract.columns)), columns)


def _groups(reading: Reading, options: CsvOptions) -> list[tuple[Head | None, list[SourceFile]]]:
    """Files by what they begin with: those without a record are in no group."""
    if not options.header and not options.multiline:
        return [(None, reading.files)]
    heads = in_parallel(lambda file: read_head(reading.store, file, options), reading.files)
    groups: dict[Head, list[SourceFile]] = defaultdict(list)
    for file, head in zip(reading.files, heads):
        if head is not None:
            groups[head if options.header else replace(head, text="")].append(file)
    return list(groups.items())


def _source(reading: Reading, options: CsvOptions, head: Head | None, files: list[SourceFile], repeated: dict[str, list[str]]) -> Source:
    """`repeated`: what _repeated_headers() has found; without it, every line like one of its file's header is taken for the header."""
    contract = reading.contract
    names = {column.name: column.read_from if isinstance(column.read_from, str) else column.name for column in contract.columns}
    found = list(names.values())
    if options.header:
        found = checked_names(files[0], head, options)
    positions, unknown = match_columns(list(names.values()), found)
    if not positions:
        remedy = "Give source.options the header, delimiter and encoding that the file has, or delete it"
        raise UnreadableFileError(files[0].uri, f"its first line names no column of {contract.dataset}{other_delimiter(found, names)}", remedy)
    if options.multiline:
        frame = read_records(reading.spark, files, options, len(found), head.line_end, head.marked)
    else:
        frame = records(_data_lines(reading, options, head, files, repeated), options, len(found), illegible(options.encoding), raw_bytes(options.encoding))
    columns = {name: _column(positions[file_name], options) for name, file_name in names.items() if file_name in positions}
    source = source_of(frame, columns, contract, unknown, len(files))
    at = {positions[names[column.name]]: column for column in contract.columns if names[column.name] in positions}
    missing_inside, unknown_inside = drift_inside(reading.store, files, options, at)
    return replace(source, missing={**source.missing, **missing_inside}, unknown={**source.unknown, **unknown_inside})


def _lines_of_header(head: Head | None, options: CsvOptions) -> int:
    """As the count of records counts them: lines, unless records may hold line ends."""
    if not options.header or head is None:
        return 0
    return 1 if options.multiline else len(head.lines)


def _column(index: int, options: CsvOptions) -> SourceColumn:
    return text_column(f"__c{index}", options.null_values)


def _data_lines(reading: Reading, options: CsvOptions, head: Head | None, files: list[SourceFile], repeated: dict[str, list[str]]) -> DataFrame:
    lines = read_lines(reading.spark, files, options.encoding)
    if not options.header:
        return lines
    lines = lines.where(f"value NOT IN ({', '.join(map(literal, head.lines))})")
    paths = {spark_path(file.read_from) for file in files}
    again = [(line, path) for path, found in repeated.items() if path in paths for line in found]
    if not again:
        return lines
    rows = reading.spark.createDataFrame(again, f"value STRING, {PATH} STRING")
    return lines.unionByName(rows, allowMissingColumns=True)


def _repeated_headers(reading: Reading, options: CsvOptions) -> dict[str, list[str]]:
    """PATH → lines like those of its header that stand in the file again as data. Reads raw once more."""
    found: dict[str, list[str]] = {}
    for head, group in _groups(reading, options):
        lines = read_lines(reading.spark, group, options.encoding).where(f"value IN ({', '.join(map(literal, head.lines))})")
        for value, path, count in lines.groupBy("value", PATH).count().collect():
            found.setdefault(path, []).extend([value] * (count - head.lines.count(value)))
    return {path: lines for path, lines in found.items() if lines}

