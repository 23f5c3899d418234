"""
Structs, arrays and maps, judged to the leaf: SQL of the value with the contract's type, or NULL where any part of it does not fit.

A nested value is read from JSON text, or from a struct, array or map of a Parquet file; fields of structs go by their names. In each step
transform() and filter() pass one value on as an array: SQL has no other way to name what is then used more than once.
"""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql.types import ArrayType, DataType, MapType, StringType, StructType

from ..formats.json.members import ARRAY, OBJECT, is_json_container, marked_known, strings_read, texts, tokens
from ..formats.sources import literal, match_columns, quoted
from ..spark_types import is_nested

Scalar = Callable[[str, DataType, DataType], str]
"""SQL of a value, the type that it has, the type that it gets → SQL of the value in that type, NULL where it does not fit."""

Place = Callable[[str], str]
"""SQL of a record's parts → SQL of one part."""

_TEXT = StringType()


class _Json(DataType):
    """Of text that is known to be one JSON value."""


_JSON = _Json()


def from_json_text(value: str, target: DataType, scalar: Scalar) -> str:
    """`value` is SQL of any text: what is no JSON does not fit."""
    return f"CASE WHEN {is_json_container(value)} THEN {_typed(value, _JSON, target, scalar, 0)} END"


def from_nested(value: str, source: DataType, target: DataType, scalar: Scalar) -> str:
    """`value` is SQL of a struct, array or map of type `source`; returned as it is where nothing can go wrong."""
    if source.simpleString() == target.simpleString():
        return value
    return _typed(value, source, target, scalar, 0)


def _typed(value: str, source: DataType, target: DataType, scalar: Scalar, depth: int) -> str:
    if not is_nested(target):
        return scalar(value, source, target)
    typed_parts = {StructType: _struct, ArrayType: _array, MapType: _map}[type(target)]
    if isinstance(source, _Json):
        opening = "[" if isinstance(target, ArrayType) else "{"
        is_there = f"startswith(ltrim(' \\t\\r\\n', {value}), '{opening}')"
    elif type(source) is type(target):
        is_there = f"{value} IS NOT NULL"
    else:
        return f"CAST(NULL AS {target.simpleString()})"
    return f"CASE WHEN {is_there} THEN {typed_parts(value, source, target, scalar, depth)} END"


def _struct(value: str, source: DataType, target: StructType, scalar: Scalar, depth: int) -> str:
    raw, x = f"r{depth}", f"x{depth}"
    if isinstance(source, _Json):
        parts, places = _parts_of_object(value, target, depth)
    else:
        found, _ = match_columns(target.names, source.names)
        parts = value
        places = {name: (_field(quoted(source.names[index])), source[index].dataType) for name, index in found.items()}
    typed, fits = [], [f"{x}.raw IS NOT NULL"]
    for inner in target.fields:
        if inner.name not in places:
            typed.append(f"{literal(inner.name)}, CAST(NULL AS {inner.dataType.simpleString()})")
            continue
        place, type = places[inner.name]
        typed.append(f"{literal(inner.name)}, {_typed(place(raw), type, inner.dataType, scalar, depth + 1)}")
        fits.append(f"({place(f'{x}.raw')} IS NULL OR {x}.typed.{quoted(inner.name)} IS NOT NULL)")
    step = f"named_struct('raw', {raw}, 'typed', named_struct({', '.join(typed)}))"
    return _fitting(parts, raw, step, x, fits)


def _array(value: str, source: DataType, target: ArrayType, scalar: Scalar, depth: int) -> str:
    raw, x, element = f"r{depth}", f"x{depth}", f"e{depth}"
    parts, type = value, getattr(source, "elementType", None)
    if isinstance(source, _Json):
        parts, type = _parts_of_array(value, target.elementType, depth)
    typed = f"transform({raw}, {element} -> {_typed(element, type, target.elementType, scalar, depth + 1)})"
    step = f"named_struct('raw', {raw}, 'typed', {typed})"
    return _fitting(parts, raw, step, x, [f"{_nulls(f'{x}.raw')} = {_nulls(f'{x}.typed')}"])


