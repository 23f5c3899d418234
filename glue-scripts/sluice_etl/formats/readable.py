"""
Objects that Spark passes over in silence for their name, or cannot unpack, are read from a copy: no file is lost for its name. What nothing
here unpacks is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pyarrow

from ..contract import Contract
from ..errors import UnreadableFileError
from ..lake.admission import is_hidden
from ..lake.inputs import SourceFile
from ..lake.store import CHUNK_BYTES, S3Store, in_parallel
from ..plan import Settings
from .limits import within_limit
from .source_format import SourceFormat

_BY_SPARK = (".gz", ".bz2")
_NOT_UNPACKED = (
    ".snappy", ".lz4", ".lzo", ".lzma", ".xz", ".z", ".br", ".deflate", ".zip", ".7z", ".rar", ".tar", ".tgz", ".tar.gz", ".tbz2", ".tar.bz2",
)  # fmt: skip

# Files that one message names.
_NAMED = 5


def readable(files: tuple[SourceFile, ...], format: SourceFormat, contract: Contract, settings: Settings, store: S3Store) -> list[SourceFile]:
    """The files as Spark can read them. Raises UnreadableFileError, which names the files that are packed in a way that is not read."""
    if format.is_text:
        _refuse_packed(files)

    def copied(numbered: tuple[int, SourceFile]) -> SourceFile:
        number, file = numbered
        target = f"{settings.run}scratch/input/{number}"
        if format.is_text and file.uri.lower().endswith(".zst"):
            _unpack_zst(file, target, contract, store)
            return replace(file, copied_to=target)
        if not is_passed_over(file.uri):
            return file
        suffix = next((ending for ending in _BY_SPARK if file.uri.lower().endswith(ending)), "")
        store.copy(file.uri, target + suffix)
        return replace(file, copied_to=target + suffix)

    return in_parallel(copied, list(enumerate(files)))


def is_passed_over(uri: str) -> bool:
    """Spark takes these for hidden; Hadoop paths fold empty and dot segments; the codec is chosen by a lower-case ending."""
    _, _, path = uri.partition("://") if "://" in uri else uri.partition(":")
    segments = path.lstrip("/").split("/")
    name = segments[-1]
    folded = any(segment in ("", ".", "..") for segment in segments)
    codec = name.lower().endswith(_BY_SPARK) and not name.endswith(_BY_SPARK)
    return is_hidden(name) or folded or codec


def _refuse_packed(files: tuple[SourceFile, ...]) -> None:
    packed = {file.uri: ending for file in files if (ending := _packed_ending(file))}
    if packed:
        uris, endings = list(packed), ", ".join(sorted(set(packed.values())))
        others = f"; so do {', '.join(uris[1:_NAMED])}{' and more' if len(uris) > _NAMED else ''}" if len(uris) > 1 else ""
        remedy = "Land it as plain text, .gz, .bz2 or .zst and delete it, or name it under source.exclude"
        raise UnreadableFileError(uris[0], f"files that end with {endings} are not unpacked{others}", remedy)


def _packed_ending(file: SourceFile) -> str | None:
    return max((ending for ending in _NOT_UNPACKED if file.uri.lower().endswith(ending)), key=len, default=None)


def _unpack_zst(file: SourceFile, target: str, contract: Contract, store: S3Store) -> None:
    try:
        with pyarrow.CompressedInputStream(pyarrow.PythonFile(_Stream(store.chunks(file.uri)), mode="r"), "zstd") as plain:
            pieces = iter(lambda: plain.read(CHUNK_BYTES), b"")
            store.write_from(target, _Stream(within_limit(file, pieces, contract)))
    except OSError as error:
        raise UnreadableFileError(file.uri, "it is not compressed as its name says, or cut off") from error


class _Stream:
    """A readable file over pieces of bytes."""

    closed = False

    def __init__(self, chunks: Iterable[bytes]):
        self._chunks, self._rest = iter(chunks), b""

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._rest) < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            self._rest += chunk
        size = len(self._rest) if size < 0 else size
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True
