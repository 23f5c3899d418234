"""
Avro's container files, block by block: header, then blocks of records with their count, each behind a mark that the file repeats. After
https://avro.apache.org/docs/1.12.0/specification/#object-container-files.
"""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import pyarrow

# What one block may unpack to. Writers' blocks have some kilobytes.
MOST_BYTES = 1 << 30
_MARK_SIZE = 16
_MAGIC = b"Obj\x01"


class BrokenAvroError(Exception):
    """The file is no Avro file, is cut off or damaged; says why."""


@dataclass(frozen=True)
class Header:
    schema: str
    """As JSON text."""
    codec: str
    mark: bytes


def blocks(chunks: Iterable[bytes]) -> Iterator[Header | tuple[int, bytes]]:
    """The header first, then of each block the count of its records and its bytes as they are. Raises BrokenAvroError."""
    stream = _Stream(chunks)
    header = _header(stream)
    yield header
    while not stream.is_at_end():
        count = stream.number()
        size = stream.number()
        if count < 0 or size < 0:
            raise BrokenAvroError("the head of one of its blocks is damaged")
        data = stream.take(size)
        if stream.take(_MARK_SIZE) != header.mark:
            raise BrokenAvroError("one of its blocks does not end with the file's mark")
        yield count, data


def _header(stream: _Stream) -> Header:
    if stream.take(4) != _MAGIC:
        raise BrokenAvroError("it does not begin as an Avro file does")
    entries: dict[str, bytes] = {}
    while count := stream.number():
        if count < 0:
            stream.number()
        for _ in range(abs(count)):
            name = stream.take(stream.number()).decode("utf-8", "replace")
            entries[name] = stream.take(stream.number())
    if "avro.schema" not in entries:
        raise BrokenAvroError("its header has no schema")
    codec = entries.get("avro.codec", b"null").decode("utf-8", "replace")
    return Header(entries["avro.schema"].decode("utf-8", "replace"), codec, stream.take(_MARK_SIZE))


class _Stream:
    """Takes as many bytes as asked of pieces of any size."""

    def __init__(self, chunks: Iterable[bytes]):
        self._chunks, self._ready, self._at = iter(chunks), b"", 0

    def take(self, size: int) -> bytes:
        if size < 0:
            raise BrokenAvroError("a length in its header is damaged")
        pieces, have = [self._ready[self._at : self._at + size]], min(size, len(self._ready) - self._at)
        self._at += have
        while have < size:
            self._ready, self._at = next(self._chunks, None), 0
            if self._ready is None:
                self._ready = b""
                raise BrokenAvroError("it is cut off")
            self._at = min(size - have, len(self._ready))
            pieces.append(self._ready[: self._at])
            have += self._at
        return b"".join(pieces)

    def number(self) -> int:
        result = shift = 0
        while True:
            byte = self.take(1)[0]
            result |= (byte & 0x7F) << shift
            if byte < 0x80:
                return (result >> 1) ^ -(result & 1)
            shift += 7
            if shift > 63:
                raise BrokenAvroError("a number in it is damaged")

    def is_at_end(self) -> bool:
        while self._at == len(self._ready):
            chunk = next(self._chunks, None)
            if chunk is None:
                return True
            self._ready, self._at = chunk, 0
        return False


def unpack(codec: str, data: bytes) -> bytes:
    """The records of a block. Raises BrokenAvroError."""
    if codec not in CODECS:
        raise BrokenAvroError(f"it is compressed with {codec!r}, which the Avro format does not have")
    try:
        plain = CODECS[codec](data)
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, IndexError) as error:
        raise BrokenAvroError(f"one of its blocks is not compressed with {codec} as its header has it") from error
    if len(plain) > MOST_BYTES:
        raise BrokenAvroError(f"one of its blocks unpacks to more than {MOST_BYTES >> 30} GB")
    return plain


def _deflate(data: bytes) -> bytes:
    # Without a zlib header.
    reader = zlib.decompressobj(-15)
    plain = reader.decompress(data, MOST_BYTES + 1)
    if not reader.eof and len(plain) <= MOST_BYTES:
        raise EOFError
    return plain


def _whole(reader) -> bytes:
    def decompress(data: bytes) -> bytes:
        one = reader()
        plain = one.decompress(data, MOST_BYTES + 1)
        if not one.eof and len(plain) <= MOST_BYTES:
            raise EOFError
        return plain

    return decompress


def _snappy(data: bytes) -> bytes:
    """The four last bytes are a checksum of what was packed; the first are the size of that."""
    packed, checksum = data[:-4], data[-4:]
    size = shift = 0
    for byte in packed[:5]:
        size |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    if size > MOST_BYTES:
        raise BrokenAvroError(f"one of its blocks unpacks to more than {MOST_BYTES >> 30} GB")
    plain = pyarrow.Codec("snappy").decompress(packed, decompressed_size=size, asbytes=True)
    if zlib.crc32(plain).to_bytes(4, "big") != checksum:
        raise BrokenAvroError("the checksum of one of its blocks is wrong")
    return plain


def _zstandard(data: bytes) -> bytes:
    with pyarrow.CompressedInputStream(pyarrow.PythonFile(io.BytesIO(data), mode="r"), "zstd") as plain:
        return plain.read(MOST_BYTES + 1)


CODECS: dict[str, Callable[[bytes], bytes]] = {
    "null": lambda data: data,
    "deflate": _deflate,
    "bzip2": lambda data: _whole(bz2.BZ2Decompressor)(data),
    "xz": lambda data: _whole(lzma.LZMADecompressor)(data),
    "snappy": _snappy,
    "zstandard": _zstandard,
}
"""All that the specification has."""
