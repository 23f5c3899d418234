"""
Keys whose curated partition changed. Partition columns are promised never to change for a key; where they do, the older version stands
in a partition that the batch does not touch, and the key would be there twice. A look at the keys of untouched partitions finds out:
at all of them while the table is small, otherwise at a share that does not grow with it. Keys mostly move to a partition nearby (the next
day, the next version), so half of the share is what stands nearest; the other half is taken from elsewhere, by each batch from another place.
"""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from itertools import islice
from zlib import crc32

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from ..contract import Contract
from ..errors import ConfigurationError
from ..judge.judge import references
from ..plan import Settings
from ..merge.shuffled import KEY_HASH
from ..formats.sources import PATH, load, small_frame, spark_path
from .standing import StandingFiles, find_standing
from ..lake.store import S3Store, StoredObject

_FILE = "__file"
MOST_LISTED = 5_000
MOST_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True)
class Moved:
    """Standing files of the partitions that hold older versions, so that the merge puts it right."""

    standing: StandingFiles
    keys: int


def partition_follows_key(frame: DataFrame, contract: Contract) -> bool:
    """Whether the contract itself shows that a key cannot move."""
    return all(
        name in contract.primary_key
        or (name in contract.derive and references(frame, contract.derive[name], f"derive.{name}") <= set(contract.primary_key))
        for name in contract.partition_by
    )


def find_moved(
    spark: SparkSession, good: DataFrame, contract: Contract, touched: StandingFiles, settings: Settings, store: S3Store
) -> Moved:
    sample, complete = _untouched(touched, settings, store)
    if not sample:
        return Moved(StandingFiles({}), 0)
    stored = load(spark, "parquet", [found.uri for found in sample], basePath=settings.curated)
    keys = [F.col(name).cast(good.schema[name].dataType) for name in contract.primary_key]
    # Two numbers a row are sent to every task; with the file's name in full it would be ten times as much.
    standing = stored.select(F.xxhash64(*keys).alias(KEY_HASH), F.xxhash64("_metadata.file_path").alias(_FILE))
    # No shuffle may be planned between the two: how the good rows came to lie where they do is not what Spark believes.
    met = good.select(KEY_HASH).join(F.broadcast(standing), KEY_HASH).distinct()
    by_file = {row[_FILE]: row["count"] for row in met.groupBy(_FILE).count().collect()}
    if not by_file:
        return Moved(StandingFiles({}), 0)
    count = sum(by_file.values())
    if not complete:
        raise ConfigurationError(
            f"curated.partition_by ({', '.join(contract.partition_by)}) changes for keys of {contract.dataset}: {count} of this batch stand"
            " in other partitions already. Partition by columns that never change for a key, then backfill"
        )
    names = small_frame(spark, ["uri", PATH], [(found.uri, spark_path(found.uri)) for found in sample])
    met_files = names.where(F.xxhash64(PATH).isin(list(by_file))).select("uri").collect()
    paths = sorted({row["uri"].rpartition("/")[0][len(settings.curated) :] for row in met_files})
    return Moved(find_standing(paths, settings, store), count)


def _untouched(touched: StandingFiles, settings: Settings, store: S3Store) -> tuple[list[StoredObject], bool]:
    """Files of other partitions, and whether these are all."""
    listed = list(islice(store.list(settings.curated), MOST_LISTED))
    own = {found.uri for files in touched.by_path.values() for found in files}
    others = [found for found in listed if found.uri.endswith(".parquet") and found.uri not in own]
    if len(listed) < MOST_LISTED and sum(found.size for found in others) <= MOST_BYTES:
        return others, True
    homes = sorted(f"{settings.curated}{path}" for path in touched.by_path)
    first = crc32(settings.batch_id.encode()) % max(1, len(others))
    near = _as_many_as_fit(_nearest_first(others, homes), MOST_BYTES // 2)
    seen = set(near)
    far = _as_many_as_fit([found for found in others[first:] + others[:first] if found not in seen], MOST_BYTES // 2)
    return near + far, False


def _nearest_first(others: list[StoredObject], homes: list[str]) -> list[StoredObject]:
    """In the order of names: how many other files stand between a file and the next touched partition."""
    uris = [found.uri for found in others]
    places = [bisect(uris, home) for home in homes]

    def distance(index: int) -> int:
        after = bisect(places, index)
        return min(abs(place - index) for place in places[max(0, after - 1) : after + 1])

    return [others[index] for index in sorted(range(len(others)), key=distance)] if places else others


def _as_many_as_fit(files: list[StoredObject], most_bytes: int) -> list[StoredObject]:
    """At least one, if there is any."""
    fitting, held = [], 0
    for found in files:
        if held + found.size > most_bytes and fitting:
            break
        fitting.append(found)
        held += found.size
    return fitting
