"""Rows of the table that a batch's rows are merged with: those of the same keys, wherever in the table they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce

from py4j.java_gateway import JavaObject
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from ...batch import Batch
from ...formats.sources import quoted
from ...judge.judge import DELETED
from ...merge.deletes import merged_columns
from ...merge.keys import KEY_HASH, PLACE
from .catalog import load_table, name_of
from .evolution.names import names_at
from .removed_keys import Removed, read_removed

# Keys are sent to every task up to so many; beyond that both sides are shuffled.
MOST_SENT = 2_000_000
# Partitions that a scan is told by name.
MOST_NAMED = 500


@dataclass(frozen=True)
class ExistingRows:
    batch: Batch
    base: int
    """The snapshot of `main` that the batch is merged with."""
    good: DataFrame
    """The batch's good rows."""
    count: int
    """Of good rows, or more."""
    stored_rows: int
    """Of the whole table."""
    stored_bytes: int
    partitions: int
    within: str | None = None
    """SQL condition of the partitions that hold every key of the batch; None where they may be anywhere."""
    replaces_all: bool = False
    removed: Removed = Removed()
    ids: dict[str, int] | None = None
    """Field id of each column, with which staged files can become the table's own; None where their rows have to be written again."""
    have_places: bool = False
    """Whether rows tell where they are, so that replaced ones are taken out there."""
    metrics: dict[str, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """No key is there twice, so the rows are no more than the batch's."""
        return 0 if self.stored_rows == 0 else int(self.stored_bytes * min(1, self.count / self.stored_rows))

    def rows(self, schema: StructType) -> DataFrame | None:
        if self.replaces_all:
            return None
        contract = self.batch.contract
        both = [self._stored(schema), read_removed(self.batch, self.removed, schema) if contract.delete_when else None]
        found = [rows.withColumn(KEY_HASH, F.xxhash64(*contract.primary_key)).join(self._hashes(), KEY_HASH, "left_semi") for rows in both if rows is not None]
        wanted = [*merged_columns(contract), *PLACE]
        every = [rows.select(*(name for name in wanted if name in rows.columns)) for rows in found]
        return reduce(lambda rows, more: rows.unionByName(more, allowMissingColumns=True), every) if every else None

    def placed(self, good: DataFrame) -> DataFrame | None:
        """None: a key is found wherever it is."""
        return None

    def _stored(self, schema: StructType) -> DataFrame | None:
        if self.stored_rows == 0:
            return None
        contract = self.batch.contract
        places = f", _file AS {PLACE[0]}, _pos AS {PLACE[1]}" if self.have_places else ""
        stored = self.batch.spark.sql(f"SELECT *{places} FROM {name_of(self.batch).sql} VERSION AS OF {self.base}")
        names = names_at(self.batch, load_table(self.batch.spark, name_of(self.batch)), self.base)
        today = stored.select(*(_typed(names.get(name), name, schema) for name in contract.curated_columns), *(PLACE if self.have_places else ()))
        today = today.where(self.within) if self.within else today
        return today.withColumn(DELETED, F.lit(False)) if contract.delete_when else today

    def _hashes(self) -> DataFrame:
        """
        Spark believes that good rows are where their key's hash puts them, which is not so: a join may not rely on it. Keys that are sent
        need no place; others are first put somewhere else.
        """
        hashes = self.good.select(KEY_HASH)
        if self.count <= MOST_SENT:
            return F.broadcast(hashes)
        return hashes.repartition(F.hash(F.col(KEY_HASH)))


def _typed(stored: str | None, name: str, schema: StructType) -> Column:
    value = F.lit(None) if stored is None else F.col(quoted(stored))
    return value.cast(schema[name].dataType).alias(name)


def live_counts(snapshot: JavaObject) -> tuple[int, int]:
    """Rows and bytes that the snapshot's own summary counts; files' rows less those that position deletes take out."""
    summary = snapshot.summary()
    number = {name: int(summary.get(name) or 0) for name in ("total-records", "total-position-deletes", "total-files-size")}
    return number["total-records"] - number["total-position-deletes"], number["total-files-size"]


def named_partitions(schema: StructType, keys: tuple[str, ...], values: list[tuple[str | None, ...]]) -> str | None:
    """SQL that selects them by the values of the first key, which is enough for Iceberg to leave out the files of others."""
    first = sorted({value[0] for value in values if value[0] is not None})
    if not first or len(first) > MOST_NAMED or any(value[0] is None for value in values):
        return None
    kind = schema[keys[0]].dataType.simpleString()
    listed = ", ".join(f"CAST('{_escaped(value)}' AS {kind})" for value in first)
    return f"{quoted(keys[0])} IN ({listed})"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")
