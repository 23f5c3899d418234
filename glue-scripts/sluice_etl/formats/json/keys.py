"""Which keys the objects of a file have."""

from __future__ import annotations

import json
from collections import defaultdict
from functools import reduce
from operator import or_

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from ...contract import Contract
from ...lake.inputs import SourceFile
from ...lake.store import S3Store, in_parallel
from ..heads import head_lines
from ..sources import PATH, load, spark_path

# What the first bytes of a file show is nearly always all that there is to know of its keys.
LOOK = 256 * 1024


def keys_of(spark: SparkSession, files: list[SourceFile], contract: Contract, store: S3Store) -> list[dict[str, None]]:
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
