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
# Of a partition that a batch has not seen.
NO_ROWS = "-"
# Each has a bit of a BIGINT.
MOST_VERSIONS = 62
# So few are named in the query, and Parquet's reader passes over files and groups of rows without them. More are looked up.
FEW_VERSIONS = 20
# Of nested values the text is hashed; a hash passes over the NULLs in them.
AS_JSON = {"ignoreNullFields": "false", "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX"}


def version_of(path: str, files: Sequence[StoredObject]) -> str:
    """Names one content of one partition: no two published files have one name."""
    names = sorted(f"{file.uri.rpartition('/')[2]} {file.size}" for file in files)
    return hashlib.sha256("\n".join([path, *names]).encode()).hexdigest()[:24]


def digest(batch: Batch, source: PublishedTable, keys: Sequence[str], versions: dict[str, list[StoredObject]]) -> DataFrame:
    """A row for each version and key that has rows in it: VERSION, the keys, ROWS, DIGESTS."""
    rows = _with_versions(batch, source, versions)
    parts = [part for name, type_ in source.types.items() for part in _hashable(name, type_)]
    digests = [F.bit_xor(F.xxhash64(F.lit(salt), *parts)).alias(name) for salt, name in enumerate(DIGESTS)]
    return rows.groupBy(VERSION, *(quoted(key) for key in keys)).agg(F.count(F.lit(1)).alias(ROWS), *digests)


def schema_of(source: PublishedTable, keys: Sequence[str]) -> str:
    """Of `digest`, in SQL; to find it in a file is a job of its own."""
    types = {name.lower(): type_ for name, type_ in source.types.items()}
    columns = [(VERSION, "string"), *((key, types[key.lower()]) for key in keys), *((name, "bigint") for name in (ROWS, *DIGESTS))]
    return ", ".join(f"{quoted(name)} {type_}" for name, type_ in columns)


def changed_keys(digests: DataFrame, keys: Sequence[str], wanted: dict[str, list[str]], spark) -> DataFrame:
    """
    Keys whose rows differ between any two versions of a partition. `wanted`: partition → its versions, of which NO_ROWS may be one: that has none of its keys.
    At most MOST_VERSIONS of each.
    """
    places = {
        version: (path, str(1 << number), str((1 << len(versions)) - 1))
        for path, versions in wanted.items()
        for number, version in enumerate(versions)
        if version != NO_ROWS
    }
    met = _placed(digests, places, spark).groupBy("__of", "__all", *(quoted(key) for key in keys))
    same = " AND ".join(f"min({name}) = max({name})" for name in (ROWS, *DIGESTS))
    groups = met.agg(F.expr("bit_or(CAST(__bit AS BIGINT))").alias("__found"), F.expr(same).alias("__same"))
    changed = groups.where("NOT (__same AND __found = CAST(__all AS BIGINT))").select(*(quoted(key) for key in keys))
    return changed if len(wanted) == 1 else changed.distinct()


def _with_versions(batch: Batch, source: PublishedTable, versions: dict[str, list[StoredObject]]) -> DataFrame:
    files = [file for of_version in versions.values() for file in of_version]
    if len(versions) == 1 and len(files) == len(source.files):
        return source.rows_of(files).withColumn(VERSION, F.lit(next(iter(versions))))
    names = [(spark_path(file.uri), version) for version, files in versions.items() for file in files]
    return source.rows_of(files, PATH).join(F.broadcast(small_frame(batch.spark, [PATH, VERSION], names)), PATH)


def _placed(digests: DataFrame, places: dict[str, tuple[str, str, str]], spark) -> DataFrame:
    """Rows of these versions, with the partition of each, its own bit, and the bits of all versions of that partition."""
    names = ("__of", "__bit", "__all")
    if len(places) > FEW_VERSIONS:
        rows = [(version, *place) for version, place in places.items()]
        return digests.join(F.broadcast(small_frame(spark, [VERSION, *names], rows)), VERSION)
    rows = digests.where(F.col(VERSION).isin(list(places)))
    for at, name in enumerate(names):
        rows = rows.withColumn(name, F.coalesce(*(F.when(F.col(VERSION) == version, place[at]) for version, place in places.items())))
    return rows


def _hashable(name: str, type_: str) -> list[Column]:
    """A hash passes over NULL, so (NULL, 1) and (1, NULL) would be alike without the flag."""
    column = F.col(quoted(name))
    nested = type_.startswith(("array", "map", "struct"))
    return [column.isNull(), F.to_json(F.struct(column), AS_JSON) if nested else column]
