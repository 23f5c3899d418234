"""Columns and row count in the footer of an ORC file, as Arrow reads them."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pyarrow
from pyarrow import orc

from ...errors import UnreadableFileError
from ...lake.inputs import SourceFile
from ...lake.store import S3Store
from .columns import unreadable

FIRST_LOOK = 64 * 1024


@dataclass(frozen=True)
class Footer:
    schema: pyarrow.Schema
    rows: int
    by_java: bool
    """Whether ORC's Java library wrote it. Where its files do not tell their calendar, days before 1582 are those of the Julian one."""


def read_footer(store: S3Store, file: SourceFile) -> Footer:
    """Raises UnreadableFileError for a file that has no such footer."""
    size = file.size if file.copied_to is None else store.size(file.copied_to)
    try:
        found = orc.ORCFile(pyarrow.PythonFile(_Tail(store, file.read_from, size), mode="r"))
        footer = Footer(found.schema, found.nrows, found.writer == "ORC_JAVA")
    except (pyarrow.ArrowException, OSError) as error:
        raise UnreadableFileError(file.uri, "it is cut off, damaged or no ORC file: its footer cannot be read") from error
    for field in footer.schema:
        if what := unreadable(field.type):
            raise UnreadableFileError(file.uri, f"its column {field.name} has {what}, which Spark's reader does not take", "Write it without that and land it again")
    return footer


class _Tail(io.RawIOBase):
    """An object of which only the end is fetched, as far as it is asked for."""

    def __init__(self, store: S3Store, uri: str, size: int):
        self._store, self._uri, self._size, self._at = store, uri, size, 0
        self._tail = store.tail(uri, min(size, FIRST_LOOK)) if size else b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def read(self, size: int = -1) -> bytes:
        if self._at < self._size - len(self._tail):
            self._tail = self._store.tail(self._uri, self._size - self._at)
        start = self._at - (self._size - len(self._tail))
        taken = self._tail[start:] if size < 0 else self._tail[start : start + size]
        self._at += len(taken)
        return taken
