"""Measures the contenders in turn, round by round, in one Spark with the same settings, and checks that their tables are equal."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(ROOT / "glue-scripts"), str(ROOT / "test" / "glue")]
os.environ.setdefault("PYSPARK_PYTHON", sys.executable)

import orders  # noqa: E402
from contenders import Bench  # noqa: E402
from growth import measure_growth, raw_folder  # noqa: E402
from profile_cost import measure_profile  # noqa: E402
from pyspark.sql import SparkSession  # noqa: E402
from spark_of_bench import start_spark  # noqa: E402

CONTENDERS = {
    "copy": "copy",
    "copyToTable": "copy_to_table",
    "copyByKey": "copy_by_key",
    "wellKnown": "well_known",
    "rowOutcomes": "row_outcomes",
    "job": "job",
}


def main() -> None:
    options = parse()
    spark = start(options)
    if options.growth:
        say(json.dumps(measure_growth(spark, options, say)))
        spark.stop()
        return
    size = orders.Size(options.rows, options.duplicates, options.bad, options.days, options.format, options.seed)
    raw = raw_folder(Path(options.work), size)
    say(f"{size.rows:,} orders as {size.format}, {size.duplicate_rate:.0%} again, {size.bad_rate:.0%} bad, {size.days} days")
    orders.generate(spark, size, raw)
    if options.profile:
        say(json.dumps(measure_profile(spark, raw, options, say)))
        spark.stop()
        return
    seconds = {contender: [] for contender in options.contenders}
    results, most = {}, 0
    for turn in range(options.warmups + options.runs):
        for contender in options.contenders:
            bench = Bench(spark, raw, options.format, Path(options.work) / "out")
            bench.prepare()
            began = time.monotonic()
            getattr(bench, CONTENDERS[contender])()
            took = time.monotonic() - began
            warm = turn >= options.warmups
            say(f"{'round ' + str(turn - options.warmups + 1) if warm else 'warm-up'}: {contender} {took:.1f} s")
            most = max(most, peak_heap(spark))
            if warm:
                seconds[contender].append(took)
            if not contender.startswith("copy") and contender not in results:
                results[contender] = bench.result()
    say(f"most heap left after a collection: {most // 2**20} MB of {options.memory}")
    report(seconds, results, options)
    spark.stop()


def peak_heap(spark: SparkSession) -> int:
    """Bytes that the JVM's last collection of its old generation left, the nearest to what was needed at once."""
    pools = spark._jvm.java.lang.management.ManagementFactory.getMemoryPoolMXBeans()
    left = [pool.getCollectionUsage() for pool in pools]
    return sum(usage.getUsed() for usage in left if usage)


def report(seconds: dict, results: dict, options) -> None:
    equal = len(set(results.values())) <= 1
    limit = min(seconds["copy"]) if "copy" in seconds else None
    found = {
        contender: {
            "minSeconds": round(min(taken), 3),
            "medianSeconds": round(statistics.median(taken), 3),
            "ratioToCopy": round(min(taken) / limit, 3) if limit else None,
        }
        for contender, taken in seconds.items()
    }
    copies = [contender for contender in seconds if contender.startswith("copy")]
    say(f"tables {'are equal' if equal else 'DIFFER'}: {results}")
    for contender, row in found.items():
        ratio = "".join(f"   {row['minSeconds'] / min(seconds[copy]):5.2f} × {copy}" for copy in copies)
        say(f"{contender:12s} min {row['minSeconds']:7.2f} s   median {row['medianSeconds']:7.2f} s{ratio}")
    if options.json:
        print(json.dumps(found))
    if not equal:
        sys.exit(1)


def start(options) -> SparkSession:
    jars = ",".join(str(jar) for jar in sorted(Path(options.jars).glob("*.jar"))) if options.jars else ""
    settings = {
        "spark.local.dir": f"{options.work}/spark",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.legacy.timeParserPolicy": "CORRECTED",
        "spark.jars": jars,
    }
    return start_spark("sluice bench", options.memory, settings, options.master)


def parse():
    parser = argparse.ArgumentParser(prog="npm run bench --", description=__doc__)
    parser.add_argument("--rows", type=int, default=6_000_000)
    parser.add_argument("--duplicates", type=float, default=0.05, help="share of rows whose order came before")
    parser.add_argument("--bad", type=float, default=0.02, help="share of rows that are to be quarantined")
    parser.add_argument("--days", type=int, default=10, help="partitions, of raw and of curated")
    parser.add_argument("--format", choices=["csv", "json", "parquet"], default="csv")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--growth", type=int, default=0, help="measure the job alone, beside so many times as many untouched partitions")
    parser.add_argument("--profile", action="store_true", help="measure the job alone, with its profile and without, in turn")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--warmups", type=int, default=1)
    parser.add_argument("--contenders", type=lambda text: text.split(","), default=list(CONTENDERS))
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--memory", default="4g")
    parser.add_argument("--jars", default=str(ROOT / ".sluice" / "jars"))
    parser.add_argument("--work", default=str(ROOT / ".sluice" / "bench"))
    parser.add_argument("--json", action="store_true", help="the last line on stdout is one JSON object")
    return parser.parse_args()


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
