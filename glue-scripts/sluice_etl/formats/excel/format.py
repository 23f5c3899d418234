"""Excel workbooks: a sheet whose columns go by the names in its header row."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pyspark.sql import DataFrame

from ...contract import Contract
from ...errors import UnreadableFileError
from ...lake.inputs import SourceFile
from ...lake.store import S3Store, in_parallel
from ..python_reader import PythonFormat, read_by_python
from ..source_format import Reading
from ..sources import CORRUPT, PATH, Source, match_columns, source_of, text_column
from . import cells, workbook
from .workbook import Workbook, WorkbookError


@dataclass(frozen=True)
class Sheet:
    """What of a workbook is read."""

    name: str | int | None
    header_row: int

    def records(self, content: bytes) -> Iterator[tuple[list[str | None], str | None]]:
        """Texts of each row below the header, and what is wrong with it."""
        return ((texts, wrong) for number, texts, wrong in Workbook(content).rows(self.name) if number > self.header_row)

    def header(self, content: bytes) -> tuple[str, ...]:
        rows = Workbook(content).rows(self.name)
        found = next((texts for number, texts, _ in rows if number == self.header_row), None)
        if found is None:
            raise WorkbookError(f"row {self.header_row}, which should hold the names of its columns, is empty")
        return tuple(text.strip() if text else "" for text in found)


class ExcelFormat(PythonFormat):
    is_text = False

    def find_sources(self, reading: Reading) -> list[Source]:
        sheet = _sheet(reading.contract)
        # A driver holds few workbooks at once.
        looked_at = in_parallel(lambda file: _look(reading.store, file, sheet), reading.files)
        counts = {file.uri: count for file, (_, count) in zip(reading.files, looked_at)}
        groups: dict[tuple[str, ...], list[SourceFile]] = defaultdict(list)
        for file, (header, _) in zip(reading.files, looked_at):
            groups[header].append(file)
        found = [_source(replace(reading, files=files), header, sheet) for header, files in groups.items()]
        return [replace(source, records=lambda: counts) for source in found]


def _sheet(contract: Contract) -> Sheet:
    return Sheet(contract.options.get("sheet"), contract.options.get("header_row", 1))


def _look(store: S3Store, file: SourceFile, sheet: Sheet) -> tuple[tuple[str, ...], int]:
    """Names in the header, and how many records there are; the job reads them again on its workers. Raises UnreadableFileError."""
    content = b"".join(store.chunks(file.read_from))
    try:
        return sheet.header(content), sum(1 for _ in sheet.records(content))
    except WorkbookError as error:
        raise UnreadableFileError(file.uri, str(error)) from error


def _source(reading: Reading, header: tuple[str, ...], sheet: Sheet) -> Source:
    contract = reading.contract
    names = {column.name: column.read_from if isinstance(column.read_from, str) else column.name for column in contract.columns}
    positions, unknown = match_columns(list(names.values()), list(header))
    if not positions:
        remedy = "Give source.options the sheet and header_row that the file has, or delete it"
        raise UnreadableFileError(reading.files[0].uri, f"its header names no column of {contract.dataset}", remedy)
    nulls = contract.options.get("null_values", [])
    columns = {name: text_column(f"__fields[{positions[in_file]}]", nulls) for name, in_file in names.items() if in_file in positions}
    return source_of(_rows(reading, len(header), sheet), columns, contract, [name for name in unknown if name], len(reading.files))


def _rows(reading: Reading, width: int, sheet: Sheet) -> DataFrame:
    modules = [sys.modules[__name__], workbook, cells]
    return read_by_python(reading, modules, lambda some: _read(some, width, sheet), f"__fields ARRAY<STRING>, {CORRUPT} STRING, {PATH} STRING")


def _read(files: Iterable, width: int, sheet: Sheet) -> Iterator[tuple[list[str | None], str | None, str]]:
    for content, path in files:
        for texts, wrong in sheet.records(bytes(content)):
            fields = [*texts[:width], *[None] * (width - len(texts))]
            yield fields, json.dumps([wrong, *texts], ensure_ascii=False) if wrong else None, path
