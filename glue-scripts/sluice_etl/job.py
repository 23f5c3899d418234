"""One batch from its plan to its manifest."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from uuid import uuid4

from py4j.protocol import Py4JJavaError
from pyspark import inheritable_thread_target
from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F

from .lake.catalog import GlueCatalog, Partition
from .tables.compact import compact
from .contract import Contract, parse_contract
from .errors import ConfigurationError, ConservationError, SparkError, root_cause
from .lake.inputs import Inputs, SourceFile, find_inputs
from .judge.judge import BAD
from .manifest import build_manifest
from .merge.merge import STANDS, merge, with_standing
from .tables.moved import find_moved, partition_follows_key
from .outcome import Outcome
from .tables.output import MB, MOST_OPEN_FILES, partition_values, rebalanced, remove_stale, write_named
from .plan import Plan, Settings, parse_plan
from .judge.quarantine import count_by_reason, example_keys, quarantined_rows
from .formats.readable import remove_copies, with_readable_names
from .formats.replay import QUARANTINE, files_to_replay
from .formats.registry import FORMATS
from .formats.scan import file_homes, find_drift, judged_rows
from .formats.source_format import Reading
from .merge.shuffled import Shuffled, numbered, parts_for, shuffle
from .tables.standing import StandingFiles, find_standing
from .lake.store import S3Store
from .tables.touched import touched_paths, touched_values
from .formats.unreadable import naming_unreadable

# How much larger rows are than their gzip or Parquet file, roughly.
PACKED = 6
TASKS_PER_CORE = 8
# What Spark looks up before it reads, one after the other in a task.
FILES_PER_LISTING = 50

SESSION = {
    "spark.sql.adaptive.enabled": "true",
    # Spark would rather have a task a core than a file of some size; every task writes to every partition it meets.
    "spark.sql.adaptive.coalescePartitions.minPartitionSize": "16MB",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "false",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    "spark.sql.csv.parser.columnPruning.enabled": "false",
    "spark.sql.sources.partitionOverwriteMode": "static",
    "spark.sql.maxConcurrentOutputFileWriters": str(MOST_OPEN_FILES),
    # Most keys come once, which its first, small map is not made for.
    "spark.sql.codegen.aggregate.map.twolevel.enabled": "false",
    # The merge joins rows where they lie, by the hash of their key and more.
    "spark.sql.requireAllClusterKeysForCoPartition": "false",
    # Methods above this size the JVM does not compile; Spark's other way, expression by expression, it does.
    "spark.sql.codegen.hugeMethodLimit": "8000",
    # A partition value is the text of its folder until the contract says more: 007 is not 7.
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}


def run(spark: SparkSession, settings: Settings, catalog: GlueCatalog, store: S3Store) -> dict:
    """Returns the manifest, which is written last: a batch without one has not been curated."""
    try:
        return _run(spark, settings, catalog, store)
    except Py4JJavaError as error:
        raise SparkError(root_cause(error)) from error


def _run(spark: SparkSession, settings: Settings, catalog: GlueCatalog, store: S3Store) -> dict:
    started = datetime.now(timezone.utc)
    contract = parse_contract(store.read_text(settings.contract_uri))
    plan = parse_plan(store.read_text(settings.plan_uri))
    if (plan.dataset, plan.batch_id) != (settings.dataset, settings.batch_id) or contract.dataset != settings.dataset:
        raise ConfigurationError(f"plan and contract are not those of batch {settings.batch_id} of {settings.dataset}")
    # Other batches may run in this Spark application at the same time, under settings of their own.
    spark = spark.newSession()
    for name, value in SESSION.items():
        spark.conf.set(name, value)
    # Shuffled bytes a task; in Parquet about half of that is left.
    spark.conf.set("spark.sql.adaptive.advisoryPartitionSizeInBytes", f"{2 * contract.target_file_mb}MB")
    if plan.source == "curated":
        outcome = Outcome(Inputs((), (), ()))
        compact(spark, plan, contract, settings, catalog, store, outcome)
    else:
        outcome = Outcome(find_inputs(plan, contract, settings, catalog, store))
        curate(spark, plan, contract, settings, store, outcome)
    register(contract, settings, catalog, outcome)
    manifest = build_manifest(plan, contract, settings, outcome, store, started)
    rows = manifest["rows"]
    if rows["read"] != rows["written"] + rows["duplicates"] + rows["superseded"] + rows["quarantined"]:
        raise ConservationError(f"rows of {settings.batch_id} are not conserved: {json.dumps(rows)}")
    store.write_text(settings.manifest_uri, json.dumps(manifest, indent=1))
    return manifest


def curate(spark: SparkSession, plan: Plan, contract: Contract, settings: Settings, store: S3Store, outcome: Outcome) -> None:
    _fit_to(outcome.inputs, spark)
    if plan.source == "quarantine":
        read_as, files = QUARANTINE, files_to_replay(outcome.inputs.files, settings, store)
    else:
        read_as, files = FORMATS[contract.format], with_readable_names(outcome.inputs.files, settings, store)
    reading = Reading(spark, files, contract, store)
    with naming_unreadable(spark, files, read_as):
        sources = read_as.find_sources(reading)
    outcome.drift = find_drift(sources, contract)
    if sources:
        rows = judged_rows(spark, sources, contract, files)
        with outcome.timed("scan"), naming_unreadable(spark, files, read_as):
            shuffled = _shuffle(spark, rows, contract, outcome)
            left_out = shuffled.scanned - shuffled.counts["read"]
            exact = read_as.find_sources_again(reading, sources, left_out)
            if exact:
                rows = judged_rows(spark, exact, contract, files)
                shuffled = _shuffle(spark, rows, contract, outcome)
        # Few rows are bad, so their tasks are short. Behind those of the merge, which take every core to the end, they would begin last.
        with ThreadPoolExecutor(1) as beside:
            group = str(uuid4())
            aside = beside.submit(inheritable_thread_target(_set_aside), spark, shuffled, contract, settings, files, store, outcome, group)

            def wait_for_aside() -> None:
                while not (aside.done() or len(spark.sparkContext.statusTracker().getJobIdsForGroup(group))):
                    time.sleep(0.01)

            _stage(spark, shuffled, rows, contract, settings, store, outcome, wait_for_aside)
            aside.result()
    remove_copies(files, store)
    remove_stale([settings.staged], outcome.staged, settings.batch_id, store)
    remove_stale(outcome.inputs.quarantine_folders(settings), outcome.quarantine, settings.batch_id, store)


def _fit_to(inputs: Inputs, spark: SparkSession) -> None:
    """Tasks that are enough for cores to end together, and no more."""
    cores = spark.sparkContext.defaultParallelism
    share = sum(file.size for file in inputs.files) // (TASKS_PER_CORE * cores)
    spark.conf.set("spark.sql.files.maxPartitionBytes", min(max(share, 16 * MB), 128 * MB))
    listing = max(cores, len(inputs.files) // FILES_PER_LISTING)
    spark.conf.set("spark.sql.sources.parallelPartitionDiscovery.parallelism", listing)


def _shuffle(spark: SparkSession, rows: DataFrame, contract: Contract, outcome: Outcome) -> Shuffled:
    observed = [F.count(F.lit(1)).alias("read"), F.count(BAD).alias("quarantined")]
    observed += [touched_values(contract, rows.schema).alias("touched")] if contract.partition_by else []
    size = sum(file.size * (PACKED if file.uri.endswith((".gz", ".bz2", ".parquet")) else 1) for file in outcome.inputs.files)
    parts = parts_for(size, spark.sparkContext.defaultParallelism)
    shuffled = shuffle(numbered(rows, contract.primary_key), parts, observed)
    outcome.rows.update({name: shuffled.counts[name] for name in ("read", "quarantined")})
    return shuffled


def _set_aside(
    spark: SparkSession, shuffled: Shuffled, contract: Contract, settings: Settings, files: list[SourceFile], store: S3Store, outcome: Outcome,
    job_group: str,
) -> None:
    """The last of its Spark jobs, which writes, is the only one in `job_group`."""
    if not outcome.rows["quarantined"]:
        return
    with outcome.timed("quarantine"):
        # While the cores wait for the merge to be planned.
        outcome.examples = example_keys(shuffled.bad, contract, files)
        observation = Observation()
        bad = shuffled.bad.observe(observation, *count_by_reason(contract))
        rows = quarantined_rows(bad, contract, file_homes(spark, files, contract), settings.batch_id)
        scratch = f"{settings.run}scratch/quarantine/"
        folders = len(outcome.inputs.partitions)
        spark.sparkContext.setJobGroup(job_group, f"quarantine of {settings.batch_id}")
        outcome.quarantine = write_named(
            spark, rows, contract.partition_keys, folders, scratch, settings.quarantine, settings.batch_id, store
        )
        outcome.rows["quarantined"] = sum(file.rows for file in outcome.quarantine)
        outcome.reasons = {reason: count for reason, count in observation.get.items() if count}


def _stage(
    spark: SparkSession, shuffled: Shuffled, rows: DataFrame, contract: Contract, settings: Settings, store: S3Store, outcome: Outcome,
    before_writing: Callable[[], None],
) -> None:
    if outcome.rows["read"] == outcome.rows["quarantined"]:
        return
    with outcome.timed("merge"):
        paths = touched_paths(contract, rows.schema, shuffled.counts["touched"]) if contract.partition_by else [""]
        outcome.standing = find_standing(paths, settings, store)
        if contract.partition_by and not partition_follows_key(rows, contract):
            with outcome.timed("search"):
                moved = find_moved(spark, shuffled.good(contract.target_file_mb), contract, outcome.standing, settings, store)
            outcome.standing = StandingFiles({**outcome.standing.by_path, **moved.standing.by_path})
            outcome.metrics["keysFoundInOtherPartitions"] = moved.keys
        standing = outcome.standing.read(spark, contract, rows.schema, settings)
        if standing is not None:
            both = with_standing(shuffled.good(contract.target_file_mb), standing, contract)
            parts = parts_for(shuffled.good_bytes + PACKED * outcome.standing.size, spark.sparkContext.defaultParallelism)
            with outcome.timed("standing"):
                shuffled = shuffle(both, parts, [F.expr(f"count_if({STANDS})").alias("standing")])
        observation = Observation()
        merged = merge(lambda: shuffled.good(contract.target_file_mb), contract, observation)
        if shuffled.would_scatter(len(paths)):
            merged = rebalanced(merged, contract.partition_by)
        scratch = f"{settings.run}scratch/staged/"
        folders = len(outcome.standing.by_path)
        unique = contract.primary_key[0] if len(contract.primary_key) == 1 else None
        before_writing()
        outcome.staged = write_named(
            spark, merged, contract.partition_by, folders, scratch, settings.staged, settings.batch_id, store, unique
        )
        gave_way = observation.get
        outcome.rows["duplicates"], outcome.rows["superseded"] = gave_way["duplicates"], gave_way["superseded"]
        kept_standing = shuffled.counts.get("standing", 0) - gave_way["replaced"]
        outcome.rows["written"] = sum(file.rows for file in outcome.staged) - kept_standing


def register(contract: Contract, settings: Settings, catalog: GlueCatalog, outcome: Outcome) -> None:
    paths = dict.fromkeys(file.path for file in outcome.staged)
    wanted = []
    for path in paths:
        values = partition_values(path)
        keys = tuple(values[name] for name in contract.partition_by)
        wanted.append(Partition((settings.batch_id, *keys), f"{settings.staged}{path}{'/' if path else ''}"))
    catalog.replace_batch_partitions(f"{contract.dataset}_staged", settings.batch_id, wanted)
