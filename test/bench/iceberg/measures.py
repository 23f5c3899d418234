"""What is measured of Iceberg tables; each measure gives {contender: {"seconds", "cpuSeconds", …}}, the least of the rounds after the first."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import orders
from contenders import Bench
from iceberg_lake import IcebergLake, iceberg
from lake import contract_with
from pyspark.sql import SparkSession

ROOT = Path(__file__).resolve().parents[3]
COLUMNS = {"id": "bigint", "at": {"type": "timestamp", "format": "yyyy-MM-dd HH:mm:ss"}, "amount": "bigint", "note": "string"}
SMALL_BATCH = 20_000
START = date(2020, 1, 1)


@dataclass
class Measured:
    spark: SparkSession
    glue: object
    work: Path
    options: Namespace
    process: str = field(init=False)

    def __post_init__(self) -> None:
        name = self.spark._jvm.java.lang.management.ManagementFactory.getRuntimeMXBean().getName()
        self.process = name.partition("@")[0]

    def lake(self, name: str) -> IcebergLake:
        folder = self.work / name
        folder.mkdir(parents=True, exist_ok=True)
        return IcebergLake(self.spark, self.glue, folder)

    def rounds(self, contenders: dict[str, Callable[[int], dict | None]]) -> dict[str, dict]:
        """One after the other, round by round; the first warms up."""
        least: dict[str, dict] = {}
        for turn in range(self.options.runs + 1):
            for name, run in contenders.items():
                began, cpu = time.monotonic(), self.cpu_seconds()
                told = run(turn) or {}
                row = {"seconds": round(time.monotonic() - began, 2), "cpuSeconds": round(self.cpu_seconds() - cpu, 2), **told}
                if turn > 0 and (name not in least or row["seconds"] < least[name]["seconds"]):
                    least[name] = row
        return least

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100


def first_load(format_: str) -> Callable[[Measured], dict]:
    """The same rows copied into a partitioned table, and made a Parquet table and an Iceberg table by the job."""

    def measure(measured: Measured) -> dict:
        size = orders.Size(measured.options.rows, days=10, format=format_)
        raw = measured.work / f"raw-{format_}"
        orders.generate(measured.spark, size, raw)

        def copy(turn: int) -> None:
            bench = Bench(measured.spark, raw, format_, measured.work / "copy")
            bench.prepare()
            bench.copy_to_table()

        def job(kind: Callable[[dict], dict], name: str) -> Callable[[int], None]:
            def run(turn: int) -> None:
                shutil.rmtree(measured.work / name, ignore_errors=True)
                lake = measured.lake(name)
                (lake.root / "raw" / "raw").mkdir(parents=True)
                (lake.root / "raw" / "raw" / "orders").symlink_to(raw)
                contract = {**orders.CONTRACT, "source": {**orders.CONTRACT["source"], "format": format_}}
                lake.curate(kind(contract), keys=[f"raw/orders/{path.relative_to(raw)}" for path in sorted(raw.rglob(f"*.{format_}"))])

            return run

        return ratios(measured.rounds({"copyToTable": copy, "parquet": job(dict, "parquet"), "iceberg": job(iceberg, "iceberg")}), "copyToTable")

    return measure


def corrections(measured: Measured) -> dict:
    """
    Newer versions of keys all over the table; the same beside ten times as many partitions that have none of them; and where the partition does not follow from
    the key, so that a key may be anywhere.
    """
    partitions, each = measured.options.partitions, measured.options.partition_rows
    follows, any_day = contract(each), contract(each, follows=False)
    lakes = {
        "parquet": (measured.lake("c-parquet"), follows),
        "iceberg": (measured.lake("c-iceberg"), iceberg(follows)),
        "icebergAnyDay": (measured.lake("c-any"), iceberg(any_day)),
        "icebergTenTimes": (measured.lake("c-grown"), iceberg(follows)),
    }
    lakes = {name: each for name, each in lakes.items() if name in measured.options.tables}
    for name, (lake, under) in lakes.items():
        rows = partitions * each * (10 if name == "icebergTenTimes" else 1)
        land(measured, lake, range(rows), "day=0", each)
        lake.batch(under, keys=keys(lake, "day=0"), batch_id="orders-first")

    def correct(name: str) -> Callable[[int], dict]:
        lake, under = lakes[name]

        def run(turn: int) -> dict:
            folder = f"day={turn + 1}"
            step = max(1, partitions * each // measured.options.corrections)
            sent = land(measured, lake, range(0, step * measured.options.corrections, step), folder, each, hour=10 + turn)
            before, cpu, began = size_of(lake.root / "lake"), measured.cpu_seconds(), time.monotonic()
            manifest = lake.curate(under, keys=keys(lake, folder), batch_id=f"orders-{turn}")
            took = {"seconds": round(time.monotonic() - began, 2), "cpuSeconds": round(measured.cpu_seconds() - cpu, 2)}
            written = size_of(lake.root / "lake") - before
            lake.publish(manifest)
            return {**took, "bytesWritten": written, "bytesOfBatch": sent, "rows": manifest["rows"]["written"], "partitions": len(manifest["partitions"])}

        return run

    contenders = {name: correct(name) for name in lakes}
    if "iceberg" in lakes:
        # A key may be anywhere in a partition, so a correction reads each of its rows, deleted ones left out.
        table = lakes["iceberg"][0]
        contenders["readIceberg"] = lambda turn: table.frame().write.format("noop").mode("overwrite").save()
    return ratios(measured.rounds(contenders), next(iter(lakes)))


def small_batch(measured: Measured) -> dict:
    """20,000 new rows in ten partitions, beside as many for each batch before; with its publication."""
    each = SMALL_BATCH // 10
    lakes = {"parquet": (measured.lake("s-parquet"), contract(each)), "iceberg": (measured.lake("s-iceberg"), iceberg(contract(each)))}

    def run_of(name: str) -> Callable[[int], dict]:
        lake, under = lakes[name]

        def run(turn: int) -> dict:
            land(measured, lake, range(turn * SMALL_BATCH, (turn + 1) * SMALL_BATCH), f"day={turn}", each)
            began, cpu = time.monotonic(), measured.cpu_seconds()
            lake.batch(under, keys=keys(lake, f"day={turn}"), batch_id=f"orders-{turn}")
            return {"seconds": round(time.monotonic() - began, 2), "cpuSeconds": round(measured.cpu_seconds() - cpu, 2)}

        return run

    return ratios(measured.rounds({name: run_of(name) for name in lakes}), "parquet")


def publish(measured: Measured) -> dict:
    """A batch with rows in 1,000 partitions, by the publisher's own code: from reading the catalog's entry to its update."""
    lake = measured.lake("p-iceberg")

    def run(turn: int) -> dict:
        land(measured, lake, range(turn * 5_000, (turn + 1) * 5_000), f"day={turn}", 5)
        manifest = lake.curate(iceberg(contract(5)), keys=keys(lake, f"day={turn}"), batch_id=f"orders-{turn}")
        request = {"endpoint": lake.glue.meta.endpoint_url, "database": lake.database, "table": "orders", "batchId": manifest["batchId"], "commit": manifest["commit"]}
        program = ["node", "--import", "tsx", str(ROOT / "test/glue/publish_commit.ts"), json.dumps(request)]
        done = subprocess.run(program, check=True, cwd=ROOT, capture_output=True, text=True)
        return {"seconds": round(float(done.stdout) / 1000, 3), "partitions": len(manifest["partitions"])}

    return measured.rounds({"publish": run})


def small_files(measured: Measured) -> dict:
    """Files of 10 KB, and one file with the same bytes, as a first load into a Parquet table."""
    count, whole = measured.options.files, measured.lake("f-lines")
    land(measured, whole, range(ROWS_OF_10_KB * count), "day=0", ROWS_OF_10_KB * count // 10)
    lines = [line for path in sorted((whole.root / "raw/raw/orders/day=0").glob("*.csv")) for line in path.read_text().splitlines(keepends=True)[1:]]
    under = contract(ROWS_OF_10_KB * count // 10)

    def load(files: int, name: str) -> Callable[[int], dict]:
        def run(turn: int) -> dict:
            shutil.rmtree(measured.work / name, ignore_errors=True)
            lake, share = measured.lake(name), len(lines) // files
            landed = [lake.land(f"day=1/{number:05d}.csv", HEADER + "".join(lines[number * share : (number + 1) * share])) for number in range(files)]
            began, cpu = time.monotonic(), measured.cpu_seconds()
            manifest = lake.curate(under, keys=landed)
            took = {"seconds": round(time.monotonic() - began, 2), "cpuSeconds": round(measured.cpu_seconds() - cpu, 2)}
            return {**took, "bytes": manifest["input"]["bytes"], "rows": manifest["rows"]["written"]}

        return run

    return ratios(measured.rounds({"oneFile": load(1, "f-one"), "smallFiles": load(count, "f-many")}), "oneFile")


CORRECTED = ("parquet", "iceberg", "icebergAnyDay", "icebergTenTimes")
MEASURES = {"csv": first_load("csv"), "parquet": first_load("parquet"), "corrections": corrections, "smallBatch": small_batch, "publish": publish, "smallFiles": small_files}
HEADER = "id,at,amount,note\n"
ROWS_OF_10_KB = 160


def contract(each: int, follows: bool = True) -> dict:
    """Of rows with consecutive ids, so many are in a partition."""
    day = f"date_add(DATE '{START}', CAST(id DIV {each} AS INT))" if follows else "to_date(at)"
    return contract_with(columns=COLUMNS, derive={"on_day": day}, version=f"be9c{each:07d}{int(follows)}")


def ratios(found: dict[str, dict], to: str) -> dict[str, dict]:
    return {name: {**row, "ratio": round(row["seconds"] / found[to]["seconds"], 3), "cpuRatio": round(row["cpuSeconds"] / found[to]["cpuSeconds"], 3)} for name, row in found.items()}


def land(measured: Measured, lake: IcebergLake, ids: range, folder: str, each: int, *, hour: int = 1) -> int:
    """Returns bytes."""
    columns = [
        "id",
        f"date_format(date_add(DATE '{START}', CAST(id DIV {each} AS INT)), 'yyyy-MM-dd') || ' {hour:02d}:00:00' AS at",
        f"id * 7919 % 100000 + {hour} AS amount",
        "hex(xxhash64(id)) || hex(xxhash64(id, 1)) AS note",
    ]
    target = lake.root / "raw" / "raw" / "orders" / folder
    frame = measured.spark.range(ids.start, ids.stop, ids.step, 4).selectExpr(*columns)
    frame.write.option("header", True).mode("overwrite").csv(f"file:{target}")
    for path in target.iterdir():
        if path.suffix != ".csv" or path.name.startswith("."):
            path.unlink()
    return size_of(target)


def keys(lake: IcebergLake, folder: str) -> list[str]:
    return [f"raw/orders/{folder}/{path.name}" for path in sorted((lake.root / "raw/raw/orders" / folder).glob("*.csv"))]


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
