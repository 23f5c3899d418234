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
from threading import Event
from uuid import uuid4

from ..errors import UnreadableFileError
from ..lake.inputs import SourceFile
from .heads import is_packed, unpacked
from .limits import LONGEST_LINE, refuse_long_line, within_limit
from .source_format import Reading
from .sources import PATH, Source, spark_path

# Counting holds Python's lock, reading and unpacking do not.
THREADS = 4
_MARK = b"\xef\xbb\xbf"

Counter = Callable[[SourceFile, Iterable[bytes]], int]
# Spark may not have begun when a file is refused: its jobs are cancelled again each second, for so long.
_CANCEL_SECONDS = 120


class Counts:
    """Records of each file by its URI, as soon as they are counted. A file that is refused meanwhile stops Spark, which may be in the midst of it."""

    def __init__(self, reading: Reading, files: list[SourceFile], counter: Counter):
        self._reading, self._counter, self._over = reading, counter, Event()
        self._refused: UnreadableFileError | None = None
        self._spark, self._tag = reading.spark.sparkContext, f"count-{uuid4().hex}"
        self._spark.addJobTag(self._tag)
        pool = ThreadPoolExecutor(THREADS, thread_name_prefix="count")
        self._counts: list[tuple[SourceFile, Future]] = [(file, pool.submit(self._count, file)) for file in files]
        pool.shutdown(wait=False)

    def __call__(self) -> dict[str, int]:
        """Waits for all. Raises UnreadableFileError."""
        self._end()
        return {file.uri: future.result() for file, future in self._counts}

    def refusal(self) -> UnreadableFileError | None:
        """For what a file has been refused by now."""
        self._end()
        return self._refused

    def _end(self) -> None:
        self._over.set()
        self._spark.removeJobTag(self._tag)

    def _count(self, file: SourceFile) -> int:
        plain = unpacked(file.read_from, self._reading.store.chunks(file.read_from))
        try:
            return self._counter(file, within_limit(file, plain, self._reading.contract) if is_packed(file.read_from) else plain)
        except (zlib.error, OSError, EOFError) as error:
            raise UnreadableFileError(file.uri, "it is not compressed as its name says") from error
        except UnreadableFileError as error:
            self._refused = error
            for _ in range(_CANCEL_SECONDS):
                self._spark.cancelJobsWithTag(self._tag)
                if self._over.wait(1):
                    break
            raise


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


def lines_in(file: SourceFile, chunks: Iterable[bytes], blanks: bytes = b" ") -> int:
    """Lines that end with LF, CR or CRLF and hold more than `blanks`. Raises UnreadableFileError for a line that is too long."""
    return sum(_whole_lines(piece, blanks) for piece in whole_lines(file, chunks))


def whole_lines(file: SourceFile, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, cut only behind line ends. Raises UnreadableFileError for a line that is too long."""
    rest = b""
    for chunk in chunks:
        # A CR at the end may be half of a CRLF.
        end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r", 0, len(chunk) - 1)) + 1
        if len(rest) + (_first_line(chunk) if end else len(chunk)) > LONGEST_LINE:
            refuse_long_line(file)
        if end == 0:
            rest += chunk
            continue
        yield rest + chunk[:end]
        rest = chunk[end:]
    if rest:
        yield rest


def _first_line(chunk: bytes) -> int:
    """Length of the first line of a chunk that has a line end."""
    return min(at for end in (b"\n", b"\r") if (at := chunk.find(end)) >= 0)


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
