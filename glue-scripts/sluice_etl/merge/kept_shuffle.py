"""Rows kept at the shuffle: the scan's map stage runs once, and what it wrote is read by each query, of its own parts only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from ..judge.judge import BAD
from ..spark_expressions import bloom_filter, came_before, may_be_in
from ..spark_internals import MapStage, run_map_stage
from .keys import KEY_HASH, ROW, without
from .sizes import bits_for_repeated, evenly, join_with_losers, tasks_for_bad, tasks_for_good

_OBSERVATION = "_counts"
_numbers: dict[int, list[int]] = {}


@dataclass(frozen=True)
class Repeated:
    may_be: Column
    """True of all good rows whose key comes more than once, and of a few others."""
    join: str
    """Spark's hint for how all rows are joined with those among them that lose."""


@dataclass(frozen=True)
class KeptShuffle:
    _stage: MapStage
    _parts: int
    """Of good rows; those of bad rows come after."""
    _target_file_mb: int

    @property
    def observed(self) -> Mapping[str, object]:
        return self._stage.observed

    @property
    def good_bytes(self) -> int:
        return sum(self._stage.sizes[: self._parts])

    def good(self) -> DataFrame:
        return self._by_key

    def contested(self) -> DataFrame:
        return self.good().where(self._repeated.may_be)

    def without(self, gone: DataFrame) -> DataFrame:
        may_be, join = self._repeated.may_be, self._repeated.join
        # Most rows need no look into the table of those that go, which is too large for the processor's cache.
        if join == "broadcast":
            return without(self.good(), gone, {ROW: F.when(may_be, F.col(ROW))}, join)
        key = F.when(may_be, F.col(KEY_HASH))
        return without(self._good(key), gone, {KEY_HASH: key, ROW: F.col(ROW)}, join)

    def bad(self) -> DataFrame:
        sizes = self._stage.sizes[self._parts :]
        ranges = evenly(sizes, self._parts, tasks_for_bad(sum(sizes), self._cores))
        return self._stage.read(ranges).select(BAD)

    @cached_property
    def _by_key(self) -> DataFrame:
        return self._good(F.col(KEY_HASH))

    def _good(self, together_by: Column) -> DataFrame:
        return self._stage.read(self._ranges, together_by).drop(BAD)

    @cached_property
    def _repeated(self) -> Repeated:
        """
        All rows of a key are read by one task, which sees each of them but the first come again. Their hashes make a filter that is small enough to be
        asked for every row.
        """
        spark, key, rows, ranges = self._stage.frame.sparkSession, F.col(KEY_HASH), self._stage.rows, self._ranges
        hashes, join = self.good().where(came_before(spark, key, -(-rows // len(ranges)))).select(KEY_HASH), join_with_losers(rows, rows)
        if join != "broadcast":
            # Rows that lose are at most these: so they are kept, and counted. By a hash of the hash, since by that they are together already.
            stage = run_map_stage(hashes.repartition(len(ranges), F.xxhash64(key)))
            hashes, join = stage.read([(part, part + 1) for part in range(len(ranges))], F.xxhash64(key)), join_with_losers(stage.rows, rows)
        return Repeated(may_be_in(spark, bloom_filter(hashes, KEY_HASH, bits_for_repeated(rows)), key), join)

    @property
    def _ranges(self) -> list[tuple[int, int]]:
        tasks = tasks_for_good(self.good_bytes, self._cores, self._target_file_mb)
        return evenly(self._stage.sizes[: self._parts], 0, tasks)

    @property
    def _cores(self) -> int:
        return self._stage.frame.sparkSession.sparkContext.defaultParallelism


def keep_shuffle(rows: DataFrame, parts: int, observed: list[Column], target_file_mb: int) -> KeptShuffle:
    """Rows go to `parts` by their key; bad rows, if there can be any, to parts beside these, the rows of one file together."""
    bad_parts = max(2, parts // 8) if BAD in rows.columns else 0
    slots = parts + bad_parts
    slot = f"pmod({KEY_HASH}, {parts})"
    if bad_parts:
        slot = f"CASE WHEN {BAD} IS NULL THEN {slot} ELSE {parts} + pmod(xxhash64({BAD}.path), {bad_parts}) END"
    numbers = ", ".join(str(number) for number in number_of_each_part(rows.sparkSession, slots))
    to_slot = F.expr(f"element_at(array({numbers}), CAST(1 + {slot} AS INT))")
    stage = run_map_stage(rows.observe(_OBSERVATION, *observed).repartition(slots, to_slot), _OBSERVATION)
    return KeptShuffle(stage, parts, target_file_mb)


def number_of_each_part(spark: SparkSession, parts: int) -> list[int]:
    """For each part an integer that Spark's hash partitioning sends there, so that a row can be sent where we say."""
    tried = 16 * parts
    while parts not in _numbers:
        # On one literal row, which Spark computes while it plans: no job is run for it.
        hashes = f"transform(sequence(0, {tried - 1}), number -> pmod(hash(number), {parts}))"
        sent_to = spark.sql(f"SELECT {hashes} AS parts FROM VALUES (1) AS one_row(one)").first()["parts"]
        first = {part: number for number, part in reversed(list(enumerate(sent_to)))}
        if len(first) == parts:
            _numbers[parts] = [first[part] for part in range(parts)]
        tried *= 2
    return _numbers[parts]
