"""Measures an extract with several readers beside one with a single reader, from a PostgreSQL on the same machine."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "test" / "bench"), str(ROOT / "glue-scripts"), str(ROOT / "test" / "glue")]
os.environ.setdefault("PYSPARK_PYTHON", sys.executable)

from lake import FolderStore, contract_with  # noqa: E402
from postgres_server import PASSWORD, USER, PostgresServer  # noqa: E402
from pyspark.sql import SparkSession  # noqa: E402
from spark_of_bench import start_spark  # noqa: E402
from sluice_etl.contract import parse_contract  # noqa: E402
from sluice_etl.extract.extract import Access, Extract, JdbcSource, Place  # noqa: E402

COLUMNS = {"order_id": "bigint", "status": "string", "amount": "decimal(12,2)", "updated_at": "timestamp", "note": "string"}


def main() -> None:
    options = parse()
    with tempfile.TemporaryDirectory() as work:
        # The server runs as another user than root.
        Path(work).chmod(0o755)
        with PostgresServer(Path(work) / "postgres", ROOT / "node_modules") as server:
            spark = start(options, work)
            fill(spark, server.url, options.rows)
            taken: dict[int, list[Taken]] = {1: [], options.parts: []}
            for turn in range(options.runs + 1):
                for parts in taken:
                    taken[parts].append(measured(lambda parts=parts: extract(spark, server.url, work, parts, options.rows)))
                say(f"{'warm-up' if turn == 0 else f'round {turn}'}: " + ", ".join(f"{parts} readers {each[-1].told}" for parts, each in taken.items()))
            one, several = (min(taken[parts][1:]) for parts in (1, options.parts))
            found = {"rows": options.rows, "parts": options.parts, "oneSeconds": round(one.seconds, 3), "partsSeconds": round(several.seconds, 3)}
            found["ratio"] = round(one.seconds / several.seconds, 3)
            say(f"{options.parts} readers are {found['ratio']:.2f} times as fast as one")
            if one.busy_cores and os.cpu_count():
                found["mostOnThisMachine"] = round(os.cpu_count() / one.busy_cores, 3)
                say(f"one reader and the server keep {one.busy_cores:.2f} of {os.cpu_count()} cores busy: more than {found['mostOnThisMachine']:.2f} times is not possible here")
            if options.json:
                print(json.dumps(found))
            spark.stop()


class Taken(NamedTuple):
    seconds: float
    busy_cores: float | None
    """Of the whole machine, so measure with nothing beside it. None where the system does not say."""

    @property
    def told(self) -> str:
        return f"{self.seconds:.1f} s" + (f" ({self.busy_cores:.2f} cores)" if self.busy_cores else "")


def measured(work: Callable[[], None]) -> Taken:
    began, before = time.monotonic(), busy_seconds()
    work()
    seconds, after = time.monotonic() - began, busy_seconds()
    return Taken(seconds, None if before is None or after is None else (after - before) / seconds)


def busy_seconds() -> float | None:
    """Of all cores since the machine started."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return None
    user, nice, system, _, _, irq, softirq = map(int, stat.read_text().split("\n", 1)[0].split()[1:8])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def extract(spark: SparkSession, url: str, work: str, parts: int, rows: int) -> None:
    contract = parse_contract(json.dumps(contract_with(columns=COLUMNS, source={"format": "parquet", "options": {}}, primary_key=["order_id"], derive={}, latest_by=[])))
    source = JdbcSource("public.orders", split_by="order_id" if parts > 1 else None, parts=parts)
    place = Place(f"file:{work}/scratch/", f"file:{work}/raw/")
    found = Extract(spark, FolderStore(), contract, source, Access("bench", url, "none", USER, PASSWORD)).run(place)
    if found.rows != rows:
        raise SystemExit(f"{found.rows} rows were extracted, not {rows}")


def fill(spark: SparkSession, url: str, rows: int) -> None:
    properties = spark._jvm.java.util.Properties()
    properties.setProperty("user", USER)
    properties.setProperty("password", PASSWORD)
    connection = spark._jvm.org.postgresql.Driver().connect(url, properties)
    statement = connection.createStatement()
    statement.execute("CREATE TABLE orders (order_id bigint PRIMARY KEY, status text, amount numeric(12,2), updated_at timestamptz, note text)")
    statement.execute(f"INSERT INTO orders SELECT n, 'new', n * 0.01, now(), md5(n::text) FROM generate_series(1, {rows}) n")
    statement.execute("ANALYZE orders")
    connection.close()


def start(options: argparse.Namespace, work: str) -> SparkSession:
    driver = next(Path(options.jars).glob("postgresql-*.jar"))
    settings = {"spark.driver.extraClassPath": str(driver), "spark.local.dir": work}
    return start_spark("sluice bench of extracts", "2g", settings, f"local[{os.cpu_count()}]")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--jars", required=True)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--parts", type=int, default=4)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


main()
