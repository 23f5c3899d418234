"""What Spark gets of an Avro value: a number, text or bytes; JSON text of what holds others. Runs on Python's workers, so it has no Spark in it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from .schema import Node

Convert = Callable[[object], object]

MOST_DIGITS = 38
_DAY_ONE, _EPOCH = date(1970, 1, 1).toordinal(), datetime(1970, 1, 1)
_FIRST_DAY, _LAST_DAY = 1 - _DAY_ONE, date.max.toordinal() - _DAY_ONE
_UNITS = {"millis": 10**3, "micros": 10**6, "nanos": 10**9}


class UnsuitableError(Exception):
    """A value that its own schema does not allow, or that no text stands for: its record is malformed. Says why."""


def is_text(node: Node) -> bool:
    """Whether a column of it is passed on as one text: what holds others, and a union of more than one type."""
    node = node.value
    return node.kind in ("record", "array", "map", "union")


def converter(node: Node) -> Convert | None:
    """What makes a column's value of a decoded one; None for nothing."""
    node = node.value
    if is_text(node):
        return lambda value: text_of(node, value)
    if node.kind in ("string", "enum"):
        return _utf8
    if node.logical == "decimal":
        return lambda value: _decimal(node, value)
    if node.logical.startswith("time-"):
        return lambda value: _in_a_day(node, value)
    if node.logical == "date" or node.logical.endswith(("-millis", "-micros")):
        return lambda value: _in_years(node, value)
    return None


def text_of(node: Node, value: object) -> str | None:
    """As the cell of a text file: a string without quotes, what holds others as JSON."""
    node = node.value
    if node.kind == "union" and value is not None:
        place, inner = value
        return text_of(node.inner[place], inner)
    if value is None:
        return None
    return json_text(node, value) if is_text(node) else _plain(node, value)


def json_text(node: Node, value: object) -> str:
    """Raises UnsuitableError."""
    node = node.value
    if value is None:
        return "null"
    if node.kind == "union":
        place, inner = value
        return json_text(node.inner[place], inner)
    if node.kind == "record":
        return "{" + ", ".join(f"{json.dumps(name)}: {json_text(inner, part)}" for name, inner, part in zip(node.names, node.inner, value)) + "}"
    if node.kind == "array":
        return "[" + ", ".join(json_text(node.inner[0], part) for part in value) + "]"
    if node.kind == "map":
        return "{" + ", ".join(f"{json.dumps(_utf8(key), ensure_ascii=False)}: {json_text(node.inner[0], part)}" for key, part in value.items()) + "}"
    text = _plain(node, value)
    is_number = node.logical == "decimal" or not node.logical and node.kind in ("int", "long", "float", "double")
    if node.kind == "boolean" or is_number and not _is_special(value):
        return text
    return json.dumps(text, ensure_ascii=False)


def _is_special(value: object) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _plain(node: Node, value: object) -> str:
    """Of what holds no others."""
    if node.kind == "boolean":
        return "true" if value else "false"
    if node.kind in ("string", "enum"):
        return _utf8(value)
    if node.logical == "decimal":
        return format(_decimal(node, value), "f")
    if node.logical == "uuid":
        return str(UUID(bytes=value))
    if node.kind in ("bytes", "fixed"):
        if node.logical:
            raise UnsuitableError(f"a value of the logical type {node.logical} has no text")
        return _utf8(value)
    if node.logical == "date":
        return _day(_in_years(node, value))
    if node.logical.startswith("time-"):
        return _clock(_in_a_day(node, value), _unit(node))
    if node.logical:
        return _moment(_in_years(node, value), _unit(node))
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else repr(value) if math.isfinite(value) else "Infinity" if value > 0 else "-Infinity"
    return str(value)


def _utf8(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnsuitableError("a text in it is not UTF-8") from error


def _decimal(node: Node, value: bytes) -> Decimal:
    number = int.from_bytes(value, "big", signed=True)
    if len(str(abs(number))) > min(node.precision, MOST_DIGITS):
        raise UnsuitableError(f"a decimal in it has more than {min(node.precision, MOST_DIGITS)} digits")
    # Arithmetic would round to the digits of Python's context.
    return Decimal((int(number < 0), tuple(map(int, str(abs(number)))), -node.scale))


def _in_a_day(node: Node, value: int) -> int:
    if not 0 <= value < 86_400 * _unit(node):
        raise UnsuitableError("a time of the day in it is not within a day")
    return value


def _in_years(node: Node, value: int) -> int:
    if not _FIRST_DAY <= (value if node.logical == "date" else value // (86_400 * _unit(node))) <= _LAST_DAY:
        raise UnsuitableError(f"a {'date' if node.logical == 'date' else 'timestamp'} in it is not in the years 1 to 9999")
    return value


def _unit(node: Node) -> int:
    """Parts of a second."""
    return _UNITS[node.logical.rpartition("-")[2]]


def _day(value: int) -> str:
    return date.fromordinal(_DAY_ONE + value).isoformat()


def _moment(value: int, unit: int) -> str:
    seconds, parts = divmod(value, unit)
    second = _EPOCH + timedelta(seconds=seconds)
    digits = max(6, len(str(unit)) - 1)
    return f"{second.isoformat(' ')}.{parts * 10**digits // unit:0{digits}}"


def _clock(value: int, unit: int) -> str:
    seconds, parts = divmod(value, unit)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{parts:0{len(str(unit)) - 1}}"
