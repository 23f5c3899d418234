"""
A copy of a Parquet file without the names of logical types that are newer than Spark's library. The values stay what they are: the library
reads the physical types, where it would refuse the whole file for one column.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from ...lake.inputs import SourceFile
from ...lake.store import S3Store
from .file_schema import is_new
from .footers import read_footer
from .thrift import Reader

# Fields of FileMetaData and of SchemaElement in parquet.thrift.
_SCHEMA, _LOGICAL_TYPE = 2, 10


def copy_without_new_types(store: S3Store, file: SourceFile, target: str) -> None:
    footer, _ = read_footer(store, file)
    kept, end = [], 0
    for start, after in _new_types(footer):
        kept.append(footer[end:start])
        end = after
    shorter = b"".join([*kept, footer[end:]])
    trailer = shorter + len(shorter).to_bytes(4, "little") + b"PAR1"
    body = file.size - len(footer) - 8
    store.write_from(target, _Joined(store.chunks(file.read_from), body, trailer))


def _new_types(footer: bytes) -> Iterator[tuple[int, int]]:
    """Where they begin and end. They are the last field of an element, so what follows needs no other number."""
    reader = Reader(footer)
    for _ in reader.fields(before=_SCHEMA):
        pass
    for _ in range(reader.list_size()):
        for number, start, value in reader.fields():
            if number == _LOGICAL_TYPE and is_new(value):
                yield start, reader.at


class _Joined(io.RawIOBase):
    """The first `size` bytes of some chunks, then `trailer`, as a file."""

    def __init__(self, chunks: Iterator[bytes], size: int, trailer: bytes):
        self._chunks, self._left, self._trailer, self._ready = chunks, size, trailer, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        if not self._ready and self._left:
            chunk = next(self._chunks)[: self._left]
            self._left -= len(chunk)
            self._ready = chunk
        if not self._ready and not self._left:
            self._ready, self._trailer = self._trailer, b""
        taken = self._ready[: len(buffer)]
        buffer[: len(taken)] = taken
        self._ready = self._ready[len(taken) :]
        return len(taken)
