"""JSON, an object a line."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from functools import reduce
from operator import or_

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from ..contract import Contract
from .heads import head_lines
from ..lake.inputs import SourceFile
from .sources import AS_TEXT, CORRUPT, NOT_UTF8, PATH, Source, SourceColumn, literal, load, quoted, spark_path
from ..lake.store import S3Store, in_parallel

# What the first bytes of a file show is nearly always all that there is to know of its keys.
LOOK = 256 * 1024

# Whole numbers only where a value may stand, and not inside strings, which the first alternative steps over.
_STRING = r'("(?:[^"\\]++|\\.)*+")'
_NUMBER = r"(?<=[\s:,\[])(-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)(?=\s*+(?:[,\]}]|$))"
_MARK = "\u0001"


def json_sources(spark: SparkSession, files: list[SourceFile], contract: Contract, store: S3Store) -> list[Source]:
    groups: dict[tuple[str, ...], list[SourceFile]] = defaultdict(list)
    missing, unknown = defaultdict(Counter), defaultdict(Counter)
    for file, keys in zip(files, _keys_of(spark, files, contract, store)):
        lacking = tuple(name for name in contract.column_names if name not in keys) if keys else ()
        # Only a contract that sets rows aside for it needs to tell the files apart; else one frame reads them all.
        group = lacking if contract.missing == "quarantine" else ()
        groups[group].append(file)
        missing[group].update(lacking)
        unknown[group].update(key for key in keys if key not in contract.column_names)
    return [_source(spark, contract, group, members, missing[group], unknown[group]) for group, members in groups.items()]


def _keys_of(spark: SparkSession, files: list[SourceFile], contract: Contract, store: S3Store) -> list[dict[str, None]]:
    """
    Keys of each file's objects, in their order. Contract columns are found wherever they first stand in a file. Keys that the contract does
    not know are looked for in all of a file only where they would fail the batch, else in its first LOOK bytes: to take every line apart for
    them costs a third of the scan.
    """
    heads = in_parallel(lambda file: _keys_of_head(store, file), files)
    sought: set[str] = set()
    doubtful = []
    for file, (keys, whole) in zip(files, heads):
        lacking = {name for name in contract.column_names if name not in keys}
        if not whole and (lacking or contract.unknown == "fail"):
            doubtful.append(file.read_from)
            sought |= lacking
    further = _keys_of_lines(spark, doubtful, None if contract.unknown == "fail" else sought) if doubtful else {}
    return [{**keys, **further.get(spark_path(file.read_from), {})} for file, (keys, _) in zip(files, heads)]


def _keys_of_lines(spark: SparkSession, uris: list[str], sought: set[str] | None) -> dict[str, dict[str, None]]:
    """PATH → those of the sought keys that stand anywhere in the file; every key for None. Lines without them are not taken apart."""
    lines = load(spark, "text", uris).select(F.col("_metadata.file_path").alias(PATH), "value")
    if sought is not None:
        # What is not ASCII may be written as escapes.
        signs = {f'"{name}"' if name.isascii() else "\\u" for name in sought} | {f'"{name}"' for name in sought}
        lines = lines.where(reduce(or_, (F.col("value").contains(sign) for sign in sorted(signs))))
    keys = lines.select(PATH, F.explode(F.json_object_keys("value")).alias("key"))
    if sought is not None:
        keys = keys.where(F.col("key").isin(*sought))
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for path, key in sorted(tuple(row) for row in keys.distinct().collect()):
        found[path][key] = None
    return found


def _source(spark: SparkSession, contract: Contract, lacking: tuple[str, ...], files: list[SourceFile], missing, unknown) -> Source:
    lines = load(spark, "text", [file.read_from for file in files]).select("value", F.col("_metadata.file_path").alias(PATH))
    present = [name for name in contract.column_names if name not in lacking]
    columns = {name: SourceColumn(f"__record.{quoted(name)}") for name in present}
    return Source(records(lines, contract), columns, dict(missing), dict(unknown))


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


def _keys_of_head(store: S3Store, file: SourceFile) -> tuple[dict[str, None], bool]:
    """Keys of the objects in the file's first lines, in their order, and whether these lines are the whole file."""
    keys: dict[str, None] = {}
    lines, whole = head_lines(store, file, LOOK)
    for line in lines:
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            keys.update(dict.fromkeys(found))
    return keys, whole
