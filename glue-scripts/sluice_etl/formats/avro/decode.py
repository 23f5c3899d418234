"""Avro's binary encoding, taken apart: https://avro.apache.org/docs/1.12.0/specification/#binary-encoding."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from .container import BrokenAvroError
from .schema import Node

Read = Callable[[bytes, int], tuple[object, int]]
"""Bytes and a place in them → the value there, and the place behind it."""

# Items that take no byte, of which a few could ask for any number.
_MOST_EMPTY = 1_000_000


def records(read: Read, count: int, data: bytes) -> Iterator[tuple[object, int, int, bytes]]:
    """Each record of a block with where it begins and ends, and the block; all of them or none. Raises BrokenAvroError."""
    if count > len(data) + _MOST_EMPTY:
        raise BrokenAvroError("the count of one of its blocks is damaged")
    found, at = [], 0
    try:
        for _ in range(count):
            start = at
            value, at = read(data, at)
            found.append((value, start, at, data))
    except (IndexError, struct.error, RecursionError) as error:
        raise BrokenAvroError("one of its blocks is damaged") from error
    if at != len(data):
        raise BrokenAvroError("one of its blocks has more bytes than its records")
    return iter(found)


def reader_of(node: Node) -> Read:
    return _Compiler().reader(node)


class _Compiler:
    def __init__(self):
        self._known: dict[int, Read] = {}

    def reader(self, node: Node) -> Read:
        """Recursive types find their own reader under way."""
        if id(node) not in self._known:
            self._known[id(node)] = lambda data, at: self._known[id(node)](data, at)
            self._known[id(node)] = _KINDS[node.kind](node, [self.reader(inner) for inner in node.inner])
        return self._known[id(node)]


def _long(data: bytes, at: int) -> tuple[int, int]:
    byte = data[at]
    at += 1
    result = byte & 0x7F
    shift = 7
    while byte & 0x80:
        byte = data[at]
        at += 1
        result |= (byte & 0x7F) << shift
        shift += 7
    if result >> 64:
        raise BrokenAvroError("a number in it has more than 64 bits")
    return (result >> 1) ^ -(result & 1), at


def _int(data: bytes, at: int) -> tuple[int, int]:
    value, at = _long(data, at)
    if not -(1 << 31) <= value < 1 << 31:
        raise BrokenAvroError("an int in it has more than 32 bits")
    return value, at


def _boolean(data: bytes, at: int) -> tuple[bool, int]:
    if data[at] > 1:
        raise BrokenAvroError("a boolean in it is neither 0 nor 1")
    return data[at] == 1, at + 1


def _bytes(data: bytes, at: int) -> tuple[bytes, int]:
    size, at = _long(data, at)
    return _taken(data, at, size)


def _taken(data: bytes, at: int, size: int) -> tuple[bytes, int]:
    if size < 0 or at + size > len(data):
        raise BrokenAvroError("a value in it ends behind its block")
    return data[at : at + size], at + size


def _fixed(node: Node, _: list[Read]) -> Read:
    return lambda data, at: _taken(data, at, node.size)


def _enum(node: Node, _: list[Read]) -> Read:
    symbols = [symbol.encode("utf-8") for symbol in node.symbols]

    def read(data: bytes, at: int) -> tuple[bytes, int]:
        place, at = _long(data, at)
        if place < 0:
            raise IndexError
        return symbols[place], at

    return read


def _record(_: Node, fields: list[Read]) -> Read:
    def read(data: bytes, at: int) -> tuple[list, int]:
        values = []
        for field in fields:
            value, at = field(data, at)
            values.append(value)
        return values, at

    return read


def _union(node: Node, branches: list[Read]) -> Read:
    """The value; where more than one branch has values, with the place of its branch before it."""
    plain = node.is_optional

    def read(data: bytes, at: int) -> tuple[object, int]:
        place, at = _long(data, at)
        if place < 0:
            raise IndexError
        value, at = branches[place](data, at)
        return value if plain or value is None else (place, value), at

    return read


def _items(read_item: Callable[[bytes, int, list], int]) -> Read:
    def read(data: bytes, at: int) -> tuple[list, int]:
        found: list = []
        while True:
            count, at = _long(data, at)
            if count == 0:
                return found, at
            if count < 0:
                _, at = _long(data, at)
            if abs(count) > len(data) + _MOST_EMPTY:
                raise BrokenAvroError("the count of a list in it is damaged")
            for _ in range(abs(count)):
                at = read_item(data, at, found)

    return read


def _array(_: Node, inner: list[Read]) -> Read:
    def item(data: bytes, at: int, found: list) -> int:
        value, at = inner[0](data, at)
        found.append(value)
        return at

    return _items(item)


def _map(_: Node, inner: list[Read]) -> Read:
    def item(data: bytes, at: int, found: list) -> int:
        key, at = _bytes(data, at)
        value, at = inner[0](data, at)
        found.append((key, value))
        return at

    entries = _items(item)

    def read(data: bytes, at: int) -> tuple[dict, int]:
        found, at = entries(data, at)
        return dict(found), at

    return read


_KINDS: dict[str, Callable[[Node, list[Read]], Read]] = {
    "null": lambda _, __: lambda data, at: (None, at),
    "boolean": lambda _, __: _boolean,
    "int": lambda _, __: _int,
    "long": lambda _, __: _long,
    "float": lambda _, __: lambda data, at: (struct.unpack_from("<f", data, at)[0], at + 4),
    "double": lambda _, __: lambda data, at: (struct.unpack_from("<d", data, at)[0], at + 8),
    "bytes": lambda _, __: _bytes,
    "string": lambda _, __: _bytes,
    "fixed": _fixed,
    "enum": _enum,
    "record": _record,
    "union": _union,
    "array": _array,
    "map": _map,
}
