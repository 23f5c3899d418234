"""
Rows stopped at the shuffle. The scan's map stage runs once; what it wrote is then read twice, good rows by one query and bad rows by
another, each reading only its own parts. Between the two the driver knows the counts and which curated partitions are touched. The
public API has only persist() for this, which costs as much as the scan itself (docs/performance.md), hence the reach into Spark's
query stages here, and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from ..judge.judge import BAD

KEY_HASH = "__key_hash"
ROW = "__row"
"""A number that no other row of the batch has, and that a row keeps when Spark must compute it again."""
_COUNTS = "_counts"


# Rows are sorted part by part: parts fit a G.1X worker's memory with room to spare. Fewer, larger tasks take several parts each.
PART_BYTES = 64 * 1024 * 1024
# Below this a task more is not worth its files; Parquet makes about a third of it.
LEAST_TASK_BYTES = 16 * 1024 * 1024
# Bad rows are strings and few; each task writes a file to every folder that it has rows of.
LEAST_BAD_BYTES = 4 * 1024 * 1024
LEAST_FILE_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Shuffled:
    counts: dict
    """Values of the `observed` columns, by name."""
    scanned: int
    """Rows as the files gave them, before any was filtered out."""
    _exchanged: DataFrame
    _stage: object
    _sizes: tuple[int, ...]
    _parts: int

    def good(self, target_file_mb: int) -> DataFrame:
        """Rows of one key are in one partition, and Spark knows it by KEY_HASH. Tasks are few enough that files are not small."""
        total = sum(self._sizes[: self._parts])
        cores = self._exchanged.sparkSession.sparkContext.defaultParallelism
        tasks = max(1, min(cores, total // LEAST_TASK_BYTES), -(-total // (2 * target_file_mb * 1024 * 1024)))
        ranges = evenly(self._sizes[: self._parts], 0, tasks)
        return _frame(self._exchanged, self._stage, ranges).drop(BAD)

    @property
    def good_bytes(self) -> int:
        return sum(self._sizes[: self._parts])

    @property
    def bad(self) -> DataFrame:
        sizes = self._sizes[self._parts :]
        cores = self._exchanged.sparkSession.sparkContext.defaultParallelism
        tasks = max(1, min(cores, sum(sizes) // LEAST_BAD_BYTES), -(-sum(sizes) // PART_BYTES))
        ranges = evenly(sizes, self._parts, tasks)
        return _frame(self._exchanged, self._stage, ranges).select(BAD)

    def would_scatter(self, partitions: int) -> bool:
        """Whether every task writing to every partition would make files so small that one more shuffle is the lesser evil."""
        total = sum(self._sizes[: self._parts])
        tasks = min(self._exchanged.sparkSession.sparkContext.defaultParallelism, total // LEAST_TASK_BYTES)
        return tasks > 1 and partitions > tasks and total // (tasks * partitions) < LEAST_FILE_BYTES


def parts_for(size: int, cores: int) -> int:
    return min(2000, max(2 * cores, -(-size // PART_BYTES)))


def numbered(rows: DataFrame, primary_key: tuple[str, ...]) -> DataFrame:
    return rows.select("*", F.xxhash64(*primary_key).alias(KEY_HASH), F.monotonically_increasing_id().alias(ROW))


def shuffle(rows: DataFrame, parts: int, observed: list[Column]) -> Shuffled:
    """Numbered rows go to `parts` by their key; bad rows, if there can be any, to parts beside these, the rows of one file together."""
    bad_parts = max(2, parts // 8) if BAD in rows.columns else 0
    slots = parts + bad_parts
    slot = f"pmod({KEY_HASH}, {parts})"
    if bad_parts:
        slot = f"CASE WHEN {BAD} IS NULL THEN {slot} ELSE {parts} + pmod(xxhash64({BAD}.path), {bad_parts}) END"
    seeds = ", ".join(str(seed) for seed in _seeds(slots))
    exchanged = rows.observe(_COUNTS, *observed).repartition(slots, F.expr(f"element_at(array({seeds}), CAST(1 + {slot} AS INT))"))
    execution = _map_stage(exchanged)
    stage = execution.executedPlan().executedPlan()
    counts = execution.observedMetrics().apply(_COUNTS)
    named = {name: counts.get(index) for index, name in enumerate(counts.schema().fieldNames())}
    return Shuffled(named, _scanned(stage), exchanged, stage, tuple(stage.mapStats().get().bytesByPartitionId()), parts)


def _map_stage(frame: DataFrame):
    """Runs everything below the last exchange. Outside of an action Spark does not send SQL settings to tasks, so they are set here."""
    session = frame.sparkSession
    for name in session._jsparkSession.sessionState().conf().getAllConfs().keys().toSeq().mkString("\n").split("\n"):
        session.sparkContext.setLocalProperty(name, session.conf.get(name))
    execution = frame._jdf.queryExecution()
    execution.toRdd()
    return execution


def _scanned(stage) -> int:
    """Sum of what the stage's file scans say that they have put out."""
    leaves = stage.plan().collectLeaves()
    metrics = [leaf.metrics() for leaf in (leaves.apply(index) for index in range(leaves.size())) if leaf.nodeName().startswith("Scan ")]
    return sum(metric.apply("numOutputRows").value() for metric in metrics if metric.contains("numOutputRows"))


