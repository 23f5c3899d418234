"""Rows of the gold table, or of a source, that a change reaches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from ..formats.sources import quoted

# A query names so many combinations of values; of more, each column's for itself, which selects some partitions more.
MOST_COMBINATIONS = 500

ColumnOf = Callable[[str], Column]
"""What stands for a gold column in a frame."""


def column_of(name: str) -> Column:
    return F.col(quoted(name))


@dataclass(frozen=True)
class Reached:
    """Values of gold columns, in tuples."""

    columns: tuple[str, ...]
    values: frozenset[tuple]
    are_keys: bool = False
    """Of a source whose changes are followed by key: they tell rows apart within a partition."""

    @property
    def count(self) -> int:
        return len(self.values)

    def mark(self, frame: DataFrame, of: ColumnOf, mark: str) -> DataFrame:
        return frame.withColumn(mark, F.coalesce(self.selects(of), F.lit(False)))

    def selects(self, of: ColumnOf) -> Column:
        combined = self._combined()
        if len(combined) > MOST_COMBINATIONS:
            combined = [[{each[index] for each in self.values} for index in range(len(self.columns))]]
        return reduce(or_, [reduce(and_, [_among(of(name), values) for name, values in zip(self.columns, sets)]) for sets in combined])

    def _combined(self) -> list[list[set]]:
        """The same tuples as few products of sets: the column of most values lists those that go with each combination of the others."""
        if not self.values:
            return [[set() for _ in self.columns]]
        widest = max(range(len(self.columns)), key=lambda index: len({each[index] for each in self.values}))
        groups: dict[tuple, set] = defaultdict(set)
        for each in self.values:
            groups[each[:widest] + each[widest + 1 :]].add(each[widest])
        return [[*({value} for value in others[:widest]), of_widest, *({value} for value in others[widest:])] for others, of_widest in groups.items()]


@dataclass(frozen=True)
class ReachedKeys:
    """Keys that are too many to be named in a query."""

    columns: tuple[str, ...]
    keys: DataFrame
    """Each once, in columns of those names."""
    count: int
    nullable: frozenset[str]
    """Columns in which some of the keys are NULL."""
    are_keys: bool = True

    def mark(self, frame: DataFrame, of: ColumnOf, mark: str) -> DataFrame:
        joined = frame.join(self._named(mark).withColumn(mark, F.lit(True)), self._same(of, mark), "left")
        return joined.withColumn(mark, F.coalesce(F.col(mark), F.lit(False)))

    def only(self, frame: DataFrame, of: ColumnOf) -> DataFrame:
        """Spark takes this join below aggregates and windows over the key."""
        return frame.join(self._named("__key"), self._same(of, "__key"), "left_semi")

    def others(self, frame: DataFrame) -> DataFrame:
        """Rows of all other keys."""
        return frame.join(self._named("__key"), self._same(column_of, "__key"), "left_anti")

    def _named(self, prefix: str) -> DataFrame:
        return self.keys.select(*(F.col(quoted(name)).alias(f"{prefix}{index}") for index, name in enumerate(self.columns)))

    def _same(self, of: ColumnOf, prefix: str) -> Column:
        keys = {name: F.col(f"{prefix}{index}") for index, name in enumerate(self.columns)}
        # Spark looks a plain equality of numbers up by the number, and one that NULL takes part in by a row that it makes.
        return reduce(and_, [of(name).eqNullSafe(key) if name in self.nullable else of(name) == key for name, key in keys.items()])


@dataclass(frozen=True)
class Affected:
    """What of the gold table a batch computes again."""

    everything: bool = False
    reached: tuple[Reached | ReachedKeys, ...] = ()
    existing_paths: tuple[str, ...] = ()
    """Partitions of the table that are replaced, whether the query still gives rows for them or not."""

    @property
    def by_key(self) -> bool:
        """Whether partitions have rows that stay as they are."""
        return any(each.are_keys for each in self.reached)

    @property
    def is_nothing(self) -> bool:
        return not self.everything and not self.reached

    @property
    def told(self) -> str | int:
        return "everything" if self.everything else sum(each.count for each in self.reached)

    def rows_of(self, frame: DataFrame, of: ColumnOf = column_of) -> DataFrame:
        return frame if self.everything else rows_reached(frame, self.reached, of)


def rows_reached(frame: DataFrame, reached: Sequence[Reached | ReachedKeys], of: ColumnOf = column_of) -> DataFrame:
    if all(isinstance(each, Reached) for each in reached):
        return frame.where(reduce(or_, [each.selects(of) for each in reached]))
    if len(reached) == 1:
        return reached[0].only(frame, of)
    return _marked(frame, reached, of, "")


def rows_not_reached(frame: DataFrame, reached: Sequence[Reached | ReachedKeys]) -> DataFrame:
    if len(reached) == 1 and isinstance(reached[0], ReachedKeys):
        return reached[0].others(frame)
    return _marked(frame, reached, column_of, "NOT ")


def _marked(frame: DataFrame, reached: Sequence[Reached | ReachedKeys], of: ColumnOf, negation: str) -> DataFrame:
    marks = [f"__reached{index}_" for index in range(len(reached))]
    marked = reduce(lambda rows, each: each[0].mark(rows, of, each[1]), zip(reached, marks), frame)
    return marked.where(f"{negation}({' OR '.join(marks)})").select(*(quoted(name) for name in frame.columns))


def _among(column: Column, values: set) -> Column:
    known = [value for value in values if value is not None]
    within = column.isin(known) if known else F.lit(False)
    return within | column.isNull() if None in values else within
