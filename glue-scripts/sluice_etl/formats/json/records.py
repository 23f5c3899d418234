"""JSON, an object a line, taken apart."""

from __future__ import annotations

from pyspark.sql import DataFrame

from ...contract import Contract
from ..sources import AS_TEXT, CORRUPT, NOT_UTF8, literal, quoted

# Whole numbers only where a value may stand, and not inside strings, which the first alternative steps over.
_STRING = r'("(?:[^"\\]++|\\.)*+")'
_NUMBER = r"(?<=[\s:,\[])(-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)(?=\s*+(?:[,\]}]|$))"
_MARK = "\u0001"


def records(lines: DataFrame, contract: Contract, illegible: str = NOT_UTF8) -> DataFrame:
    """Lines (`value`, and whatever stands beside it) to a struct __record of strings, or to CORRUPT where a line is not one object."""
    beside = [name for name in lines.columns if name != "value"]
    # Numbers become strings first, so that they stay as they were written: Spark reads 1.10 as the double 1.1.
    marked = f"regexp_replace(value, {literal(f'{_STRING}|{_NUMBER}')}, {literal(f'$1{_MARK}$2{_MARK}')})"
    unmarked = f"replace(replace({marked}, {literal(_MARK * 2)}, ''), {literal(_MARK)}, '\"')"
    nested = {column.name for column in contract.columns if "<" in column.type}
    # In an array, so that anything after the object is seen: from_json alone stops at the end of the first value.
    parsed = _from_json(unmarked, contract.column_names)
    raw = _from_json("value", sorted(nested)) if nested else "NULL"
    taken = lines.where("trim(value) <> ''").selectExpr("value", *beside, f"{parsed} AS __records", f"{raw} AS __nested")
    whole = "startswith(trim(value), '{') AND endswith(trim(value), '}') AND coalesce(size(__records), -1) = 1 AND __records[0] IS NOT NULL"
    flagged = taken.selectExpr("*", f"({whole} AND NOT ({illegible})) AS __whole")
    fields = ", ".join(
        f"{literal(name)}, {'__nested' if name in nested else '__records'}[0].{quoted(name)}" for name in contract.column_names
    )
    return flagged.selectExpr(
        *beside, f"CASE WHEN NOT __whole THEN {AS_TEXT} END AS {CORRUPT}", f"CASE WHEN __whole THEN named_struct({fields}) END AS __record"
    )


def _from_json(text: str, names: list[str]) -> str:
    fields = ", ".join(f"{quoted(name)}: STRING" for name in names)
    return f"from_json(concat('[', {text}, ']'), {literal(f'array<struct<{fields}>>')}, map('allowSingleQuotes', 'false'))"
