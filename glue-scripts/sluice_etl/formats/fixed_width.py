"""Lines in which each column is at its positions."""

from __future__ import annotations

from collections.abc import Iterable

from pyspark.sql import DataFrame

from ..contract import Column, Contract
from ..lake.inputs import SourceFile
from .counting import Counts, lines_in, refuse_miscounted, without_mark
from .lines import illegible, raw_bytes, read_lines
from .source_format import Reading, SourceFormat
from .sources import CORRUPT, RAW_BYTES, REPLACED, Source, SourceColumn, literal, text_column

_BLANKS = "' \\t'"


class FixedWidthFormat(SourceFormat):
    def find_sources(self, reading: Reading) -> list[Source]:
        if not reading.files:
            return []
        contract, encoding = reading.contract, _encoding(reading.contract)
        lines = read_lines(reading.spark, reading.files, encoding)
        records = _records(lines, contract, illegible(encoding), raw_bytes(encoding))
        return [Source(records, _columns(contract), records=Counts(reading, reading.files, _records_in))]

    def check_rows(self, reading: Reading, sources: list[Source], read: int) -> None:
        refuse_miscounted(reading, sources, read, "Look for line ends within its lines, land it again or delete it")

    def malformed_source(self, lines: DataFrame, contract: Contract) -> Source:
        text = f"coalesce(decode(unbase64({RAW_BYTES}), {literal(_encoding(contract))}), value)"
        beside = [name for name in lines.columns if name != "value"]
        again = lines.selectExpr(f"{text} AS value", *beside)
        return Source(_records(again, contract, f"contains(value, '{REPLACED}')", RAW_BYTES), _columns(contract))


def _encoding(contract: Contract) -> str:
    return contract.options.get("encoding", "utf-8")


def _records_in(file: SourceFile, chunks: Iterable[bytes]) -> int:
    return lines_in(file, without_mark(chunks))


def _records(lines: DataFrame, contract: Contract, unread: str, raw_bytes: str) -> DataFrame:
    """
    `value` of good lines, and CORRUPT of others: a line that ends before the last position was cut off, or is of another kind. `unread`: SQL that
    is true for a line with bytes that are no text.
    """
    last = max(column.at[1] for column in contract.columns)
    beside = [name for name in lines.columns if name not in ("value", RAW_BYTES)]
    broken = f"(({unread}) OR char_length(value) < {last})"
    return lines.where("trim(value) <> ''").selectExpr(
        *beside,
        f"CASE WHEN {broken} THEN decode(CAST(value AS BINARY), 'UTF-8') END AS {CORRUPT}",
        f"CASE WHEN {unread} THEN {raw_bytes} END AS {RAW_BYTES}",
        f"CASE WHEN NOT {broken} THEN value END AS __line",
    )


def _columns(contract: Contract) -> dict[str, SourceColumn]:
    return {column.name: _value(column, contract) for column in contract.columns}


def _value(column: Column, contract: Contract) -> SourceColumn:
    """Blanks fill a field up on either side, and are no part of its value."""
    first, last = column.at
    value = f"trim(BOTH {_BLANKS} FROM substring(__line, {first}, {last - first + 1}))"
    return text_column(value, contract.options.get("null_values", []))