def evenly(sizes: tuple[int, ...], first: int, ranges: int) -> list[tuple[int, int]]:
    """At most so many ranges of neighbouring parts, each of about the same size."""
    total, passed, ends = max(1, sum(sizes)), 0, []
    for index, size in enumerate(sizes):
        passed += size
        # A part belongs to the range that its end comes closest to filling.
        if index + 1 == len(sizes) or passed + sizes[index + 1] / 2 > total * (len(ends) + 1) / ranges:
            ends.append(first + index + 1)
    return list(zip([first, *ends], ends))


def _frame(exchanged: DataFrame, stage, ranges: list[tuple[int, int]]) -> DataFrame:
    session = exchanged.sparkSession
    jvm, gateway, jsession = session._jvm, session.sparkContext._gateway, session._jsparkSession
    sql, none = jvm.org.apache.spark.sql, jvm.scala.Option.empty()
    specs = gateway.new_array(sql.execution.ShufflePartitionSpec, len(ranges))
    for index, (start, end) in enumerate(ranges):
        specs[index] = sql.execution.CoalescedPartitionSpec(start, end, none)
    output = stage.output()
    to_seq = jvm.org.apache.spark.api.python.PythonUtils.toSeq
    key_hash = next(output.apply(i) for i in range(output.size()) if output.apply(i).name() == KEY_HASH)
    # True of where rows lie, not of how they came there; so nothing may be joined to it by a shuffle of its own.
    together = sql.catalyst.plans.physical.HashPartitioning(to_seq([key_hash]), len(ranges))
    rdd = stage.shuffle().getShuffleRDD(specs)
    plan = sql.execution.LogicalRDD(output, rdd, together, to_seq([]), False, jsession, none, none)
    return DataFrame(sql.Dataset.ofRows(jsession, plan), session)


def _seeds(parts: int) -> list[int]:
    """For each part an integer that Spark's hash partitioning sends there, so that a row can be sent where we say."""
    found: dict[int, int] = {}
    number = 0
    while len(found) < parts:
        found.setdefault(_murmur3(number) % parts, number)
        number += 1
    return [found[part] for part in range(parts)]


def _murmur3(number: int, seed: int = 42) -> int:
    """org.apache.spark.unsafe.hash.Murmur3_x86_32.hashInt, as a signed 32-bit integer."""
    mask = 0xFFFFFFFF

    def rotated(value: int, by: int) -> int:
        return ((value << by) | (value >> (32 - by))) & mask

    mixed = rotated((number * 0xCC9E2D51) & mask, 15) * 0x1B873593 & mask
    state = (rotated(seed ^ mixed, 13) * 5 + 0xE6546B64) & mask
    state ^= 4
    state = (state ^ (state >> 16)) * 0x85EBCA6B & mask
    state = (state ^ (state >> 13)) * 0xC2B2AE35 & mask
    state ^= state >> 16
    return state - (1 << 32) if state >= 1 << 31 else state
