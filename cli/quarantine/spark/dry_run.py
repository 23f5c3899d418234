"""What a replay would do: the job's own reading and judging of quarantined rows, without writing anything.

usage: dry_run.py FOLDER CONTRACT.json JARS   (JSON on stdout's last line)
"""

import json
import sys
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "glue-scripts"), str(ROOT / "laptop" / "glue")]

from pyspark.sql import DataFrame, Observation, SparkSession  # noqa: E402
from pyspark.sql import functions as F  # noqa: E402
from quality_runs import _judge as judge_ruleset  # noqa: E402
from sluice_etl.contract import Contract, parse_contract  # noqa: E402
from sluice_etl.lake.inputs import SourceFile  # noqa: E402
from sluice_etl.session import SESSION  # noqa: E402
from sluice_etl.judge.judge import BAD  # noqa: E402
from sluice_etl.judge.quarantine import count_by_reason, named_counts  # noqa: E402
from sluice_etl.formats.replay import QUARANTINE  # noqa: E402
from sluice_etl.formats.scan import judged_rows  # noqa: E402
from sluice_etl.formats.source_format import Reading  # noqa: E402
from sluice_etl.merge.counted_rows import CountedRows  # noqa: E402
from sluice_etl.merge.keys import numbered  # noqa: E402
from sluice_etl.merge.merge import merge  # noqa: E402


def main(folder: Path, contract_file: Path, jars: str) -> None:
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.jars", jars)
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.authenticate", "true")
        # Most of it is code that runs a few times: the JVM's first compiler is done sooner.
        .config("spark.driver.extraJavaOptions", "-Duser.timezone=UTC -XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    for name, value in SESSION.items():
        spark.conf.set(name, value)
    text = contract_file.read_text(encoding="utf-8")
    print(json.dumps(dry_run(spark, folder, parse_contract(text), json.loads(text).get("quality"))))


def dry_run(spark: SparkSession, folder: Path, contract: Contract, ruleset: str | None) -> dict:
    """
    Of the rows in a folder of quarantine files: `rows`, how many of them `pass` and `fail`, and these `byReason`. `quality`: what the rules say of
    the rows that pass, alone; None without rules or rows.
    """
    files = [source_file(folder, path, contract) for path in sorted(folder.rglob("*.parquet"))]
    # The quarantine files are in the folder, so nothing is read from a store.
    sources = QUARANTINE.find_sources(Reading(spark, files, contract, None))
    rows = judged_rows(spark, sources, contract, files)
    read, bad, by_reason = rows.agg(F.count(F.lit(1)), F.count(BAD), count_by_reason(contract)).first()
    quality = ask_gate(spark, rows, contract, ruleset) if ruleset and read > bad else None
    return {"rows": read, "pass": read - bad, "fail": bad, "byReason": named_counts(by_reason, contract), "quality": quality}


def ask_gate(spark: SparkSession, rows: DataFrame, contract: Contract, ruleset: str) -> dict:
    """`rules`: how many were judged. `failed` of them, and `notJudged`, such as those that need another table."""
    good = numbered(rows, contract.primary_key).where(f"{BAD} IS NULL").drop(BAD)
    curated = merge(CountedRows(good), contract, Observation()).persist()
    curated.createOrReplaceTempView("primary")
    outcomes = judge_ruleset(spark, curated, {}, {"name": "dry-run", "dqdl": ruleset})["rules"]
    curated.unpersist()
    failed = [{"rule": each["rule"], "message": each["message"]} for each in outcomes if each["result"] == "FAIL"]
    unjudged = [each["rule"] for each in outcomes if each["result"] == "ERROR"]
    return {"rules": len(outcomes) - len(unjudged), "failed": failed, "notJudged": unjudged}


def source_file(folder: Path, path: Path, contract: Contract) -> SourceFile:
    parts = dict(part.split("=", 1) for part in path.relative_to(folder).parts[:-1])
    return SourceFile(f"file://{path}", path.stat().st_size, tuple(unquote(parts[key]) for key in contract.partition_keys))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
