"""JSON, an object a line."""

from __future__ import annotations

import json
from collections import Counter, defaultdict

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from .contract import Contract
from .heads import head_lines
from .inputs import SourceFile
from .sources import CORRUPT, PATH, Source, SourceColumn, literal, load, quoted
from .store import S3Store, in_parallel

# Drift is judged by what the first bytes of a file show: reading all of it twice would double the cost of the batch.
LOOK = 256 * 1024

# Whole numbers only where a value may stand, and not inside strings, which the first alternative steps over.
_STRING = r'("(?:[^"\\]++|\\.)*+")'
_NUMBER = r"(?<=[\s:,\[])(-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)(?=\s*+(?:[,\]}]|$))"
_MARK = "\u0001"


def json_sources(spark: SparkSession, files: list[SourceFile], contract: Contract, store: S3Store) -> list[Source]:
    groups: dict[tuple[str, ...], list[SourceFile]] = defaultdict(list)
    missing, unknown = defaultdict(Counter), defaultdict(Counter)
    for file, keys in zip(files, in_parallel(lambda file: _keys(store, file), files)):
        lacking = tuple(name for name in contract.column_names if name not in keys) if keys else ()
        # Only a contract that sets rows aside for it needs to tell the files apart; else one frame reads them all.
        group = lacking if contract.missing == "quarantine" else ()
        groups[group].append(file)
        missing[group].update(lacking)
        unknown[group].update(key for key in keys if key not in contract.column_names)
    return [_source(spark, contract, group, members, missing[group], unknown[group]) for group, members in groups.items()]


def _source(spark: SparkSession, contract: Contract, lacking: tuple[str, ...], files: list[SourceFile], missing, unknown) -> Source:
    lines = load(spark, "text", [file.read_from for file in files]).select("value", F.col("_metadata.file_path").alias(PATH))
    present = [name for name in contract.column_names if name not in lacking]
    columns = {name: SourceColumn(f"_record.{quoted(name)}") for name in present}
    return Source(records(lines, contract), columns, dict(missing), dict(unknown))


def records(lines: DataFrame, contract: Contract) -> DataFrame:
    """Lines (`value`, and whatever stands beside it) to a struct _record of strings, or to CORRUPT where a line is not one object."""
    beside = [name for name in lines.columns if name != "value"]
    # Numbers become strings first, so that they stay as they were written: Spark reads 1.10 as the double 1.1.
    marked = f"regexp_replace(value, {literal(f'{_STRING}|{_NUMBER}')}, {literal(f'$1{_MARK}$2{_MARK}')})"
    unmarked = f"replace(replace({marked}, {literal(_MARK * 2)}, ''), {literal(_MARK)}, '\"')"
    nested = {column.name for column in contract.columns if "<" in column.type}
    # In an array, so that anything after the object is seen: from_json alone stops at the end of the first value.
    parsed = _from_json(unmarked, contract.column_names)
    raw = _from_json("value", sorted(nested)) if nested else "NULL"
    taken = lines.where("trim(value) <> ''").selectExpr("value", *beside, f"{parsed} AS _records", f"{raw} AS _nested")
    whole = "startswith(trim(value), '{') AND endswith(trim(value), '}') AND coalesce(size(_records), -1) = 1 AND _records[0] IS NOT NULL"
    flagged = taken.selectExpr("*", f"({whole}) AS _whole")
    fields = ", ".join(
        f"{literal(name)}, {'_nested' if name in nested else '_records'}[0].{quoted(name)}" for name in contract.column_names
    )
    return flagged.selectExpr(
        *beside, f"CASE WHEN NOT _whole THEN value END AS {CORRUPT}", f"CASE WHEN _whole THEN named_struct({fields}) END AS _record"
    )


def _from_json(text: str, names: list[str]) -> str:
    fields = ", ".join(f"{quoted(name)}: STRING" for name in names)
    return f"from_json(concat('[', {text}, ']'), {literal(f'array<struct<{fields}>>')}, map('allowSingleQuotes', 'false'))"


def _keys(store: S3Store, file: SourceFile) -> dict[str, None]:
    """Keys of the objects in the file's first lines, in their order."""
    keys: dict[str, None] = {}
    for line in head_lines(store, file, LOOK)[0]:
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            keys.update(dict.fromkeys(found))
    return keys
