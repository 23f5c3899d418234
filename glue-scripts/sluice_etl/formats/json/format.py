"""JSON: an object a line, or, with `multiline`, arrays and objects over many lines."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ...contract import Contract
from ...lake.inputs import SourceFile
from ..counting import Counts, lines_in, refuse_miscounted, without_mark
from ..heads import head_lines
from ..source_format import Reading, SourceFormat
from ..sources import ILLEGIBLE, PATH, RAW_BYTES, Source, SourceColumn, load, quoted
from . import keys
from .documents import head_records, read_documents, records_in
from .places import paths_of, shape_of
from .records import records

# White space of JSON that ends no line.
BLANKS = b" \t"


class JsonFormat(SourceFormat):
    def find_sources(self, reading: Reading) -> list[Source]:
        files, contract, multiline = reading.files, reading.contract, _is_multiline(reading.contract)
        groups: dict[tuple[str, ...], list[SourceFile]] = defaultdict(list)
        missing, unknown = defaultdict(Counter), defaultdict(Counter)
        shape = shape_of(contract)
        head = head_records if multiline else head_lines
        found = keys.keys_of(files, contract, lambda file: head(reading.store, file, keys.LOOK), lambda some: _lines(replace(reading, files=some)))
        for file, has in zip(files, found):
            lacking = [column.name for column in contract.columns if not any(map(has.has, paths_of(column)))] if has.paths else []
            # Only a contract that sets rows aside for it needs to tell the files apart; else one frame reads them all.
            group = tuple(lacking) if contract.missing == "quarantine" else ()
            groups[group].append(file)
            missing[group].update(lacking)
            missing[group].update(map(".".join, has.missing_inside(shape)))
            unknown[group].update(".".join(path) for path in has.unknown if path[0] not in contract.beside)
        sources = [_source(replace(reading, files=members), group, missing[group], unknown[group]) for group, members in groups.items()]
        counted = Counts(reading, files, records_in if multiline else _lines_in)
        return [replace(source, records=counted) for source in sources]

    def check_rows(self, reading: Reading, sources: list[Source], read: int) -> None:
        look = "Look for broken quotes and brackets in it, land" if _is_multiline(reading.contract) else "Land"
        refuse_miscounted(reading, sources, read, f"{look} it again or delete it")

    def malformed_source(self, lines: DataFrame, contract: Contract) -> Source:
        columns = {name: SourceColumn(f"__record.{quoted(name)}") for name in contract.column_names}
        return Source(records(lines, contract, f"({RAW_BYTES} IS NOT NULL OR {ILLEGIBLE})", RAW_BYTES), columns)


def _source(reading: Reading, lacking: tuple[str, ...], missing: dict[str, int], unknown: dict[str, int]) -> Source:
    contract = reading.contract
    present = [name for name in contract.column_names if name not in lacking]
    columns = {name: SourceColumn(f"__record.{quoted(name)}") for name in present}
    return Source(records(_lines(reading), contract), columns, dict(missing), dict(unknown))


def _lines(reading: Reading) -> DataFrame:
    """A row for each record: `value`, its text, and PATH."""
    if _is_multiline(reading.contract):
        return read_documents(reading.spark, reading.files, reading.store)
    lines = load(reading.spark, "text", [file.read_from for file in reading.files])
    return lines.select("value", F.col("_metadata.file_path").alias(PATH))


def _lines_in(file: SourceFile, chunks: Iterable[bytes]) -> int:
    return lines_in(file, without_mark(chunks), BLANKS)


def _is_multiline(contract: Contract) -> bool:
    return contract.options.get("multiline", False)
