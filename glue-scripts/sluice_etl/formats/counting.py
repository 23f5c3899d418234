"""
How many records a text file has, counted without Spark while Spark reads it: what was read must be as many. The driver reads each object
once more for it, at several hundred MB a second.
"""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from ..errors import UnreadableFileError
from ..lake.inputs import SourceFile
from ..lake.store import S3Store
from .heads import unpacked
from .source_format import Reading
from .sources import PATH, Source, spark_path

# Counting holds Python's lock, reading and unpacking do not.
THREADS = 4
_MARK = b"\xef\xbb\xbf"

Counter = Callable[[SourceFile, Iterable[bytes]], int]


def counted_beside(store: S3Store, files: list[SourceFile], counter: Counter) -> Callable[[], dict[str, int]]:
    """Begins to count, and returns what waits for the result: records of each file by its URI. Raises UnreadableFileError."""

    def count(file: SourceFile) -> int:
        try:
            return counter(file, unpacked(file.read_from, store.chunks(file.read_from)))
        except (zlib.error, OSError, EOFError) as error:
            raise UnreadableFileError(file.uri, "it is not compressed as its name says") from error

    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="count")
    counts: list[tuple[SourceFile, Future]] = [(file, pool.submit(count, file)) for file in files]
    pool.shutdown(wait=False)
    return lambda: {file.uri: future.result() for file, future in counts}


def refuse_miscounted(reading: Reading, sources: list[Source], read: int, remedy: str) -> None:
    """Raises UnreadableFileError for a file of which Spark made more or fewer rows than it has records; `read`: rows of all files together."""
    expected = sources[0].records()
    if sum(expected.values()) == read:
        return
    found: dict[str, int] = defaultdict(int)
    for source in sources:
        for path, rows in source.frame.groupBy(PATH).count().collect():
            found[path] += rows
    for file in reading.files:
        rows = found[spark_path(file.read_from)]
        if rows != expected[file.uri]:
            raise UnreadableFileError(file.uri, f"it has {expected[file.uri]} records, of which the reader makes {rows} rows", remedy)


def without_mark(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes behind a byte order mark of UTF-8."""
    # The first chunk of a compressed file may be empty.
    begun = False
    for chunk in chunks:
        if chunk and not begun:
            begun, chunk = True, chunk.removeprefix(_MARK)
        if chunk:
            yield chunk


def lines_in(chunks: Iterable[bytes], blanks: bytes = b" ") -> int:
    """Lines that end with LF, CR or CRLF and hold more than `blanks`."""
    return sum(_whole_lines(piece, blanks) for piece in whole_lines(chunks))


def whole_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, cut only behind line ends."""
    rest = b""
    for chunk in chunks:
        # A CR at the end may be half of a CRLF.
        end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r", 0, len(chunk) - 1)) + 1
        if end == 0:
            rest += chunk
            continue
        yield rest + chunk[:end]
        rest = chunk[end:]
    if rest:
        yield rest


def _whole_lines(text: bytes, blanks: bytes) -> int:
    if _may_hold_blank_lines(text, blanks):
        return sum(1 for line in text.splitlines() if line.strip(blanks))
    ends = text.count(b"\n")
    if b"\r" in text:
        ends += text.count(b"\r") - text.count(b"\r\n")
    return ends + (text[-1:] not in (b"\n", b"\r"))


def _may_hold_blank_lines(text: bytes, blanks: bytes) -> bool:
    first = re.escape(blanks)
    # One search that nearly never stops is a quarter of the cost of a look at each line.
    within = rb"\n[\r\n" + first + rb"]" + (rb"|\r[\r" + first + rb"]" if b"\r" in text else b"")
    return text[:1] in (b"\n", b"\r", *(bytes([blank]) for blank in blanks)) or re.search(within, text) is not None
