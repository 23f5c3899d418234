"""From what the scan observed to the manifest's `profile`."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from pyspark.sql.types import DecimalType, NumericType, StringType, StructType

from ..contract import Contract
from .observed import CUT, SHOWN, has_range, hidden_columns, profiled_columns

BUCKETS = 20
"""At most so many in a histogram."""


def summarize(observed: str, contract: Contract, schema: StructType) -> dict | None:
    """None of a batch without good rows."""
    found, hidden = json.loads(observed), hidden_columns(contract)
    names, sample, rows = profiled_columns(contract), found["sample"], found["rows"]
    if rows == 0:
        return None
    extremes = iter(found["extremes"])
    columns = {}
    for place, (name, nulls) in enumerate(zip(names, found["nulls"])):
        type, is_hidden = schema[name].dataType, name in hidden
        values = [row[place] for row in sample if row[place] is not None]
        columns[name] = {"nulls": nulls, "distinct": distinct(values, rows - nulls), **({"hidden": True} if is_hidden else {})}
        if is_hidden:
            continue
        if has_range(type):
            least, most = next(extremes), next(extremes)
            # Spark writes a zero of many digits as 0E-18.
            plain = isinstance(type, DecimalType) and least is not None
            columns[name] |= _range(*(f"{Decimal(value):f}" for value in (least, most)) if plain else (least, most))
        elif type == StringType() and values:
            columns[name] |= _range(_cut(min(values)), _cut(max(values)))
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


def _range(least: str | None, most: str | None) -> dict:
    return {} if least is None or most is None else {"min": least, "max": most}


def _cut(value: str) -> str:
    text, cut, _ = value.partition(CUT)
    return f"{text}…" if cut and len(text) == SHOWN else value[:SHOWN]
