"""Which partitions of the gold table a change of its sources reaches."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce
from operator import and_, or_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from ..batch import Batch
from ..formats.sources import quoted, small_frame
from ..lake.hive_paths import partition_values
from ..tables.parquet.existing import ExistingFiles
from .kind import noted_kind
from .tables import SourceTable

HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"
# One by one a query names so many values; of more, each column's for itself, which selects some partitions more.
MOST_TUPLES = 500


@dataclass(frozen=True)
class Reached:
    """Values of gold partition columns, in tuples."""

    columns: tuple[str, ...]
    values: frozenset[tuple]

    def selects(self, of: Callable[[str], Column]) -> Column:
        """`of`: what stands for a gold column in the frame."""
        if len(self.columns) > 1 and len(self.values) <= MOST_TUPLES:
            return reduce(or_, [reduce(and_, [_among(of(c), {v}) for c, v in zip(self.columns, each)]) for each in self.values])
        return reduce(and_, [_among(of(c), {each[i] for each in self.values}) for i, c in enumerate(self.columns)])


@dataclass(frozen=True)
class Affected:
    everything: bool = False
    reached: tuple[Reached, ...] = ()
    existing_paths: tuple[str, ...] = field(default=())
    """Partitions of the table that are replaced, whether the query still gives rows for them or not."""

    @property
    def is_nothing(self) -> bool:
        return not self.everything and not self.reached

    @property
    def told(self) -> str | int:
        return "everything" if self.everything else sum(len(each.values) for each in self.reached)

    def selects(self, of: Callable[[str], Column]) -> Column | None:
        """None where every row is."""
        return None if self.everything else reduce(or_, [each.selects(of) for each in self.reached])

    def rows_of(self, frame: DataFrame) -> DataFrame:
        condition = self.selects(lambda name: F.col(quoted(name)))
        return frame if condition is None else frame.where(condition)


def find_affected(batch: Batch, tables: dict[str, SourceTable], own: ExistingFiles) -> Affected:
    kind = noted_kind(batch)
    if batch.plan.reads == "sources" or kind is None or kind["contractVersion"] != batch.contract.version:
        return Affected(everything=True, existing_paths=tuple(own.by_path))
    reached: dict[tuple[str, ...], set[tuple]] = {}
    for planned in batch.plan.objects:
        _, source, batch_id, run = planned.key.split("/")
        rebuilds = batch.contract.gold.rebuilds.get(source, "none")
        manifest = None if rebuilds == "none" else _manifest(batch, source, batch_id)
        if rebuilds == "none":
            continue
        # Of an earlier run of that batch its partitions are no longer known.
        if rebuilds == "all" or manifest is None or _run_of(manifest) != run:
            return Affected(everything=True, existing_paths=tuple(own.by_path))
        values = _gold_values(batch, tables[source], rebuilds, [part["path"] for part in manifest["partitions"]])
        reached.setdefault(tuple(rebuilds), set()).update(values)
    found = tuple(Reached(columns, frozenset(values)) for columns, values in reached.items() if values)
    affected = Affected(reached=found)
    return Affected(reached=found, existing_paths=_existing(batch, own, affected)) if found else affected


def _gold_values(batch: Batch, source: SourceTable, rebuilds: dict[str, str], paths: list[str]) -> set[tuple]:
    """The expressions of the contract over the values of published partitions."""
    if not paths:
        return set()
    frame = _partitions(batch, paths, source.partition_by, source.types)
    return {tuple(row) for row in frame.selectExpr(*(f"{sql} AS {quoted(name)}" for name, sql in rebuilds.items())).distinct().collect()}


def _existing(batch: Batch, own: ExistingFiles, affected: Affected) -> tuple[str, ...]:
    contract = batch.contract
    if not own.by_path:
        return ()
    types = {column.name: column.type for column in contract.columns}
    frame = _partitions(batch, list(own.by_path), contract.partition_by, types)
    return tuple(row["__path"] for row in affected.rows_of(frame).select("__path").collect())


def _partitions(batch: Batch, paths: list[str], keys: tuple[str, ...], types: dict[str, str]) -> DataFrame:
    """A row for each path, with the typed values of its keys."""
    named = [{"__path": path, **partition_values(path)} for path in paths]
    texts = small_frame(batch.spark, ["__path", *keys], [(each["__path"], *(each[key] for key in keys)) for each in named])
    values = (f"CAST(nullif({quoted(key)}, '{HIVE_NULL}') AS {types[key]}) AS {quoted(key)}" for key in keys)
    return texts.selectExpr("__path", *values)


def _among(column: Column, values: set) -> Column:
    known = [value for value in values if value is not None]
    within = column.isin(known) if known else F.lit(False)
    return within | column.isNull() if None in values else within


def _manifest(batch: Batch, source: str, batch_id: str) -> dict | None:
    text = batch.store.read_text_if_there(f"{batch.settings.lake_root}/runs/{source}/{batch_id}/manifest.json")
    return None if text is None else json.loads(text)


def _run_of(manifest: dict) -> str:
    """`runOf` of functions/domain/batch/publish/publication.ts."""
    return hashlib.sha256(f"{manifest['startedAt']}|{manifest['finishedAt']}".encode()).hexdigest()[:8]
