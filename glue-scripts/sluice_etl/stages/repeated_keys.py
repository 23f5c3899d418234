"""A wrong primary key looks like this: of a table's first batch, many rows lose to another row of their key."""

from __future__ import annotations

from pyspark.sql import functions as F

from ..batch import Batch
from ..merge.keys import KEY_HASH
from ..tables.kind import noted_kind
from .shuffled import Shuffled

# Of the rows that were not quarantined; and a few rows that were sent twice are no finding.
MANY_LOST = 0.1
LEAST_LOST = 100

EXAMPLES = 3
LONGEST_VALUE = 64


def repeated_keys(batch: Batch, shuffled: Shuffled, lost: int) -> tuple[dict, ...]:
    """Keys with the most rows; none where few rows lose, or where the table has had a batch before."""
    if lost < max(LEAST_LOST, MANY_LOST * (shuffled.read - shuffled.bad)) or (noted_kind(batch) and not batch.plan.rebuild):
        return ()
    keys = batch.contract.primary_key
    # Rows of one key are in one partition already.
    rows = shuffled.kept.good().groupBy(KEY_HASH, *keys).agg(F.count(F.lit(1)).alias("__rows")).where("__rows > 1")
    shown = [name for name in keys if name not in batch.contract.hidden_columns]
    values = [F.substring(F.col(name).cast("string"), 1, LONGEST_VALUE).alias(name) for name in shown]
    found = rows.orderBy(F.desc("__rows"), *keys).limit(EXAMPLES).select("__rows", *values).collect()
    return tuple({"key": {name: row[name] for name in shown}, "rows": row["__rows"]} for row in found)
