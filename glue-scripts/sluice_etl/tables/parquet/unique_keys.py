"""
Whether each key of a curated table is there once. A batch looks up its keys in a share of the partitions that it does not touch
(moved_keys.py), so that it takes no longer as the table grows; here every key of the table is compared with every other, on request.
"""

from __future__ import annotations

from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F

from ...contract import Contract
from ...errors import ConfigurationError
from ...formats.sources import quoted
from ...lake.hive_paths import partition_path
from ...merge.keys import KEY_HASH
from ...observations import values_of

# Keys that seem to be there twice are looked at for themselves, so many of them; beyond that there are "or more".
MOST_LOOKED_AT = 1000


def check_keys(existing: DataFrame, contract: Contract) -> int:
    """`existing` has the curated columns of the whole table. Returns its rows; raises ConfigurationError that tells where keys are twice."""
    named = [F.col(quoted(name)) for name in dict.fromkeys((*contract.primary_key, *contract.partition_by))]
    rows = existing.select(F.xxhash64(*contract.primary_key).alias(KEY_HASH), *named)
    observation = Observation()
    counted = rows.observe(observation, F.count(F.lit(1)).alias("rows")).groupBy(KEY_HASH).agg(F.count(F.lit(1)).alias("__rows"))
    hashes = [row[KEY_HASH] for row in counted.where("__rows > 1").select(KEY_HASH).limit(MOST_LOOKED_AT).collect()]
    if hashes:
        # An array of no columns is of no type, hence the cast of it as well.
        values = F.array(*(F.col(quoted(name)).cast("string") for name in contract.partition_by)).cast("array<string>")
        # Two keys may have one hash.
        by_key = rows.where(F.col(KEY_HASH).isin(hashes)).groupBy(*(quoted(name) for name in contract.primary_key))
        places = F.sort_array(F.collect_set(values)).alias("__places")
        twice = by_key.agg(F.count(F.lit(1)).alias("__rows"), places).where("__rows > 1").select("__places").collect()
        if twice:
            raise ConfigurationError(_message(contract, len(hashes), [row["__places"] for row in twice]))
    return values_of(observation)["rows"]


def _message(contract: Contract, hashes: int, places: list[list[list[str]]]) -> str:
    """Names partitions, and how to find the keys; never a key, which may be of a person."""
    count = f"{MOST_LOOKED_AT} keys or more" if hashes == MOST_LOOKED_AT else f"{len(places)} {'key' if len(places) == 1 else 'keys'}"
    text = f"{count} of {contract.dataset} {'is' if count == '1 key' else 'are'} in the table more than once"
    keys = ", ".join(quoted(name) for name in contract.primary_key)
    look = f"Look: SELECT {keys} FROM {contract.dataset} GROUP BY {keys} HAVING count(*) > 1".replace("`", '"')
    apart = sorted(found for found in places if len(found) > 1)
    if not apart:
        return f"{text}, each within one partition, which no batch does: something else has written to the table. {look}"
    first, second, *_ = (partition_path(contract.partition_by, tuple(values)) for values in apart[0])
    return (
        f"{text}, such as in {first} and {second}: curated.partition_by ({', '.join(contract.partition_by)}) changes for keys."
        f" Partition by columns that never change for a key, then backfill. {look}"
    )
