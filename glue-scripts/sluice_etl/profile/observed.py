"""
What the scan observes of each column. Exact: NULLs, and the least and greatest of numbers and times. Of the rest a sample of the rows goes
to the driver as text, since a count of distinct values over every row costs more than the profile may (docs/performance.md).
"""

from __future__ import annotations

import re

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, DateType, NumericType, StringType, StructType, TimestampType

from ..contract import Contract
from ..formats.sources import quoted
from ..judge.judge import BAD, DELETED
from ..merge.keys import KEY_HASH, ROW

PROFILE = "profile"
SAMPLED_ROWS = 10_000
"""About so many of a batch; all rows of a smaller one."""
MOST_COLUMNS = 200
SHOWN = 64
"""Letters of a value that a profile shows."""
CUT = "\n"
"""In a sampled value: what follows is the hash of a longer text, or of a value that is not shown."""

# A row is seldom shorter, so that the sample is seldom much larger than asked for.
_BYTES_OF_A_VALUE = 8


def profiled_columns(contract: Contract) -> list[str]:
    return contract.curated_columns[:MOST_COLUMNS]


def hidden_columns(contract: Contract) -> set[str]:
    """Those whose values no report shows, and columns that are derived from them."""
    hidden = {*contract.hidden_columns, *(column.name for column in contract.columns if column.sensitive)}
    while more := {name for name, sql in contract.derive.items() if name not in hidden and _names_any(sql, hidden)}:
        hidden |= more
    return hidden


def profile_of_scan(contract: Contract, schema: StructType, size: int) -> Column:
    """`size`: bytes of the input. The column is JSON: NULLs, least and greatest by column, and rows of the sample (summary.py reads it)."""
    names, hidden = profiled_columns(contract), hidden_columns(contract)
    good = f"{BAD} IS NULL{f' AND NOT {DELETED}' if contract.delete_when else ''}"
    ranged = [name for name in names if has_range(schema[name].dataType) and name not in hidden]
    extremes = [_text(f"{which}(CASE WHEN {good} THEN {quoted(name)} END)") for name in ranged for which in ("min", "max")]
    nulls = [f"count_if({good} AND {quoted(name)} IS NULL)" for name in names]
    values = [_shown(quoted(name), schema[name].dataType, name in hidden) for name in names]
    parts = [
        f"count_if({good}) AS rows",
        f"array({', '.join(nulls)}) AS nulls",
        f"array({', '.join(extremes)}) AS extremes" if extremes else "array() AS extremes",
        f"collect_list(CASE WHEN {good} AND {_is_sampled(size, len(names))} THEN array({', '.join(values)}) END) AS sample",
    ]
    return F.expr(f"to_json(struct({', '.join(parts)}))").alias(PROFILE)


def has_range(type: DataType) -> bool:
    return isinstance(type, (NumericType, DateType, TimestampType))


def _is_sampled(size: int, columns: int) -> str:
    """
    By the hash of the key, so that the same rows are taken when a task runs again. A task with far more rows than their bytes make
    expect takes ever fewer of them: the driver must hold the sample.
    """
    one_of = max(1, size // (columns * _BYTES_OF_A_VALUE * SAMPLED_ROWS))
    place = f"({ROW} & {(1 << 33) - 1}L)"
    return f"pmod({KEY_HASH}, {one_of}L * (1L + {place} div {one_of * SAMPLED_ROWS}L)) = 0"


def _shown(value: str, type: DataType, is_hidden: bool) -> str:
    text = _text(value)
    hashed = f"concat('{CUT}', hex(xxhash64({text})))"
    if is_hidden:
        return f"CASE WHEN {value} IS NOT NULL THEN {hashed} END"
    if has_range(type) or type.simpleString() == "boolean":
        return text
    if type == StringType():
        return f"CASE WHEN length({text}) <= {SHOWN} THEN {text} ELSE concat(left({text}, {SHOWN}), {hashed}) END"
    return f"CASE WHEN {value} IS NOT NULL THEN {hashed} END"


def _text(value: str) -> str:
    return f"CAST({value} AS STRING)"


def _names_any(sql: str, names: set[str]) -> bool:
    words = {word.lower() for word in re.findall(r"[^\W]+", sql)}
    return any(name.lower() in words or f"`{name.lower()}`" in sql.lower() for name in names)
