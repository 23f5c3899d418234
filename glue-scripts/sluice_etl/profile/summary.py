"""From what the scan observed to the manifest's `profile`."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal

from pyspark.sql.types import DataType, DecimalType, NumericType, StringType, StructType

from ..contract import Contract
from .observed import CUT, SHOWN, has_range, hidden_columns, profiled_columns

_YEAR = re.compile(r"[+-]?\d+")

BUCKETS = 20
"""At most so many in a histogram."""


def summarize(observed: str, good: int, contract: Contract, schema: StructType) -> dict | None:
    """`good`: rows that are not bad. None of a batch without a row to look at."""
    found, hidden = json.loads(observed), hidden_columns(contract)
    names, sample, rows = profiled_columns(contract), found["sample"], found.get("rows", good)
    if not sample:
        return None
    columns = {}
    for place, name in enumerate(names):
        type, is_hidden = schema[name].dataType, name in hidden
        values = [row[place] for row in sample if row[place] is not None]
        nulls = round(rows * (1 - len(values) / len(sample)))
        columns[name] = {"nulls": nulls, "distinct": distinct(values, rows - nulls), **({"hidden": True} if is_hidden else {})}
        if is_hidden:
            continue
        if values and (has_range(type) or type == StringType()):
            order = _order(type)
            columns[name] |= {"min": _shown(min(values, key=order), type), "max": _shown(max(values, key=order), type)}
        if isinstance(type, NumericType) and (counts := histogram(values)):
            columns[name]["histogram"] = counts
    return {"rows": rows, "sampled": len(sample), "columns": columns}


def distinct(sample: Sequence[str], rows: int) -> int:
    """
    Different values among `rows`, of which these are a sample: the estimate of Haas and Stokes that PostgreSQL's ANALYZE makes, exact where
    the sample is everything.
    """
    counts = Counter(sample)
    once = sum(1 for times in counts.values() if times == 1)
    if len(sample) >= rows or not once:
        return len(counts)
    estimate = len(sample) * len(counts) / (len(sample) - once + once * len(sample) / rows)
    return max(len(counts), min(rows, round(estimate)))


def histogram(sample: Sequence[str]) -> dict | None:
    """
    Buckets of one width, which is 1, 2 or 5 times a power of ten and whose edges are multiples of it: the histograms of two batches lie on
    one grid, or one that fits into it. `from` is the lower edge of the first. None without a finite number.
    """
    numbers = [number for value in sample if math.isfinite(number := float(value))]
    if not numbers:
        return None
    least, most = min(numbers), max(numbers)
    width = _width((most - least) / (BUCKETS - 1)) if most > least else 1.0
    first = math.floor(least / width)
    places = Counter(min(BUCKETS - 1, math.floor(number / width) - first) for number in numbers)
    return {"from": float(f"{first * width:.12g}"), "width": width, "counts": [places[place] for place in range(max(places) + 1)]}


def _width(least: float) -> float:
    power = math.floor(math.log10(least))
    return float(next(f"{step}e{power}" for step in (1, 2, 5, 10) if step * 10.0**power >= least * (1 - 1e-9)))


def _order(type: DataType) -> Callable[[str], object]:
    """As Spark orders the values that these texts are of: NaN is the greatest number, and years may have a sign or five digits."""
    if isinstance(type, NumericType):
        return lambda value: (value == "NaN", Decimal(0) if value == "NaN" else Decimal(value))
    if type == StringType():
        return lambda value: value
    return lambda value: (int((year := _YEAR.match(value)).group()), value[year.end() :])


def _shown(value: str, type: DataType) -> str:
    if type == StringType():
        text, cut, _ = value.partition(CUT)
        return f"{text}…" if cut and len(text) == SHOWN else value[:SHOWN]
    # Spark writes a zero of many digits as 0E-18.
    return f"{Decimal(value):f}" if isinstance(type, DecimalType) else value
