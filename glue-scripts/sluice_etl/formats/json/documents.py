"""JSON files that are no JSON lines, as a row for each of their records."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from pyspark.sql import DataFrame, SparkSession

from ...errors import UnreadableFileError
from ...lake.inputs import SourceFile
from ...lake.store import S3Store
from ..heads import head_bytes
from ..python_reader import take_along
from ..sources import PATH
from ..whole_files import pieces
from . import splitter
from .splitter import Splitter

# Each piece but a file's first begins behind one. No record ends with it, so what the last piece leaves open is broken in any case.
_BETWEEN_PIECES = b"{"
_FEED_BYTES = 1024 * 1024


def read_documents(spark: SparkSession, files: list[SourceFile], store: S3Store) -> DataFrame:
    """`value`, the text of a record as it stands in its file, and PATH."""
    take_along([sys.modules[__name__], splitter])
    rows = pieces(spark, files, store, _BETWEEN_PIECES.decode()).rdd.mapPartitions(_records)
    return spark.createDataFrame(rows, f"value BINARY, {PATH} STRING", verifySchema=False).selectExpr("CAST(value AS STRING) AS value", PATH)


def _records(rows: Iterable[tuple[bytearray, str]]) -> Iterator[tuple[bytearray, str]]:
    """Of whole files, one behind the other."""
    path, split, held, size = None, Splitter(), [], 0
    for piece, of in rows:
        if of != path:
            yield from _taken(split, held, path, last=True)
            path, split, held, size = of, Splitter(), [], 0
        else:
            piece = _BETWEEN_PIECES + piece
        held.append(piece)
        size += len(piece)
        if size >= _FEED_BYTES:
            yield from _taken(split, held, path)
            held, size = [], 0
    yield from _taken(split, held, path, last=True)


def _taken(split: Splitter, held: list[bytes], path: str | None, last: bool = False) -> Iterator[tuple[bytearray, str]]:
    found = split.feed(b"".join(held))
    for record in [*found, *split.end()] if last else found:
        yield bytearray(record), path


def head_records(store: S3Store, file: SourceFile, look: int) -> tuple[list[str], bool]:
    """Records that end in the first bytes of the file, and whether these are the whole file."""
    plain, whole = head_bytes(store, file, look)
    split = Splitter()
    found = split.feed(plain)
    return [record.decode(errors="replace") for record in [*found, *(split.end() if whole else [])]], whole


def records_in(file: SourceFile, chunks: Iterable[bytes]) -> int:
    """As read_documents() finds them. Raises UnreadableFileError for a file that is cut off."""
    split, count = Splitter(), 0
    for chunk in chunks:
        count += len(split.feed(chunk))
    count += len(split.end())
    if split.problem:
        raise UnreadableFileError(file.uri, split.problem)
    return count
