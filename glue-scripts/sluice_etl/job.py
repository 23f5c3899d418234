"""One batch from its plan to its manifest."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import datetime, timezone

from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F

from .catalog import GlueCatalog, Partition
from .contract import Contract, parse_contract
from .errors import ConfigurationError, ConservationError
from .inputs import Inputs, find_inputs
from .judge import BAD
from .manifest import build_manifest
from .merge import merge
from .output import WrittenFile, partition_values, write_named
from .plan import Plan, Settings, parse_plan
from .quarantine import count_by_reason, quarantined_rows
from .readable import remove_copies, with_readable_names
from .replay import files_to_replay, quarantine_sources
from .scan import Drift, file_homes, find_drift, find_sources, judged_rows
from .store import S3Store
from .shuffled import shuffle
from .touched import StandingFiles, find_standing, touched_paths, touched_values

# Of shuffled rows a task: large enough that files are not small, small enough to be sorted in a G.1X worker's memory.
PART_BYTES = 128 * 1024 * 1024

SESSION = {
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "false",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    "spark.sql.csv.parser.columnPruning.enabled": "false",
    "spark.sql.sources.partitionOverwriteMode": "static",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}


@dataclass
class Outcome:
    """What the manifest is made of."""

    inputs: Inputs
    drift: Drift = field(default_factory=lambda: Drift({}, {}))
    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("read", "written", "duplicates", "superseded", "quarantined"), 0))
    reasons: dict[str, int] = field(default_factory=dict)
    staged: list[WrittenFile] = field(default_factory=list)
    standing: StandingFiles = field(default_factory=lambda: StandingFiles({}))
    quarantine: list[WrittenFile] = field(default_factory=list)
    metrics: dict[str, float] = field(default_factory=dict)


def run(spark: SparkSession, settings: Settings, catalog: GlueCatalog, store: S3Store) -> dict:
    """Returns the manifest, which is written last: a batch without one has not been curated."""
    started = datetime.now(timezone.utc)
    # Other batches may run in this Spark application at the same time, under settings of their own.
    spark = spark.newSession()
    for name, value in SESSION.items():
        spark.conf.set(name, value)
    contract = parse_contract(store.read_text(settings.contract_uri))
    plan = parse_plan(store.read_text(settings.plan_uri))
    if (plan.dataset, plan.batch_id) != (settings.dataset, settings.batch_id) or contract.dataset != settings.dataset:
        raise ConfigurationError(f"plan and contract are not those of batch {settings.batch_id} of {settings.dataset}")
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
    if plan.source == "quarantine":
        files = files_to_replay(outcome.inputs.files, settings, store)
        sources = quarantine_sources(spark, files, contract)
    else:
        files = with_readable_names(outcome.inputs.files, settings, store)
        sources = find_sources(spark, files, contract, store)
    outcome.drift = find_drift(sources, contract)
    if not sources:
        return
    homes = file_homes(spark, files, contract)
    clock = time.monotonic()
    merges = bool(contract.partition_by) and store.has_any(settings.curated)
    observed = [F.count(F.lit(1)).alias("read"), F.count(BAD).alias("quarantined")]
    observed += [touched_values(contract).alias("touched")] if merges else []
    rows = shuffle(judged_rows(sources, contract, homes), contract.primary_key, shuffle_parts(spark, outcome.inputs), observed, PART_BYTES)
    outcome.rows.update({name: rows.counts[name] for name in ("read", "quarantined")})
    outcome.metrics["scanSeconds"] = round(time.monotonic() - clock, 3)
    if outcome.rows["quarantined"]:
        _set_aside(spark, rows.bad, contract, settings, homes, store, outcome)
    if outcome.rows["read"] > outcome.rows["quarantined"]:
        paths = touched_paths(contract, rows.counts["touched"]) if merges else [""]
        outcome.standing = find_standing(paths if merges or not contract.partition_by else [], settings, store)
        _stage(spark, rows.good, contract, settings, store, outcome)
    remove_copies(files, store)


def shuffle_parts(spark: SparkSession, inputs: Inputs) -> int:
    """Parts small enough to be sorted in memory, at least one a core; joined again by their true sizes afterwards."""
    size = sum(file.size * (8 if file.uri.endswith((".gz", ".parquet")) else 1) for file in inputs.files)
    return min(1000, max(spark.sparkContext.defaultParallelism, -(-size // PART_BYTES)))


def _set_aside(
    spark: SparkSession, bad: DataFrame, contract: Contract, settings: Settings, homes: DataFrame, store: S3Store, outcome: Outcome
) -> None:
    clock = time.monotonic()
    observation = Observation()
    rows = quarantined_rows(bad, contract, homes, settings.batch_id).observe(observation, *count_by_reason(contract))
    outcome.quarantine = write_named(
        spark, rows, list(contract.partition_keys), f"{settings.run}scratch/quarantine/", settings.quarantine, settings.batch_id, store
    )
    outcome.reasons = {reason: count for reason, count in observation.get.items() if count}
    outcome.metrics["quarantineSeconds"] = round(time.monotonic() - clock, 3)


def _stage(spark: SparkSession, good: DataFrame, contract: Contract, settings: Settings, store: S3Store, outcome: Outcome) -> None:
    clock = time.monotonic()
    observation = Observation()
    merged = merge(good, outcome.standing.read(spark, contract, good.schema, settings), contract, observation)
    outcome.staged = write_named(
        spark, merged, list(contract.partition_by), f"{settings.run}scratch/staged/", settings.staged, settings.batch_id, store
    )
    outcome.rows.update(observation.get)
    outcome.metrics["mergeSeconds"] = round(time.monotonic() - clock, 3)


def register(contract: Contract, settings: Settings, catalog: GlueCatalog, outcome: Outcome) -> None:
    paths = dict.fromkeys(file.path for file in outcome.staged)
    wanted = []
    for path in paths:
        values = partition_values(path)
        keys = tuple(values[name] for name in contract.partition_by)
        wanted.append(Partition((settings.batch_id, *keys), f"{settings.staged}{path}{'/' if path else ''}"))
    catalog.replace_batch_partitions(f"{contract.dataset}_staged", settings.batch_id, wanted)
