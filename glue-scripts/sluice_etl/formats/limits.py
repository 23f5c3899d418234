"""How much one file may be of: what a packed one may unpack to, and how long a line of text may be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..contract import Contract
from ..errors import UnreadableFileError
from ..lake.inputs import SourceFile

LONGEST_LINE = 64 * 1024 * 1024
"""Bytes. Spark's reader leaves longer lines out (session.py), so the count names their file."""

# Text seldom becomes a fiftieth of its size; a file that is made to fill a disk, a thousandth.
MOST_TIMES = 200
FREE_BYTES = 1_000_000_000
_GB = 1_000_000_000


def most_unpacked(file: SourceFile, contract: Contract) -> int:
    """Bytes that the file may unpack to."""
    most = contract.options.get("max_unpacked_gb")
    return max(FREE_BYTES, MOST_TIMES * file.size) if most is None else int(most * _GB)


def within_limit(file: SourceFile, plain: Iterable[bytes], contract: Contract) -> Iterator[bytes]:
    """The same bytes. Raises UnreadableFileError where they are more than the file may unpack to."""
    most, seen = most_unpacked(file, contract), 0
    for piece in plain:
        seen += len(piece)
        if seen > most:
            remedy = "Land it in smaller files and delete it, or give source.options a larger max_unpacked_gb and deploy it"
            raise UnreadableFileError(file.uri, f"its {file.size} bytes unpack to more than {most / _GB:g} GB", remedy)
        yield piece


def refuse_long_line(file: SourceFile) -> None:
    """Raises UnreadableFileError."""
    remedy = "Look for a missing line end, land it again or delete it"
    raise UnreadableFileError(file.uri, f"a line of it is longer than {LONGEST_LINE >> 20} MB", remedy)
