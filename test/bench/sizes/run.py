"""
What the job does with inputs of unusual sizes: its time, and the most memory that the JVM and Python have had at once.

  many-files FILES ROWS   one batch of so many files of so many rows (100 rows are 10 KB), beside the same rows in one file
  wide COLUMNS ROWS       one file of so many columns
  long-line MEGABYTES     a file with one line of that size
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path[:0] = [str(HERE), str(HERE.parent), str(ROOT / "glue-scripts"), str(ROOT / "test" / "glue")]
os.environ.setdefault("PYSPARK_PYTHON", sys.executable)

import inputs  # noqa: E402
from lake import Lake  # noqa: E402
from pyspark.sql import SparkSession  # noqa: E402
from sluice_etl.errors import SparkError, UnreadableFileError  # noqa: E402
from spark_of_bench import start_spark  # noqa: E402


def main() -> None:
    options = parse()
    shutil.rmtree(options.work, ignore_errors=True)
    spark = start(options)
    measure = Measure(spark, Path(options.work))
    if options.kind == "many-files":
        files, rows = options.sizes
        # The first batch pays for a JVM that has just started.
        measure.batch("warm-up", lambda folder: inputs.many_files(folder, 1, 10_000))
        one = measure.batch("one file", lambda folder: inputs.many_files(folder, 1, files * rows))
        many = measure.batch(f"{files:,} files", lambda folder: inputs.many_files(folder, files, rows))
        say(f"{many / one:.2f} times as long as one file")
    elif options.kind == "wide":
        measure.batch(f"{options.sizes[0]:,} columns, {options.sizes[1]:,} rows", lambda folder: inputs.wide(folder, *options.sizes))
    else:
        measure.batch(f"a line of {options.sizes[0]:,} MB", lambda folder: inputs.long_line(folder, *options.sizes))
    spark.stop()
    shutil.rmtree(options.work)


class Measure:
    def __init__(self, spark: SparkSession, work: Path):
        self._spark, self._work, self._batches = spark, work, 0

    def batch(self, name: str, make: Callable[[Path], dict]) -> float:
        """Returns seconds."""
        self._batches += 1
        lake = Lake(self._spark, self._work / str(self._batches))
        folder = lake.root / "raw" / "raw" / lake.dataset / "day=1"
        folder.mkdir(parents=True)
        contract = make(folder)
        size = sum(file.stat().st_size for file in folder.iterdir())
        keys = [f"raw/{lake.dataset}/day=1/{file.name}" for file in sorted(folder.iterdir())]
        began = time.monotonic()
        try:
            told = json.dumps(lake.curate(contract, keys)["rows"])
        except (SparkError, UnreadableFileError) as error:
            told = f"{type(error).__name__}: {error}"
        seconds = time.monotonic() - began
        say(f"{name} ({size / 1e6:,.0f} MB): {seconds:.1f} s; most memory: JVM {self._most_of_jvm()}, Python {most_of_python()} MB; {told}")
        shutil.rmtree(lake.root)
        return seconds

    def _most_of_jvm(self) -> str:
        """Resident, of the whole process. Only Linux says it."""
        status = Path(f"/proc/{self._spark._jvm.java.lang.ProcessHandle.current().pid()}/status")
        if not status.exists():
            return "?"
        return f"{next(int(line.split()[1]) >> 10 for line in status.read_text().splitlines() if line.startswith('VmHWM'))} MB"


def most_of_python() -> int:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most >> (20 if sys.platform == "darwin" else 10)


def start(options: argparse.Namespace) -> SparkSession:
    settings = {"spark.local.dir": f"{options.work}/spark"}
    return start_spark("sluice bench of sizes", options.memory, settings, log="OFF")


def say(text: str) -> None:
    print(text, flush=True)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="npm run bench:sizes --", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=NUMBERS)
    parser.add_argument("sizes", nargs="+", type=int)
    parser.add_argument("--memory", default="4g", help="heap of the JVM")
    parser.add_argument("--work", default=str(ROOT / ".sluice" / "bench-sizes"))
    options = parser.parse_args()
    if len(options.sizes) != NUMBERS[options.kind]:
        parser.error(f"{options.kind} takes {NUMBERS[options.kind]} numbers")
    return options


NUMBERS = {"many-files": 2, "wide": 2, "long-line": 1}

if __name__ == "__main__":
    main()
