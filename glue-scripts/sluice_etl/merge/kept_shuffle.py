"""Rows kept at the shuffle: the scan's map stage runs once, and what it wrote is read by each query, of its own parts only."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from ..judge.judge import BAD
from ..spark_internals import MapStage, run_map_stage
from .keys import KEY_HASH
from .sizes import evenly, tasks_for_bad, tasks_for_good

_OBSERVATION = "_counts"
_numbers: dict[int, list[int]] = {}


@dataclass(frozen=True)
class KeptShuffle:
    _stage: MapStage
    _parts: int
    """Of good rows; those of bad rows come after."""
    _target_file_mb: int

    @property
    def observed(self) -> dict:
        return self._stage.observed

    @property
    def good_bytes(self) -> int:
        return sum(self._stage.sizes[: self._parts])

    def good(self) -> DataFrame:
        tasks = tasks_for_good(self.good_bytes, self._cores, self._target_file_mb)
        return self._stage.read(evenly(self._stage.sizes[: self._parts], 0, tasks), KEY_HASH).drop(BAD)

    def bad(self) -> DataFrame:
        sizes = self._stage.sizes[self._parts :]
        return self._stage.read(evenly(sizes, self._parts, tasks_for_bad(sum(sizes), self._cores)), KEY_HASH).select(BAD)

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
