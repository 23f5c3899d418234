"""
What the scan observes for the profile: a sample of the rows, which goes to the driver as text. Spark interprets what it observes, so that
even a count of NULLs by column, over every row, costs more than the profile may (docs/performance.md).
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
SAMPLED_ROWS = 5_000
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
    """`size`: bytes of the input. The column is JSON: the rows of the sample, and where rows may remove their key, how many do not (summary.py reads it)."""
    names, hidden = profiled_columns(contract), hidden_columns(contract)
    good = f"{BAD} IS NULL{f' AND NOT {DELETED}' if contract.delete_when else ''}"
    values = [_shown(quoted(name), schema[name].dataType, name in hidden) for name in names]
    # An IF and no CASE, whose branches Spark would count anew for each row.
    sample = f"collect_list(IF({_is_sampled(size, len(names))} AND {good}, array({', '.join(values)}), NULL)) AS sample"
    parts = [sample, *([f"count_if({good}) AS rows"] if contract.delete_when else [])]
    return F.expr(f"to_json(struct({', '.join(parts)}))").alias(PROFILE)


def has_range(type: DataType) -> bool:
    return isinstance(type, (NumericType, DateType, TimestampType))


def _is_sampled(size: int, columns: int) -> str:
    """
    By the hash of the key, so that the same rows are taken when a task runs again. A task with far more rows than their bytes make
    expect takes ever fewer of them: the driver must hold the sample. Spark interprets this, so what leaves out most rows comes first.
    """
    one_of = 1 << max(0, size // (columns * _BYTES_OF_A_VALUE * SAMPLED_ROWS)).bit_length()
    place = f"({ROW} & {(1 << 33) - 1}L)"
    fewer = f"pmod({KEY_HASH}, {one_of}L * (1L + {place} div {one_of * SAMPLED_ROWS}L)) = 0"
    return f"({KEY_HASH} & {one_of - 1}L) = 0 AND {fewer}"


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
