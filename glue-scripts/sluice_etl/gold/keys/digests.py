"""A digest of the rows of each key, in each partition of a source."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from ...batch import Batch
from ...formats.sources import PATH, quoted, small_frame, spark_path
from ...lake.store import StoredObject
from ...tables.published import PublishedTable

VERSION, ROWS, DIGESTS = "__version", "__rows", ("__digest", "__digest2")
# Of nested values the text is hashed; a hash passes over the NULLs in them.
AS_JSON = {"ignoreNullFields": "false", "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX"}


def version_of(path: str, files: Sequence[StoredObject]) -> str:
    """Names one content of one partition: no two published files have one name."""
    names = sorted(f"{file.uri.rpartition('/')[2]} {file.size}" for file in files)
    return hashlib.sha256("\n".join([path, *names]).encode()).hexdigest()[:24]


def digest(batch: Batch, source: PublishedTable, keys: Sequence[str], versions: dict[str, list[StoredObject]]) -> DataFrame:
    """A row for each version and key that has rows in it: VERSION, the keys, ROWS, DIGESTS."""
    names = [(spark_path(file.uri), version) for version, files in versions.items() for file in files]
    named = small_frame(batch.spark, [PATH, VERSION], names)
    rows = source.rows_of([file for files in versions.values() for file in files], PATH).join(F.broadcast(named), PATH)
    parts = [part for name, type_ in source.types.items() for part in _hashable(name, type_)]
    digests = [F.bit_xor(F.xxhash64(F.lit(salt), *parts)).alias(name) for salt, name in enumerate(DIGESTS)]
    return rows.groupBy(VERSION, *(quoted(key) for key in keys)).agg(F.count(F.lit(1)).alias(ROWS), *digests)


def changed_keys(digests: DataFrame, keys: Sequence[str], wanted: dict[str, tuple[str, int]], spark) -> DataFrame:
    """
    Keys whose rows differ between any two of a partition's versions. `wanted`: version → its partition, and in how many versions of that a key must be the
    same: a version without rows has none of its keys.
    """
    rows = [(version, path, str(times)) for version, (path, times) in wanted.items()]
    known = small_frame(spark, [VERSION, "__of", "__times"], rows)
    met = digests.join(F.broadcast(known), VERSION).groupBy("__of", "__times", *(quoted(key) for key in keys))
    same = " AND ".join(f"min({name}) = max({name})" for name in (ROWS, *DIGESTS))
    groups = met.agg(F.count_distinct(VERSION).alias("__found"), F.expr(same).alias("__same"))
    return groups.where("NOT (__same AND __found = CAST(__times AS BIGINT))").select(*(quoted(key) for key in keys)).distinct()


def _hashable(name: str, type_: str) -> list[Column]:
    """A hash passes over NULL, so (NULL, 1) and (1, NULL) would be alike without the flag."""
    column = F.col(quoted(name))
    nested = type_.startswith(("array", "map", "struct"))
    return [column.isNull(), F.to_json(F.struct(column), AS_JSON) if nested else column]
