"""Header lines, read with small range requests so that files can be grouped by layout before Spark sees them."""

from __future__ import annotations

import csv

from ...contract import Contract
from ...errors import ConfigurationError
from ..heads import FIRST_LOOK, head_lines
from ...lake.inputs import SourceFile
from ...lake.store import S3Store

LONGEST_HEADER = 1024 * 1024


def header_line(store: S3Store, file: SourceFile, encoding: str) -> str | None:
    """The first line that is not blank, as it stands. None for a file without one."""
    look = FIRST_LOOK
    while True:
        lines, whole = head_lines(store, file, look, encoding)
        for line in lines:
            if line.strip():
                return line
        if whole:
            return None
        if look >= LONGEST_HEADER:
            raise ConfigurationError(f"no line end in the first {LONGEST_HEADER} bytes of {file.uri}; is it CSV?")
        look = min(look * 8, LONGEST_HEADER)


def header_names(line: str, delimiter: str, quote: str) -> list[str]:
    if len(delimiter) > 1:
        return [name.strip().strip(quote) for name in line.split(delimiter)]
    return next(csv.reader([line], delimiter=delimiter, quotechar=quote))


def refuse_header(file: SourceFile, contract: Contract, options: dict, store: S3Store) -> None:
    """
    For a contract that does not say whether its files have headers: one among the data would be a row, of strings even a good one.
    Raises ConfigurationError where the file's first line names every column.
    """
    lines, _ = head_lines(store, file, FIRST_LOOK, options["encoding"])
    first = next((line for line in lines if line.strip()), "")
    named = {name.strip().lower() for name in header_names(first, options["delimiter"], options["quote"])}
    if named.issuperset(name.lower() for name in contract.column_names):
        raise ConfigurationError(
            f"the first line of {file.uri} names the columns of {contract.dataset}, whose contract does not say whether files have a header: "
            "give source.options `header: true`, or `header: false` if that line is data; deploy it, then redrive the batch"
        )
