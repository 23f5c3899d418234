"""Measures what a batch of a gold table costs beside its whole computation, in one Spark."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(ROOT / "glue-scripts"), str(ROOT / "test" / "glue")]
os.environ.setdefault("PYSPARK_PYTHON", sys.executable)

from iceberg_lake import IcebergLake, glue_server  # noqa: E402
from pyspark.sql import SparkSession  # noqa: E402
from spark_of_bench import iceberg_settings, start_spark  # noqa: E402
from tables import BY_CUSTOMER, GOLD, MONTHLY, MONTHS, Sources, stored_as  # noqa: E402


def main() -> None:
    options = parse()
    spark = start(options)
    with glue_server(spark) as glue:
        found = measure(spark, glue, options)
    for name, row in found.items():
        say(f"{name:16s} {row['seconds']:6.2f} s   whole table {row['wholeSeconds']:6.2f} s   {row['ratio']:.3f} ×")
    if options.json:
        print(json.dumps(found))
    spark.stop()


def measure(spark: SparkSession, glue, options) -> dict[str, dict]:
    work = Path(options.work) / "gold"
    shutil.rmtree(work, ignore_errors=True)
    sources = Sources(spark, IcebergLake(spark, glue, work), options.orders, options.customers)
    say(f"{options.orders:,} orders of {options.customers:,} customers in {MONTHS} months; a change touches {options.touched} months, or {options.changed:.1%} of the customers")
    sources.orders(range(MONTHS), 0)
    sources.customers(0, options.changed)
    monthly, by_customer = ([(name, kind) for name, kind in stored_as(contract) if name in options.tables] for contract in (MONTHLY, BY_CUSTOMER))
    measured = dict([*monthly, *by_customer])
    whole: dict[str, list[float]] = defaultdict(list)
    part: dict[str, list[float]] = defaultdict(list)
    for turn in range(1, options.runs + 2):
        for name, contract in measured.items():
            whole[name].append(took(lambda: sources.gold.gold(contract)))
        first = turn * options.touched % (MONTHS - options.touched + 1)
        orders = sources.orders(range(first, first + options.touched), turn)
        for name, contract in monthly:
            part[name].append(took(lambda: sources.gold.gold(contract, [orders])))
        for _, contract in by_customer:
            sources.gold.gold(contract, [orders])
        customers = sources.customers(turn, options.changed)
        for name, contract in by_customer:
            part[name].append(took(lambda: sources.gold.gold(contract, [customers])))
        if "keys" in measured:
            # What a table of files without partitions costs at least, whose every file has rows of a key that changed.
            part["copy"].append(took(lambda: copy(spark, sources)))
            # And every order is looked at for whether its customer is among them.
            part["floor"].append(part["copy"][-1] + took(lambda: sources.of_changed_customers(options.changed).write.format("noop").mode("overwrite").save()))
            whole["copy"] = whole["floor"] = whole["keys"]
        say(f"{'warm-up' if turn == 1 else f'round {turn - 1}'}: " + ", ".join(f"{name} {part[name][-1]:.1f} of {whole[name][-1]:.1f} s" for name in part))
    return {name: result(whole[name][1:], part[name][1:]) for name in part}


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
    words.add_argument("--tables", type=lambda text: text.split(","), default=list(GOLD), help=", ".join(GOLD))
    words.add_argument("--runs", type=int, default=2)
    words.add_argument("--memory", default="4g")
    words.add_argument("--work", default=str(ROOT / ".sluice" / "bench"))
    words.add_argument("--jars", default=str(ROOT / ".sluice" / "jars" / "iceberg"))
    words.add_argument("--json", action="store_true", help="end with one object on stdout")
    return words.parse_args()


def start(options) -> SparkSession:
    return start_spark("sluice bench of gold", options.memory, iceberg_settings(options.jars))


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
