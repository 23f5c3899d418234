"""The first bytes of an object, unpacked, by one range request; and its first lines."""

from __future__ import annotations

import bz2
import zlib

from ..errors import UnreadableFileError
from ..lake.inputs import SourceFile
from ..lake.store import S3Store

FIRST_LOOK = 16 * 1024
# Unpacked bytes at a time: a megabyte may unpack to a gigabyte.
PIECE = 16 * 1024 * 1024
# What a first look unpacks to, at most, in times of its size.
_MOST_TIMES = 16


def head_lines(store: S3Store, file: SourceFile, look: int, encoding: str = "utf-8") -> tuple[list[str], bool]:
    """The complete lines in the first bytes, and whether these are the whole file. Raises UnreadableFileError."""
    plain, whole = head_bytes(store, file, look)
    text = plain.decode(encoding, errors="replace").removeprefix("\ufeff")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return (lines if whole else lines[:-1]), whole


def head_bytes(store: S3Store, file: SourceFile, look: int) -> tuple[bytes, bool]:
    """The beginning of what the first `look` bytes of the object unpack to, and whether it is the whole object. Raises UnreadableFileError."""
    content, plain = store.head(file.read_from, look), bytearray()
    try:
        for piece in unpacked(file.read_from, [content], look):
            plain += piece
            if len(plain) > _MOST_TIMES * look:
                return bytes(plain), False
        return bytes(plain), look >= file.size
    except (zlib.error, OSError) as error:
        raise UnreadableFileError(file.uri, "it is not compressed as its name says") from error


def is_packed(name: str) -> bool:
    return name.lower().endswith((".gz", ".bz2"))


def unpacked(name: str, chunks, most: int = PIECE):
    """
    The bytes of a .gz or .bz2 file in pieces of at most so many, of all its members, also where one is empty; those of any other file as they
    are.
    """
    ending = name.lower().rpartition(".")[2]
    if ending not in ("gz", "bz2"):
        yield from chunks
        return
    make = (lambda: zlib.decompressobj(wbits=31)) if ending == "gz" else bz2.BZ2Decompressor
    member = make()
    for chunk in chunks:
        while chunk:
            if member.eof:
                # Padding between and behind members belongs to no member.
                chunk = chunk.lstrip(b"\0")
                if not chunk:
                    break
                member = make()
            plain = member.decompress(chunk, most)
            yield plain
            while len(plain) == most and not member.eof:
                # bz2 keeps what it has not yet taken apart; zlib gives it back.
                plain = member.decompress(getattr(member, "unconsumed_tail", b""), most)
                yield plain
            chunk = member.unused_data if member.eof else b""
