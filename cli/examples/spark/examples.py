"""What the job makes of example rows: its own reading, judging and merging, in one Spark, without a pipeline.

usage: examples.py ANSWER.json   (the request as JSON on stdin)

For each example `curated` (columns with their types, rows as texts), `quarantined` and, where it asks for the rules, `failedRules`; or `error`.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "glue-scripts"), str(ROOT / "laptop" / "glue"), str(ROOT / "cli" / "contracts" / "spark")]

from pyspark import inheritable_thread_target  # noqa: E402
from pyspark.sql import DataFrame, Observation, SparkSession  # noqa: E402
from pyspark.sql import functions as F  # noqa: E402
from quality_runs import _judge as judge_ruleset  # noqa: E402
from sluice_etl.contract import Contract, parse_contract  # noqa: E402
from sluice_etl.formats.registry import FORMATS  # noqa: E402
from sluice_etl.formats.scan import file_homes, find_drift, judged_rows  # noqa: E402
from sluice_etl.formats.source_format import Reading  # noqa: E402
from sluice_etl.judge.judge import BAD  # noqa: E402
from sluice_etl.judge.quarantine import quarantined_rows  # noqa: E402
from sluice_etl.lake.inputs import SourceFile  # noqa: E402
from sluice_etl.merge.counted_rows import CountedRows  # noqa: E402
from sluice_etl.merge.keys import KEY_HASH, numbered  # noqa: E402
from sluice_etl.merge.merge import merge  # noqa: E402
from sluice_etl.session import open_session  # noqa: E402
from spark_messages import in_words  # noqa: E402
from source_files import LocalFiles, write_source  # noqa: E402

AT_ONCE = 4
FEW_ROWS = {
    "spark.sql.adaptive.enabled": "false",
    # Interpreted: compiling a method takes longer than a few rows do.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
NESTED = ("struct<", "array<", "map<")


def main(answer: Path) -> None:
    request = json.load(sys.stdin)
    with TemporaryDirectory(prefix="sluice-test-") as work:
        spark = start_spark(request["jars"], work)
        one = inheritable_thread_target(lambda numbered_example: outcome(spark, Path(work, str(numbered_example[0])), numbered_example[1]))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answer.write_text(json.dumps(list(pool.map(one, enumerate(request["examples"])))), encoding="utf-8")
        spark.stop()


def start_spark(jars: str, work: str) -> SparkSession:
    spark = (
        SparkSession.builder.master("local[2]")
        .appName("sluice test")
        .config("spark.jars", jars)
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.authenticate", "true")
        .config("spark.local.dir", work)
        .config("spark.sql.warehouse.dir", f"{work}/warehouse")
        .config("spark.sql.catalogImplementation", "in-memory")
        .config("spark.sql.session.timeZone", "UTC")
        # A few rows: more than one part is all overhead, and so is the JVM's best compiler.
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.driver.extraJavaOptions", "-Duser.timezone=UTC -XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    return spark


def outcome(shared: SparkSession, folder: Path, example: dict) -> dict:
    try:
        contract = parse_contract(json.dumps(example["contract"]))
        spark = open_session(shared, contract.target_file_mb)
        for setting, value in FEW_ROWS.items():
            spark.conf.set(setting, value)
        file = write_source(folder, contract, example)
        return judged(spark, contract, [SourceFile(f"file:{file}", file.stat().st_size, tuple(example["partition"]))], folder, example)
    except Exception as error:  # noqa: BLE001: the example is named with it
        return {"error": in_words(error)}


def judged(spark: SparkSession, contract: Contract, files: list[SourceFile], folder: Path, example: dict) -> dict:
    reading = Reading(spark, files, contract, LocalFiles(), f"file:{folder}/scratch/")
    sources = FORMATS[contract.format].find_sources(reading)
    find_drift(sources, contract)
    # A checkpoint and no cache: what reads the rows does not analyse again how they were made.
    rows = numbered(judged_rows(spark, sources, contract, files), contract.primary_key).repartition(1, KEY_HASH).localCheckpoint()
    bad = quarantined_rows(rows.where(f"{BAD} IS NOT NULL"), contract, file_homes(spark, files, contract), "example")
    curated = merge(CountedRows(rows.where(f"{BAD} IS NULL").drop(BAD)), contract, Observation()).localCheckpoint()
    found = {
        "types": {field.name: field.dataType.simpleString() for field in curated.schema},
        "curated": texts(curated),
        "quarantined": [{**row, "reasons": reasons} for row, reasons in quarantined(bad, contract)],
    }
    # Where nothing is staged, the pipeline judges no rules either.
    if example["rules"] is not None and found["curated"]:
        found["failedRules"] = failed_rules(spark, curated, example)
    return found


def texts(frame: DataFrame) -> list[dict]:
    """Every value as text, as Spark's CAST writes it; nested ones as JSON."""
    columns = [
        (F.to_json(name) if field.dataType.simpleString().startswith(NESTED) else F.col(name).cast("string")).alias(name)
        for name, field in ((f.name, f) for f in frame.schema)
    ]
    return [row.asDict() for row in frame.select(*columns).collect()]


def quarantined(bad: DataFrame, contract: Contract) -> list[tuple[dict, list[str]]]:
    rows = bad.select(*contract.column_names, "_raw_record", "_errors", *contract.partition_keys).collect()
    return [({name: value for name, value in row.asDict().items() if name != "_errors"}, list(row["_errors"])) for row in rows]


def failed_rules(spark: SparkSession, curated: DataFrame, example: dict) -> list[dict]:
    curated.createOrReplaceTempView("primary")
    others = {alias: reference(spark, rows) for alias, rows in example["references"].items()}
    for alias, other in others.items():
        other.createOrReplaceTempView(alias)
    outcomes = judge_ruleset(spark, curated, others, {"name": "example", "dqdl": example["rules"]})["rules"]
    return [{"rule": each["rule"], "message": each["message"] or each["result"]} for each in outcomes if each["result"] != "PASS"]


def reference(spark: SparkSession, table: dict) -> DataFrame:
    """Rows of a referenced dataset, of which Spark casts each column as that dataset's contract has it."""
    types = table["types"]
    lines = [tuple(row.get(name) for name in types) for row in table["rows"]]
    frame = spark.createDataFrame(lines, ", ".join(f"`{name}` string" for name in types))
    typed = {n: F.from_json(n, type_) if type_.lower().startswith(NESTED) else F.col(n).cast(type_) for n, type_ in types.items()}
    return frame.select(*(value.alias(name) for name, value in typed.items()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
