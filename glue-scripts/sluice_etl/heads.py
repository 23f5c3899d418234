"""The first lines of an object, by one range request."""

from __future__ import annotations

import bz2
import zlib

from .inputs import SourceFile
from .store import S3Store

FIRST_LOOK = 16 * 1024


def head_lines(store: S3Store, file: SourceFile, look: int, encoding: str = "utf-8") -> tuple[list[str], bool]:
    """The complete lines in the first bytes, and whether these are the whole file."""
    content = store.head(file.read_from, look)
    whole = look >= file.size
    if file.uri.lower().endswith(".gz"):
        content = zlib.decompressobj(wbits=31).decompress(content)
    elif file.uri.lower().endswith(".bz2"):
        content = bz2.BZ2Decompressor().decompress(content)
    text = content.decode(encoding, errors="replace").removeprefix("\ufeff")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return (lines if whole else lines[:-1]), whole
