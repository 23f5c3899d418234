"""The first lines of an object, by one range request."""

from __future__ import annotations

import bz2
import zlib

from ..errors import UnreadableFileError
from ..lake.inputs import SourceFile
from ..lake.store import S3Store

FIRST_LOOK = 16 * 1024


def head_lines(store: S3Store, file: SourceFile, look: int, encoding: str = "utf-8") -> tuple[list[str], bool]:
    """The complete lines in the first bytes, and whether these are the whole file. Raises UnreadableFileError."""
    content = store.head(file.read_from, look)
    whole = look >= file.size
    try:
        plain = _unpacked(file.uri.lower(), content)
    except (zlib.error, OSError) as error:
        raise UnreadableFileError(file.uri, f"it is not compressed as its name says ({error})") from error
    text = plain.decode(encoding, errors="replace").removeprefix("\ufeff")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return (lines if whole else lines[:-1]), whole


def _unpacked(name: str, content: bytes) -> bytes:
    if name.endswith(".gz"):
        return zlib.decompressobj(wbits=31).decompress(content)
    if name.endswith(".bz2"):
        return bz2.BZ2Decompressor().decompress(content)
    return content
