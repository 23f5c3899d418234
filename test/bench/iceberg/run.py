"""Measures Iceberg tables beside Parquet ones, in turn, in one Spark with the same settings: seconds, and CPU seconds of the JVM."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "job"), str(ROOT / "glue-scripts"), str(ROOT / "test" / "glue"), str(ROOT / "laptop" / "glue")]
os.environ.setdefault("PYSPARK_PYTHON", sys.executable)

from measures import CORRECTED, MEASURES, Measured  # noqa: E402
from pyspark.sql import SparkSession  # noqa: E402
from spark_of_bench import iceberg_settings, start_spark  # noqa: E402
from iceberg_lake import glue_server  # noqa: E402
from warm_spark import JAVA_OPTIONS  # noqa: E402


def main() -> None:
    options = parse()
    spark = start(options)
    shutil.rmtree(options.work, ignore_errors=True)
    with glue_server(spark) as glue:
        measured = Measured(spark, glue, Path(options.work), options)
        found = {}
        for name in options.measures:
            found[name] = MEASURES[name](measured)
            for contender, row in found[name].items():
                print(f"{name:12s} {contender:16s} {json.dumps(row)}", file=sys.stderr, flush=True)
    shutil.rmtree(options.work, ignore_errors=True)
    print(json.dumps(found))
    spark.stop()


def start(options) -> SparkSession:
    settings = {
        "spark.local.dir": f"{options.work}-spark",
        **iceberg_settings(options.jars),
        # The JVM as it is for the laptop's own Spark: as it is by default, its compiler takes nearly half of a batch that has run only a few times.
        "spark.driver.extraJavaOptions": " ".join(JAVA_OPTIONS),
    }
    return start_spark("sluice bench of Iceberg tables", options.memory, settings)


def parse() -> argparse.Namespace:
    words = argparse.ArgumentParser(prog="npm run bench:iceberg --", description=__doc__)
    words.add_argument("--measures", type=lambda text: text.split(","), default=list(MEASURES), help=", ".join(MEASURES))
    words.add_argument("--rows", type=int, default=6_000_000, help="of a first load")
    words.add_argument("--tables", type=lambda text: text.split(","), default=list(CORRECTED), help=f"that are corrected: {', '.join(CORRECTED)}; ratios are to the first")
    words.add_argument("--partitions", type=int, default=400, help="of the table that is corrected")
    words.add_argument("--partition-rows", type=int, default=50_000)
    words.add_argument("--corrections", type=int, default=10_000)
    words.add_argument("--files", type=int, default=5_000, help="small files of 10 KB")
    words.add_argument("--runs", type=int, default=2, help="after one to warm up")
    words.add_argument("--memory", default="4g")
    words.add_argument("--work", default=str(ROOT / ".sluice" / "bench-iceberg"))
    words.add_argument("--jars", default=str(ROOT / ".sluice" / "jars" / "iceberg"))
    return words.parse_args()


if __name__ == "__main__":
    main()
