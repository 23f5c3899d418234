"""JSON, an object a line, taken apart."""

from __future__ import annotations

from collections.abc import Iterable

from pyspark.sql import DataFrame

from ...contract import Column, Contract
from ..lines import base64
from ..sources import AS_TEXT, CORRUPT, NOT_UTF8, RAW_BYTES, literal, quoted
from .members import OBJECT, is_deep_container, is_whole, marked, marked_known, strings_read, texts, tokens
from .places import Path, is_container, paths_of, wanted_of

# To trim both ends of every line costs more than to take it apart.
_NOT_BLANK = "(startswith(value, '{') OR ltrim(' \\t\\r\\n', value) <> '')"


def records(lines: DataFrame, contract: Contract, illegible: str = NOT_UTF8, raw_bytes: str = base64("value")) -> DataFrame:
    """
    Lines (`value`, and whatever stands beside it) to a struct __record of strings, or to CORRUPT where a line is not one object, with
    `raw_bytes` (SQL of its bytes in base64) in RAW_BYTES where `illegible` (SQL over a line) is true. The string of a column whose type is a
    struct, an array or a map is the value's own JSON, any other's the value without quotes and escapes.
    """
    beside = [name for name in lines.columns if name not in ("value", RAW_BYTES)]
    kept = [name for name in lines.columns if name != "value"]
    wanted = wanted_of(contract)
    strings = bool(wanted[()].tokens)
    taken = lines.where(_NOT_BLANK).selectExpr("value", *kept, f"{marked('value', OBJECT, strings)} AS __marks")
    deep = f"startswith(ltrim(' \\t\\r\\n', value), '{{') AND {is_deep_container('value')}"
    marks = f"""CASE WHEN {illegible} THEN NULL
        WHEN {is_whole("__marks", "value", OBJECT)} THEN __marks
        WHEN {deep} THEN {marked_known("value", OBJECT, strings)} END"""
    taken = taken.selectExpr("value", *kept, f"{marks} AS __marks")
    numbers = {path: number for number, path in enumerate(wanted)}
    for path, number in numbers.items():
        source = "__marks" if path == () else marked_known(_token(path, numbers), OBJECT, True)
        taken = taken.selectExpr("*", f"{source} AS __marks{number}")
        # The record itself is read in any case: what the reader cannot take, such as a string of more than 20 million letters, is malformed.
        read = {"texts": wanted[path].texts, "tokens": wanted[path].tokens}
        structs = [
            f"{_from_json(sql, read[kind])} AS __{kind}{number}"
            for kind, sql in (("texts", texts(f"__marks{number}", strings)), ("tokens", tokens(f"__marks{number}")))
            if read[kind] or (path == () and kind == "texts")
        ]
        taken = taken.selectExpr("*", *structs)
    fields = ", ".join(f"{literal(column.name)}, {_value(column, numbers)}" for column in contract.columns)
    return taken.selectExpr(
        *beside,
        f"CASE WHEN __texts0 IS NULL THEN {AS_TEXT} END AS {CORRUPT}",
        f"CASE WHEN __texts0 IS NULL AND ({illegible}) THEN {raw_bytes} END AS {RAW_BYTES}",
        f"CASE WHEN __texts0 IS NOT NULL THEN named_struct({fields}) END AS __record",
    )


def _value(column: Column, numbers: dict[Path, int]) -> str:
    found = [
        _token(path, numbers) if is_container(column) else f"__texts{numbers[path[:-1]]}.{quoted(path[-1])}" for path in paths_of(column)
    ]
    return found[0] if len(found) == 1 else f"coalesce({', '.join(found)})"


def _token(path: Path, numbers: dict[Path, int]) -> str:
    return f"nullif(__tokens{numbers[path[:-1]]}.{quoted(path[-1])}, 'null')"


def _from_json(text: str, names: Iterable[str]) -> str:
    fields = ", ".join(f"{quoted(name)}: STRING" for name in sorted(names) or ['-'])
    return strings_read(text, f"struct<{fields}>")
