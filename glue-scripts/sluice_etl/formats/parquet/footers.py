"""
What the footers of Parquet files tell without reading a row, from their last bytes. Format and numbers are those of
https://github.com/apache/parquet-format, README.md and src/main/thrift/parquet.thrift.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...errors import UnreadableFileError
from ...lake.inputs import SourceFile
from ...lake.store import S3Store, StoredObject, in_parallel
from .thrift import Reader

FIRST_LOOK = 64 * 1024
_MAGIC, _ENCRYPTED = b"PAR1", b"PARE"
# Of FileMetaData. What describes the columns is in front of it.
_ROWS = 3
_LAND_AGAIN, _PUT_BACK = "Land it again or delete it", "It is a file of the table: put it back as it was, or delete it"


@dataclass(frozen=True)
class Footer:
    schema: bytes
    """The first part of FileMetaData, which describes the columns: files for which it is the same can be read together."""
    rows: int


def read_footer(store: S3Store, file: SourceFile) -> tuple[bytes, Footer]:
    """Of a file that has landed: all of its FileMetaData, and what that tells. Raises UnreadableFileError and FileGoneError."""
    content = _content(store, file.read_from, file.uri, _LAND_AGAIN)
    return content, _told(content, file.uri, _LAND_AGAIN)


def footers(store: S3Store, files: Sequence[StoredObject]) -> list[Footer]:
    """Of files that the job has written, now or earlier, in their order. Raises UnreadableFileError and FileGoneError."""
    # Thousands of files have one schema.
    schemas: dict[bytes, bytes] = {}

    def read(file: StoredObject) -> Footer:
        found = _told(_content(store, file.uri, file.uri, _PUT_BACK), file.uri, _PUT_BACK)
        return Footer(schemas.setdefault(found.schema, found.schema), found.rows)

    return in_parallel(read, list(files))


def broken(uri: str, remedy: str = _LAND_AGAIN) -> UnreadableFileError:
    return UnreadableFileError(uri, "its footer is broken", remedy)


def _told(content: bytes, uri: str, remedy: str) -> Footer:
    try:
        for number, start, value in Reader(content).fields(last=_ROWS):
            if number == _ROWS and isinstance(value, int):
                return Footer(content[:start], value)
    except (IndexError, ValueError, RecursionError) as error:
        raise broken(uri, remedy) from error
    raise broken(uri, remedy)


def _content(store: S3Store, read_from: str, uri: str, remedy: str) -> bytes:
    tail = store.tail(read_from, FIRST_LOOK)
    if tail[-4:] == _ENCRYPTED:
        raise UnreadableFileError(uri, "its footer is encrypted", "Write it without encryption and land it again" if remedy == _LAND_AGAIN else remedy)
    if len(tail) < 12 or tail[-4:] != _MAGIC:
        raise UnreadableFileError(uri, "it does not end as a Parquet file does: it is cut off, or no Parquet", remedy)
    length = int.from_bytes(tail[-8:-4], "little")
    if length + 8 > len(tail):
        tail = store.tail(read_from, length + 8)
    return tail[-8 - length : -8]
