"""
Keys whose curated partition changed. Partition columns are promised never to change for a key; where they do, the older version stands
in a partition that the batch does not touch, and the key would be there twice. A look at the keys of untouched partitions finds out:
at all of them while the table is small, at a share that does not grow with it otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from .contract import Contract
from .errors import ConfigurationError
from .judge import references
from .plan import Settings
from .scan import spark_path
from .shuffled import KEY_HASH
from .sources import PATH, load
from .standing import StandingFiles, find_standing
from .store import S3Store, StoredObject

_FILE = "_file"
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
    names = spark.createDataFrame([(found.uri, spark_path(found.uri)) for found in sample], f"uri STRING, {PATH} STRING")
    met_files = names.where(F.xxhash64(PATH).isin(list(by_file))).select("uri").collect()
    paths = sorted({row["uri"].rpartition("/")[0][len(settings.curated) :] for row in met_files})
    return Moved(find_standing(paths, settings, store), count)


def _untouched(touched: StandingFiles, settings: Settings, store: S3Store) -> tuple[list[StoredObject], bool]:
    """Files of other partitions, and whether these are all."""
    listed = list(islice(store.list(settings.curated), MOST_LISTED))
    own = {found.uri for files in touched.by_path.values() for found in files}
    others = [found for found in listed if found.uri.endswith(".parquet") and found.uri not in own]
    sample, held = [], 0
    for found in others:
        if held + found.size > MOST_BYTES and sample:
            break
        sample.append(found)
        held += found.size
    return sample, len(sample) == len(others) and len(listed) < MOST_LISTED
