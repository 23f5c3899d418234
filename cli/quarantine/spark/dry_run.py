"""What a replay would do: the job's own reading and judging of quarantined rows, without writing anything.

usage: dry_run.py FOLDER CONTRACT.json   (JSON on stdout's last line)
"""

import json
import sys
from pathlib import Path
from urllib.parse import unquote

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "glue-scripts"))

from pyspark.sql import SparkSession  # noqa: E402
from pyspark.sql import functions as F  # noqa: E402
from sluice_etl.contract import Contract, parse_contract  # noqa: E402
from sluice_etl.lake.inputs import SourceFile  # noqa: E402
from sluice_etl.session import SESSION  # noqa: E402
from sluice_etl.judge.judge import BAD, all_reasons  # noqa: E402
from sluice_etl.judge.quarantine import count_by_reason  # noqa: E402
from sluice_etl.formats.replay import QUARANTINE  # noqa: E402
from sluice_etl.formats.scan import judged_rows  # noqa: E402
from sluice_etl.formats.source_format import Reading  # noqa: E402


def main(folder: Path, contract_file: Path) -> None:
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.authenticate", "true")
        # Most of it is code that runs a few times: the JVM's first compiler is done sooner.
        .config("spark.driver.extraJavaOptions", "-Duser.timezone=UTC -XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    for name, value in SESSION.items():
        spark.conf.set(name, value)
    print(json.dumps(dry_run(spark, folder, parse_contract(contract_file.read_text(encoding="utf-8")))))


def dry_run(spark: SparkSession, folder: Path, contract: Contract) -> dict:
    """Of the rows in a folder of quarantine files: `rows`, how many of them `pass` and `fail`, and these `byReason`."""
    files = [source_file(folder, path, contract) for path in sorted(folder.rglob("*.parquet"))]
    # The quarantine files are in the folder, so nothing is read from a store.
    sources = QUARANTINE.find_sources(Reading(spark, files, contract, None))
    rows = judged_rows(spark, sources, contract, files)
    read, bad, *by_reason = rows.agg(F.count(F.lit(1)), F.count(BAD), *count_by_reason(contract)).first()
    return {"rows": read, "pass": read - bad, "fail": bad, "byReason": {r: n for r, n in zip(all_reasons(contract), by_reason) if n}}


def source_file(folder: Path, path: Path, contract: Contract) -> SourceFile:
    parts = dict(part.split("=", 1) for part in path.relative_to(folder).parts[:-1])
    return SourceFile(f"file://{path}", path.stat().st_size, tuple(unquote(parts[key]) for key in contract.partition_keys))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
