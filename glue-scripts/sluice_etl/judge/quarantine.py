"""Rows that are set aside, as they were read, with every reason."""

from __future__ import annotations

import json

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from ..contract import Contract
from ..lake.inputs import SourceFile
from .judge import BAD, BITS, all_reasons, reasons_of
from .references import waits
from ..formats.scan import SOURCE_FILE
from ..formats.sources import PATH, literal, quoted, spark_path


# For an alert: enough to begin a search with, and short enough to read.
EXAMPLES = 5
LONGEST_VALUE = 64
BY_REASON = "by_reason"


def quarantined_rows(rows: DataFrame, contract: Contract, homes: DataFrame, batch_id: str) -> DataFrame:
    known = rows.selectExpr(BAD, f"{BAD}.path AS {PATH}").join(F.broadcast(homes), PATH, "left")
    return known.selectExpr(
        *(f"{BAD}.values.{quoted(name)} AS {quoted(name)}" for name in contract.column_names),
        f"{reasons_of(contract)} AS _errors",
        f"coalesce({BAD}.origin, {SOURCE_FILE}) AS {SOURCE_FILE}",
        f"{literal(batch_id)} AS _batch_id",
        f"{literal(contract.version)} AS _contract_version",
        f"{BAD}.raw_record AS _raw_record",
        f"{BAD}.raw_bytes AS _raw_bytes",
        *map(quoted, contract.partition_keys),
    )


def count_by_reason(contract: Contract) -> Column:
    """Of bad rows, for `named_counts`: JSON of a list, how many have each of all_reasons()."""
    bits = (divmod(index, BITS) for index in range(len(all_reasons(contract))))
    counts = ", ".join(f"coalesce(sum(shiftright({BAD}.reasons[{word}], {bit}) & 1L), 0L)" for word, bit in bits)
    return F.expr(f"to_json(array({counts})) AS {BY_REASON}")


def named_counts(counts: str, contract: Contract) -> dict[str, int]:
    """What `count_by_reason` has counted, by reason; without reasons that no row has."""
    return {reason: count for reason, count in zip(all_reasons(contract), json.loads(counts)) if count}


def only_waits(contract: Contract) -> str:
    """SQL over bad rows: whether a row has no reason but that its parents are not there yet."""
    waiting, masks = set(waits(contract)), [0] * -(-len(all_reasons(contract)) // BITS)
    for index, reason in enumerate(all_reasons(contract)):
        masks[index // BITS] |= (1 << index % BITS) if reason in waiting else 0
    return " AND ".join(f"({BAD}.reasons[{word}] & ~{mask}L) = 0" for word, mask in enumerate(masks))


def example_keys(rows: DataFrame, contract: Contract, files: list[SourceFile]) -> list[dict]:
    """Keys of a few bad rows, for people to look up; never a whole row, and no column that the contract hides."""
    keys = [name for name in contract.primary_key if name in contract.column_names and name not in contract.hidden_columns]
    if not keys:
        return []
    read = [f"{BAD}.values.{quoted(name)}" for name in keys]
    some = rows.where(f"coalesce({', '.join(read)}) IS NOT NULL").limit(EXAMPLES)
    values = ", ".join(f"substring({value}, 1, {LONGEST_VALUE}) AS {quoted(name)}" for name, value in zip(keys, read))
    found = some.selectExpr(f"struct({values}) AS key", f"{reasons_of(contract)} AS reasons", f"{BAD}.path", f"{BAD}.origin").collect()
    uris = {spark_path(file.read_from): file.uri for file in files} if found else {}
    return [{"key": row["key"].asDict(), "reasons": list(row["reasons"]), "file": row["origin"] or uris.get(row["path"])} for row in found]
