"""
Keys whose curated partition changed. Partition columns are promised never to change for a key; where they do, the older version is in
a partition that the batch does not touch, and the key would be in the table twice. A search of the keys of untouched partitions finds out:
of all of them while the table is small, otherwise of a share that does not grow with it. Keys mostly move to a partition nearby (the next
day, the next version), so half of the share is what is nearest; the other half is taken from elsewhere, by each batch from another place.
"""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from functools import reduce
from itertools import chain, islice
from zlib import crc32

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ...batch import Batch
from ...contract import Contract
from ...errors import ConfigurationError
from ...formats.sources import PATH, file_path, load, small_frame, spark_path
from ...judge.expressions import expression
from ...lake.sizes import MB
from ...lake.store import StoredObject
from ...merge.keys import KEY_HASH
from .existing import ExistingFiles
from .tombstones import WithTombstones

_FILE = "__file"
Touched = ExistingFiles | WithTombstones
MOST_LISTED = 5_000
MOST_BYTES = 32 * MB


@dataclass(frozen=True)
class Moved:
    """Of partitions that hold older versions, so that the merge puts it right."""

    paths: list[str]
    keys: int


def partition_follows_key(frame: DataFrame, contract: Contract) -> bool:
    """Whether the contract itself shows that a key cannot move."""
    return all(
        name in contract.primary_key
        or (name in contract.derive and expression(frame, contract.derive[name], f"derive.{name}").references <= set(contract.primary_key))
        for name in contract.partition_by
    )


def find_moved(batch: Batch, good: DataFrame, touched: Touched) -> Moved:
    sample, complete = _untouched(batch, touched)
    count, files = _met(batch, good, sample)
    if not count:
        return Moved([], 0)
    if not complete:
        contract = batch.contract
        raise ConfigurationError(
            f"curated.partition_by ({', '.join(contract.partition_by)}) changes for keys of {contract.dataset}: {count} of this batch are"
            " in other partitions already. Partition by columns that never change for a key, then backfill"
        )
    roots = (batch.settings.curated, batch.settings.tombstones)
    return Moved(sorted({uri.removeprefix(roots[0]).removeprefix(roots[1]).rpartition("/")[0] for uri in files}), count)


def _met(batch: Batch, good: DataFrame, sample: list[StoredObject]) -> tuple[int, list[str]]:
    """How many of the batch's keys the files have, and which files these are."""
    if not sample:
        return 0, []
    contract = batch.contract
    keys = [F.col(name).cast(good.schema[name].dataType) for name in contract.primary_key]
    found = []
    for root in (batch.settings.curated, batch.settings.tombstones):
        if uris := [file.uri for file in sample if file.uri.startswith(root)]:
            stored = load(batch.spark, "parquet", uris, basePath=root)
            # Two numbers a row are sent to every task; with the file's name in full it would be ten times as much.
            found.append(stored.select(F.xxhash64(*keys).alias(KEY_HASH), F.xxhash64(file_path(stored)).alias(_FILE)))
    existing = reduce(DataFrame.unionByName, found)
    # No shuffle may be planned between the two: how the good rows came to be where they are is not what Spark believes.
    met = good.select(KEY_HASH).join(F.broadcast(existing), KEY_HASH).distinct()
    by_file = {row[_FILE]: row["count"] for row in met.groupBy(_FILE).count().collect()}
    if not by_file:
        return 0, []
    names = small_frame(batch.spark, ["uri", PATH], [(found.uri, spark_path(found.uri)) for found in sample])
    return sum(by_file.values()), [row["uri"] for row in names.where(F.xxhash64(PATH).isin(list(by_file))).select("uri").collect()]


def _untouched(batch: Batch, touched: Touched) -> tuple[list[StoredObject], bool]:
    """Files of other partitions, and whether these are all."""
    settings = batch.settings
    removed = batch.store.list(settings.tombstones) if batch.contract.delete_when else ()
    listed = list(islice(chain(batch.store.list(settings.curated), removed), MOST_LISTED))
    own = {found.uri for found in touched.all}
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
    """In the order of names: how many other files are between a file and the next touched partition."""
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
