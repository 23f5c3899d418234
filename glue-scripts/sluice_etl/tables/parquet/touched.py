"""Which curated partitions a batch touches: those of its good rows, observed beside the scan."""

from __future__ import annotations

import json

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from ...contract import Contract
from ...formats.sources import quoted
from ...judge.judge import BAD
from ...lake.hive_paths import partition_path
from ...merge.deletes import is_unplaced

TOUCHED = "touched"
_AS_THEY_ARE = {"date", "string", "int", "bigint", "smallint", "tinyint"}


def touched_values(contract: Contract, schema: StructType) -> Column:
    """A set of values as JSON, or of lists of them; of plain values where their text is no question, since that costs less a row."""
    names = [quoted(name) for name in contract.partition_by]
    if len(names) == 1 and schema[contract.partition_by[0]].dataType.simpleString() in _AS_THEY_ARE:
        values, texts = names[0], "array<string>"
    else:
        values, texts = f"array({', '.join(f'CAST({name} AS STRING)' for name in names)})", "array<array<string>>"
    touches = f"{BAD} IS NULL{f' AND NOT {is_unplaced(contract)}' if contract.delete_when else ''}"
    # Spark interprets what it observes, and counts the branches of a CASE anew for each row.
    return F.expr(f"to_json(CAST(collect_set(IF({touches}, {values}, NULL)) AS {texts}))").alias(TOUCHED)


def touched_paths(contract: Contract, observed: dict) -> list[str]:
    found = json.loads(observed[TOUCHED])
    return sorted(partition_path(contract.partition_by, tuple(values) if isinstance(values, list) else (values,)) for values in found)