def _map(value: str, source: DataType, target: MapType, scalar: Scalar, depth: int) -> str:
    raw, x, element = f"r{depth}", f"x{depth}", f"e{depth}"
    if isinstance(source, _Json):
        parts, value_type = _parts_of_map(value, target.valueType, depth)
        key_type: DataType = _TEXT
    else:
        parts, key_type, value_type = value, source.keyType, source.valueType
    keys = f"transform(map_keys({raw}), {element} -> {_typed(element, key_type, target.keyType, scalar, depth + 1)})"
    values = f"transform(map_values({raw}), {element} -> {_typed(element, value_type, target.valueType, scalar, depth + 1)})"
    step = f"named_struct('raw', map_values({raw}), 'keys', {keys}, 'typed', {values})"
    fits = [
        f"{_nulls(f'{x}.raw')} = {_nulls(f'{x}.typed')}",
        f"{_nulls(f'{x}.keys')} = 0",
        # Keys such as 1 and 01 may be one key in the contract's type; to keep one of the two would lose a value.
        f"size(array_distinct({x}.keys)) = size({x}.keys)",
    ]
    fitting = f"filter(transform(array({parts}), {raw} -> {step}), {x} -> {' AND '.join(fits)})"
    return f"get(transform({fitting}, {x} -> map_from_arrays({x}.keys, {x}.typed)), 0)"


def _fitting(parts: str, raw: str, step: str, x: str, fits: list[str]) -> str:
    return f"get(filter(transform(array({parts}), {raw} -> {step}), {x} -> {' AND '.join(fits)}), 0).typed"


def _field(name: str) -> Place:
    return lambda parts: f"{parts}.{name}"


def _token(name: str) -> Place:
    return lambda parts: f"nullif({parts}.{name}, 'null')"


def _nulls(array: str) -> str:
    return f"size(filter({array}, n -> n IS NULL))"


def _parts_of_object(value: str, target: StructType, depth: int) -> tuple[str, dict[str, tuple[Place, DataType]]]:
    marks = f"m{depth}"
    strings = any(is_nested(inner.dataType) for inner in target.fields)
    inner, plain = (sorted(f.name for f in target.fields if is_nested(f.dataType) == nested) for nested in (True, False))
    fields, places = [], {}
    if plain:
        schema = ", ".join(f"{quoted(name)}: STRING" for name in plain)
        fields.append(f"'texts', {strings_read(texts(marks, strings), f'struct<{schema}>')}")
        places.update({name: (_field(f"texts.{quoted(name)}"), _TEXT) for name in plain})
    if inner:
        schema = ", ".join(f"{quoted(name)}: STRING" for name in inner)
        fields.append(f"'tokens', {strings_read(tokens(marks), f'struct<{schema}>')}")
        places.update({name: (_token(f"tokens.{quoted(name)}"), _JSON) for name in inner})
    parts = f"get(transform(array({marked_known(value, OBJECT, strings)}), {marks} -> named_struct({', '.join(fields)})), 0)"
    return parts, places


def _parts_of_array(value: str, element: DataType, depth: int) -> tuple[str, DataType]:
    marks, strings = f"m{depth}", is_nested(element)
    if not strings:
        return f"get(transform(array({marked_known(value, ARRAY, strings)}), {marks} -> {strings_read(texts(marks, strings), 'array<string>')}), 0)", _TEXT
    parts = f"transform({strings_read(tokens(marks), 'array<string>')}, t -> nullif(t, 'null'))"
    return f"get(transform(array({marked_known(value, ARRAY, strings)}), {marks} -> {parts}), 0)", _JSON


def _parts_of_map(value: str, inner: DataType, depth: int) -> tuple[str, DataType]:
    marks, m = f"m{depth}", f"d{depth}"
    strings = is_nested(inner)
    read = strings_read(tokens(marks) if strings else texts(marks, strings), "map<string,string>")
    read = f"transform_values({read}, (k, t) -> nullif(t, 'null'))" if strings else read
    parts = f"get(transform(array({marked_known(value, OBJECT, strings)}), {marks} -> {read}), 0)"
    # Of a key that stands twice the last value counts, as in any JSON object.
    entries, later = f"map_entries({m})", f"slice(map_keys({m}), i + 2, size({m}))"
    last = f"map_from_entries(filter({entries}, (entry, i) -> NOT array_contains({later}, entry.key)))"
    is_set = f"size(array_distinct(map_keys({m}))) = size({m})"
    return f"get(transform(array({parts}), {m} -> CASE WHEN {is_set} THEN {m} ELSE {last} END), 0)", (_JSON if strings else _TEXT)
