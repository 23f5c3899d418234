"""Header lines, read with small range requests so that files can be grouped by layout before Spark sees them."""

from __future__ import annotations

import csv
import zlib

from .errors import ConfigurationError
from .store import S3Store

FIRST_LOOK = 16 * 1024
LONGEST_HEADER = 1024 * 1024


def header_line(store: S3Store, uri: str, size: int, encoding: str = "utf-8") -> str | None:
    """The first line that is not blank, as it stands. None for a file without one."""
    look = FIRST_LOOK
    while True:
        content = store.head(uri, look)
        whole = look >= size
        text = _unzipped(content).decode(encoding, errors="replace") if uri.endswith(".gz") else content.decode(encoding, errors="replace")
        lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
        # Without the end of the file the last line may be cut off.
        for line in lines if whole else lines[:-1]:
            if line.strip():
                return line
        if whole:
            return None
        if look >= LONGEST_HEADER:
            raise ConfigurationError(f"no line end in the first {LONGEST_HEADER} bytes of {uri}; is it CSV?")
        look = min(look * 8, LONGEST_HEADER)


def header_names(line: str, delimiter: str, quote: str) -> list[str]:
    if len(delimiter) > 1:
        return [name.strip().strip(quote) for name in line.split(delimiter)]
    return next(csv.reader([line], delimiter=delimiter, quotechar=quote))


def _unzipped(content: bytes) -> bytes:
    return zlib.decompressobj(wbits=31).decompress(content)
