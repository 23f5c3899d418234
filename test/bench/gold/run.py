"""Measures what a batch of a gold table costs beside its whole computation, in one Spark."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(ROOT / "glue-scripts"), str(ROOT / "test" / "glue")]
os.environ.setdefault("PYSPARK_PYTHON", sys.executable)

from pyspark.sql import SparkSession  # noqa: E402
from spark_of_bench import start_spark  # noqa: E402
from tables import BY_CUSTOMER, MONTHLY, MONTHS, Sources  # noqa: E402


def main() -> None:
    options = parse()
    spark = start(options)
    sources = Sources(spark, Path(options.work) / "gold", options.orders, options.customers)
    say(f"{options.orders:,} orders of {options.customers:,} customers in {MONTHS} months; a change touches {options.touched} months, or {options.changed:.1%} of the customers")
    sources.orders(range(MONTHS), 0)
    sources.customers(0, options.changed)
    whole, months, keys, copies, floors = [], [], [], [], []
    for turn in range(1, options.runs + 2):
        # The first round warms up.
        whole.append((took(lambda: sources.gold.gold(MONTHLY)), took(lambda: sources.gold.gold(BY_CUSTOMER))))
        first = turn * options.touched % (MONTHS - options.touched + 1)
        orders = sources.orders(range(first, first + options.touched), turn)
        months.append(took(lambda: sources.gold.gold(MONTHLY, [orders])))
        sources.gold.gold(BY_CUSTOMER, [orders])
        customers = sources.customers(turn, options.changed)
        keys.append(took(lambda: sources.gold.gold(BY_CUSTOMER, [customers])))
        copies.append(took(lambda: copy(spark, sources)))
        floors.append(copies[-1] + took(lambda: sources.of_changed_customers(options.changed).write.format("noop").mode("overwrite").save()))
        say(f"{'warm-up' if turn == 1 else f'round {turn - 1}'}: months {months[-1]:.1f} of {whole[-1][0]:.1f} s, keys {keys[-1]:.1f} of {whole[-1][1]:.1f} s")
    found = {
        "months": result([each[0] for each in whole[1:]], months[1:]),
        "keys": result([each[1] for each in whole[1:]], keys[1:]),
        # What a table without partitions costs at least, whose every file has rows of a key that changed.
        "copy": result([each[1] for each in whole[1:]], copies[1:]),
        # And every order is looked at for whether its customer is among them.
        "floor": result([each[1] for each in whole[1:]], floors[1:]),
    }
    for name, row in found.items():
        say(f"{name:8s} {row['seconds']:6.2f} s   whole table {row['wholeSeconds']:6.2f} s   {row['ratio']:.3f} ×")
    if options.json:
        print(json.dumps(found))
    spark.stop()


def copy(spark: SparkSession, sources: Sources) -> None:
    """The table by key, read and written as it is."""
    lake = f"file:{sources.gold.lake.root}/lake"
    spark.read.parquet(f"{lake}/curated/{BY_CUSTOMER['dataset']}").write.mode("overwrite").option("compression", "snappy").parquet(f"{lake}/copy")


def result(whole: list[float], part: list[float]) -> dict:
    return {"seconds": round(min(part), 3), "wholeSeconds": round(min(whole), 3), "ratio": round(min(part) / min(whole), 3)}


def took(action) -> float:
    began = time.monotonic()
    action()
    return time.monotonic() - began


def parse() -> argparse.Namespace:
    words = argparse.ArgumentParser(prog="npm run bench:gold --", description=__doc__)
    words.add_argument("--orders", type=int, default=5_000_000)
    words.add_argument("--customers", type=int, default=100_000)
    words.add_argument("--touched", type=int, default=12, help=f"months that a batch of orders replaces, of {MONTHS}")
    words.add_argument("--changed", type=float, default=0.01, help="share of the customers that a batch of customers changes")
    words.add_argument("--runs", type=int, default=2)
    words.add_argument("--memory", default="4g")
    words.add_argument("--work", default=str(ROOT / ".sluice" / "bench"))
    words.add_argument("--jars", default="")
    words.add_argument("--json", action="store_true", help="end with one object on stdout")
    return words.parse_args()


def start(options) -> SparkSession:
    return start_spark("sluice bench of gold", options.memory, {})


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
