"""Values of foreign keys that the table of the parent does not have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ..contract import Contract, ForeignKey
from ..formats.sources import quoted


@dataclass(frozen=True)
class Parent:
    key: ForeignKey
    values: DataFrame
    """The parent's column alone; a value may come more than once, and be NULL."""
    published: bool = True
    """False before the parent's first publication."""


def quarantined_keys(contract: Contract) -> list[ForeignKey]:
    """Those whose rows are set aside."""
    return [key for key in contract.foreign_keys if key.on_missing != "warn"]


def missing_reference(key: ForeignKey) -> str:
    """The reason of a row that is set aside."""
    return f"{'waiting_for' if key.on_missing == 'wait' else 'missing_reference'}:{key.column}"


def waits(contract: Contract) -> list[str]:
    """Reasons that go away by themselves, once the parent has the key."""
    return [missing_reference(key) for key in contract.foreign_keys if key.on_missing == "wait"]


def flag(key: ForeignKey) -> str:
    return quoted(f"__missing_{key.column}")


def with_flags(frame: DataFrame, parents: Sequence[Parent]) -> DataFrame:
    """With flag() of each key: whether the row has a value that its parent does not have. NULL refers to nothing, and is well."""
    for parent in parents:
        found = parent.values.select(F.col(quoted(parent.key.parent_column)).alias("__parent")).where("__parent IS NOT NULL").distinct()
        joined = frame.join(found, F.col(quoted(parent.key.column)) == F.col("__parent"), "left")
        frame = joined.selectExpr("*", f"({quoted(parent.key.column)} IS NOT NULL AND __parent IS NULL) AS {flag(parent.key)}").drop("__parent")
    return frame
