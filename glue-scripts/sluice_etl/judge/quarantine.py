"""Rows that are set aside, as they were read, with every reason."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from ..contract import Contract
from ..lake.inputs import SourceFile
from .judge import BAD, BITS, all_reasons, reasons_of
from .references import waits
from ..formats.scan import SOURCE_FILE
from ..formats.sources import PATH, spark_path


# For an alert: enough to begin a search with, and short enough to read.
EXAMPLES = 5
LONGEST_VALUE = 64


def quarantined_rows(rows: DataFrame, contract: Contract, homes: DataFrame, batch_id: str) -> DataFrame:
    known = rows.select(BAD, F.col(f"{BAD}.path").alias(PATH)).join(F.broadcast(homes), PATH, "left")
    return known.select(
        *(F.col(f"{BAD}.values")[name].alias(name) for name in contract.column_names),
        F.expr(reasons_of(contract)).alias("_errors"),
        F.coalesce(f"{BAD}.origin", SOURCE_FILE).alias(SOURCE_FILE),
        F.lit(batch_id).alias("_batch_id"),
        F.lit(contract.version).alias("_contract_version"),
        F.col(f"{BAD}.raw_record").alias("_raw_record"),
        F.col(f"{BAD}.raw_bytes").alias("_raw_bytes"),
        *contract.partition_keys,
    )


def count_by_reason(contract: Contract) -> list[Column]:
    """Of bad rows: a column for each reason that a row of this contract can have."""
    bits = ((reason, *divmod(index, BITS)) for index, reason in enumerate(all_reasons(contract)))
    return [F.expr(f"coalesce(sum(shiftright({BAD}.reasons[{word}], {bit}) & 1L), 0L)").alias(reason) for reason, word, bit in bits]


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
    read = [F.col(f"{BAD}.values")[name] for name in keys]
    some = rows.where(F.coalesce(*read).isNotNull()).limit(EXAMPLES)
    values = [F.substring(value, 1, LONGEST_VALUE).alias(name) for name, value in zip(keys, read)]
    found = some.select(
        F.struct(*values).alias("key"), F.expr(reasons_of(contract)).alias("reasons"), f"{BAD}.path", f"{BAD}.origin"
    ).collect()
    uris = {spark_path(file.read_from): file.uri for file in files} if found else {}
    return [{"key": row["key"].asDict(), "reasons": list(row["reasons"]), "file": row["origin"] or uris.get(row["path"])} for row in found]
