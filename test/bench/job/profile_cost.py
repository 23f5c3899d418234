"""
What the profile costs: the job with it and without it in turn, in one Spark, by the processor time of its tasks, which other programs on the
machine disturb far less than seconds; and the processor time of the driver for the summary.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

from contenders import Bench
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F
from sluice_etl.stages import shuffled

NO_SAMPLE = json.dumps({"sample": [], "rows": 0})


def measure_profile(spark: SparkSession, raw: Path, options, say: Callable[[str], None]) -> dict:
    """CPU seconds of tasks by variant, the driver's for each summary, and the share of the median difference."""
    tasks, driver = {"with": [], "without": []}, []
    for turn in range(options.warmups + options.runs):
        # Who is first changes with each turn: what heats up or fills up meets both alike.
        for variant in sorted(tasks, reverse=turn % 2 == 1):
            bench = Bench(spark, raw, options.format, Path(options.work) / "out")
            bench.prepare()
            before = task_seconds(spark)
            with profile(variant == "with") as summary:
                bench.job()
            took = task_seconds(spark) - before
            say(f"{'round' if turn >= options.warmups else 'warm-up'}: {variant} {took:.2f} CPU s, summary {sum(summary):.3f} s")
            if turn >= options.warmups:
                tasks[variant].append(took)
                driver += summary
    medians = {variant: statistics.median(taken) for variant, taken in tasks.items()}
    pairs = [one - other for one, other in zip(tasks["with"], tasks["without"])]
    summary = statistics.median(driver)
    return {
        "taskCpuSeconds": {variant: round(taken, 2) for variant, taken in medians.items()},
        "medianDifference": round(statistics.median(pairs), 3),
        "differences": [round(pair, 2) for pair in pairs],
        "summaryCpuSeconds": round(summary, 3),
        "share": round((statistics.median(pairs) + summary) / medians["without"], 4),
    }


@contextmanager
def profile(wanted: bool):
    """Within, batches have a profile, or none. Gives a list that gets the driver's CPU seconds for each summary."""
    observe, summarize, seconds = shuffled.profile_of_scan, shuffled.summarize, []

    def timed(*given):
        began = time.thread_time()
        found = summarize(*given)
        seconds.append(time.thread_time() - began)
        return found

    if wanted:
        shuffled.summarize = timed
    else:
        shuffled.profile_of_scan = lambda *_: _nothing()
    try:
        yield seconds
    finally:
        shuffled.profile_of_scan, shuffled.summarize = observe, summarize


def _nothing() -> Column:
    return F.max(F.lit(NO_SAMPLE)).alias(shuffled.PROFILE)


def task_seconds(spark: SparkSession) -> float:
    """CPU seconds of all tasks so far."""
    gateway = spark.sparkContext._gateway
    stages = spark._jsc.sc().statusStore().stageList(None, False, False, gateway.new_array(gateway.jvm.double, 0), gateway.jvm.java.util.ArrayList())
    return sum(stages.apply(place).executorCpuTime() for place in range(stages.size())) / 1e9
