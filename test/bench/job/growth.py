"""The same batch into an existing table and into one many times its size, where the batch touches the same few partitions of both."""

from __future__ import annotations

import shutil
import statistics
import time
from datetime import date, timedelta
from pathlib import Path

import orders
from contenders import Bench
from pyspark.sql import SparkSession

OTHER_DAYS = 20


def measure_growth(spark: SparkSession, options, say) -> dict:
    """Seconds for the batch with OTHER_DAYS untouched partitions and with `options.growth` times as many, in turn."""
    work = Path(options.work)
    touched = orders.Size(options.rows, options.duplicates, options.bad, options.days, options.format, options.seed)
    existing = orders.Size(options.rows, options.duplicates, 0.0, options.days, options.format, options.seed + 1)
    raw = {size: raw_folder(work, size) for size in (touched, existing)}
    for size, folder in raw.items():
        orders.generate(spark, size, folder)
    table = _existing_table(spark, raw[existing], options, work / "existing")
    lakes = {times: _lake(table, work / f"grown-{times}", OTHER_DAYS * times) for times in (1, options.growth)}
    seconds = {times: [] for times in lakes}
    results = {}
    for turn in range(options.warmups + options.runs):
        for times, curated in lakes.items():
            bench = Bench(spark, raw[touched], options.format, work / "out")
            bench.prepare()
            (bench.work / "lake" / "curated").mkdir(parents=True)
            (bench.work / "lake" / "curated" / "orders").symlink_to(curated)
            began = time.monotonic()
            manifest = bench.job()
            took = time.monotonic() - began
            say(f"{'round ' + str(turn - options.warmups + 1) if turn >= options.warmups else 'warm-up'}: {times} × {took:.1f} s")
            if turn >= options.warmups:
                seconds[times].append(took)
            results[times] = bench.result(), manifest["rows"]
    if len({str(result) for result in results.values()}) != 1:
        raise SystemExit(f"the tables differ: {results}")
    least = {times: min(taken) for times, taken in seconds.items()}
    found = {
        f"{OTHER_DAYS * times} untouched partitions": {"minSeconds": round(least[times], 3), "medianSeconds": round(statistics.median(taken), 3)}
        for times, taken in seconds.items()
    }
    found["ratio"] = round(least[options.growth] / least[1], 3)
    return found


def raw_folder(work: Path, size: orders.Size) -> Path:
    return work / "raw" / f"{size.format}-{size.rows}-{size.duplicate_rate}-{size.bad_rate}-{size.days}-{size.seed}"


def _existing_table(spark: SparkSession, raw: Path, options, work: Path) -> Path:
    """Curated orders of the batch's own days, other keys."""
    bench = Bench(spark, raw, options.format, work)
    bench.prepare()
    bench.job()
    return bench.curated


def _lake(table: Path, target: Path, others: int) -> Path:
    """The table, and its partitions again under `others` later days; links, since no one writes into a file."""
    shutil.rmtree(target, ignore_errors=True)
    days = sorted(table.glob("order_date=*"))
    for index in range(-len(days), others):
        source = days[index % len(days)]
        name = source.name if index < 0 else f"order_date={date(2030, 1, 1) + timedelta(days=index)}"
        (target / name).mkdir(parents=True)
        for file in source.glob("*.parquet"):
            (target / name / file.name).hardlink_to(file)
    return target
