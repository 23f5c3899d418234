"""The schema in the header of an Avro file, with its names resolved."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from .container import BrokenAvroError

_PRIMITIVES = {"null", "boolean", "int", "long", "float", "double", "bytes", "string"}
# Logical types that count on a type; on any other they are ignored, as the specification has it.
_LOGICAL = {
    "int": {"date", "time-millis"},
    "long": {"time-micros", *(f"{kind}-{unit}" for kind in ("timestamp", "local-timestamp") for unit in ("millis", "micros", "nanos"))},
    "string": {"uuid"},
    "bytes": {"decimal", "big-decimal"},
    "fixed": {"decimal", "duration", "uuid"},
}


@dataclass
class Node:
    kind: str
    """As in the schema: record, enum, array, map, union, fixed or a primitive type."""
    logical: str = ""
    precision: int = 0
    scale: int = 0
    size: int = 0
    """Of a fixed."""
    symbols: tuple[str, ...] = ()
    names: list[str] = field(default_factory=list)
    """Of a record's fields."""
    inner: list[Node] = field(default_factory=list)
    """Types of a record's fields, of a union's branches, or the one of an array's or map's elements."""

    @property
    def is_optional(self) -> bool:
        """A union that does no more than to allow NULL."""
        return self.kind == "union" and len(self._there) <= 1

    @property
    def value(self) -> Node:
        """The node without NULL beside it."""
        return (self._there or self.inner)[0] if self.is_optional else self

    @property
    def _there(self) -> list[Node]:
        return [branch for branch in self.inner if branch.kind != "null"]

    def is_recursive(self, above: tuple[int, ...] = ()) -> bool:
        return id(self) in above or any(inner.is_recursive((*above, id(self))) for inner in self.inner)


def parse_schema(text: str) -> Node:
    """Raises BrokenAvroError for what is no schema of a record."""
    try:
        root = _Parser().node(json.loads(text), "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BrokenAvroError("the schema in its header is broken") from error
    if root.kind != "record":
        raise BrokenAvroError(f"its records are of type {root.kind}, where only a record has columns")
    return root


class _Parser:
    def __init__(self):
        self._named: dict[str, Node] = {}

    def node(self, schema: object, space: str) -> Node:
        if isinstance(schema, list):
            return Node("union", inner=[self.node(branch, space) for branch in schema])
        if isinstance(schema, str):
            return Node(schema) if schema in _PRIMITIVES else self._named[_full(schema, space)]
        kind = schema["type"]
        if isinstance(kind, (dict, list)):
            return self.node(kind, space)
        if kind in ("record", "error", "enum", "fixed"):
            return self._make_named(schema, kind, space)
        if kind in ("array", "map"):
            return Node(kind, inner=[self.node(schema["items" if kind == "array" else "values"], space)])
        return _logical(Node(kind), schema) if kind in _PRIMITIVES else self._named[_full(kind, space)]

    def _make_named(self, schema: dict, kind: str, space: str) -> Node:
        name = _full(schema["name"], schema.get("namespace", space))
        node = self._named[name] = Node("record" if kind == "error" else kind)
        if kind == "enum":
            node.symbols = tuple(schema["symbols"])
        elif kind == "fixed":
            node.size = int(schema["size"])
            _logical(node, schema)
        else:
            for part in schema["fields"]:
                node.names.append(str(part["name"]))
                node.inner.append(self.node(part["type"], name.rpartition(".")[0]))
        return node


def _full(name: str, space: str) -> str:
    return name if "." in name or not space else f"{space}.{name}"


def _logical(node: Node, schema: dict) -> Node:
    logical = schema.get("logicalType")
    if logical not in _LOGICAL.get(node.kind, ()):
        # Bytes of a type that is newer than this file mean something else than a text.
        node.logical = "unknown" if isinstance(logical, str) and node.kind in ("bytes", "fixed") else ""
        return node
    node.logical = logical
    if logical == "decimal":
        node.precision, node.scale = int(schema["precision"]), int(schema.get("scale", 0))
    elif node.kind == "fixed" and node.size != {"duration": 12, "uuid": 16}[logical]:
        node.logical = "unknown"
    return node
