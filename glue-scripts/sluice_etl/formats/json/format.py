"""JSON, an object a line."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ...contract import Contract
from ...lake.inputs import SourceFile
from ..counting import counted_beside, lines_in, refuse_miscounted, without_mark
from ..source_format import Reading, SourceFormat
from ..sources import ILLEGIBLE, PATH, RAW_BYTES, Source, SourceColumn, load, quoted
from .keys import keys_of
from .places import paths_of, shape_of
from .records import records


# White space of JSON that ends no line.
BLANKS = b" \t"


class JsonFormat(SourceFormat):
    def find_sources(self, reading: Reading) -> list[Source]:
        spark, files, contract = reading.spark, reading.files, reading.contract
        groups: dict[tuple[str, ...], list[SourceFile]] = defaultdict(list)
        missing, unknown = defaultdict(Counter), defaultdict(Counter)
        shape = shape_of(contract)
        for file, keys in zip(files, keys_of(spark, files, contract, reading.store)):
            lacking = [column.name for column in contract.columns if not any(map(keys.has, paths_of(column)))] if keys.paths else []
            # Only a contract that sets rows aside for it needs to tell the files apart; else one frame reads them all.
            group = tuple(lacking) if contract.missing == "quarantine" else ()
            groups[group].append(file)
            missing[group].update(lacking)
            missing[group].update(map(".".join, keys.missing_inside(shape)))
            unknown[group].update(map(".".join, keys.unknown))
        sources = [_source(replace(reading, files=members), group, missing[group], unknown[group]) for group, members in groups.items()]
        counted = counted_beside(reading.store, files, lambda _, chunks: lines_in(without_mark(chunks), BLANKS))
        return [replace(source, records=counted) for source in sources]

    def check_rows(self, reading: Reading, sources: list[Source], read: int) -> None:
        refuse_miscounted(reading, sources, read, "Land it again or delete it")

    def malformed_source(self, lines: DataFrame, contract: Contract) -> Source:
        columns = {name: SourceColumn(f"__record.{quoted(name)}") for name in contract.column_names}
        return Source(records(lines, contract, f"({RAW_BYTES} IS NOT NULL OR {ILLEGIBLE})", RAW_BYTES), columns)


def _source(reading: Reading, lacking: tuple[str, ...], missing: dict[str, int], unknown: dict[str, int]) -> Source:
    contract, uris = reading.contract, [file.read_from for file in reading.files]
    lines = load(reading.spark, "text", uris).select("value", F.col("_metadata.file_path").alias(PATH))
    present = [name for name in contract.column_names if name not in lacking]
    columns = {name: SourceColumn(f"__record.{quoted(name)}") for name in present}
    return Source(records(lines, contract), columns, dict(missing), dict(unknown))
