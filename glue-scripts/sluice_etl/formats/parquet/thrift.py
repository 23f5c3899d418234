"""Thrift's compact protocol, as far as Parquet's footers need it."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12


class Reader:
    """Raises IndexError or ValueError for bytes that are not what they should be."""

    def __init__(self, content: bytes):
        self._content, self.at = content, 0

    def struct(self, last: int | None = None) -> dict[int, object]:
        """Field id → value; what follows field `last` is not read."""
        found: dict[int, object] = {}
        for number, _, value in self.fields(last):
            found[number] = value
        return found

    def fields(self, last: int | None = None, before: int | None = None) -> Iterator[tuple[int, int, object]]:
        """Of the struct that begins here: field id, where the field begins, value. Stops behind `last`, or in front of the value of `before`."""
        number = 0
        while number != last:
            start, head = self.at, self._byte()
            if head == 0:
                return
            number = number + (head >> 4) if head >> 4 else self._zigzag()
            if number == before:
                return
            yield number, start, self._value(head & 0x0F)

    def list_size(self) -> int:
        """Of the list that begins here."""
        return self._list()[0]

    def _value(self, type: int) -> object:
        if type in (_TRUE, _FALSE):
            return type == _TRUE
        if type == _BYTE:
            return self._byte()
        if type in (4, 5, 6):
            return self._zigzag()
        if type == _DOUBLE:
            return struct.unpack("<d", self._bytes(8))[0]
        if type == _BINARY:
            return self._bytes(self._varint())
        if type in (_LIST, _SET):
            size, inner = self._list()
            # A truth value in a list is a byte of its own.
            return [self._byte() == 1 if inner in (_TRUE, _FALSE) else self._value(inner) for _ in range(size)]
        if type == _MAP:
            size = self._varint()
            types = self._byte() if size else 0
            return [(self._value(types >> 4), self._value(types & 0x0F)) for _ in range(size)]
        if type == _STRUCT:
            return self.struct()
        raise ValueError(f"{type} is no type of the compact protocol")

    def _list(self) -> tuple[int, int]:
        """Size, and the type of the elements."""
        head = self._byte()
        return (self._varint() if head >> 4 == 15 else head >> 4), head & 0x0F

    def _byte(self) -> int:
        self.at += 1
        return self._content[self.at - 1]

    def _bytes(self, size: int) -> bytes:
        if self.at + size > len(self._content):
            raise ValueError("a value is longer than what is left")
        self.at += size
        return self._content[self.at - size : self.at]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
