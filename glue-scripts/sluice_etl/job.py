"""One batch from its plan to its manifest."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

from py4j.protocol import Py4JJavaError
from pyspark import inheritable_thread_target
from pyspark.sql import SparkSession

from .batch import Batch
from .contract import parse_contract
from .errors import ConfigurationError, ConservationError, SparkError
from .gold.recipe import make_gold
from .lake.catalog import GlueCatalog
from .lake.inputs import find_inputs
from .lake.store import S3Store
from .manifest import Result, build_manifest
from .plan import Settings, parse_plan
from .session import fit_to, open_session
from .stages.relanded import read_again
from .stages.quarantined import Quarantined, remove_stale_quarantine, set_aside
from .stages.references import Missing, count_missing, parents_of_quarantined
from .stages.shuffled import Shuffled, shuffle
from .stages.sources import Sources, open_sources
from .stages.staged import Staged, stage
from .tables.formats import table_of
from .tables.kind import checked_kind, compacted_kind, gold_kind, migrated_kind
from .tables.table import Table


def run(spark: SparkSession, settings: Settings, catalog: GlueCatalog, store: S3Store) -> dict:
    """Returns the manifest, which is written last: a batch without one has not been curated."""
    started = datetime.now(timezone.utc)
    try:
        batch = open_batch(spark, settings, catalog, store)
        recipe, kind_of = RECIPES.get(batch.plan.reads, (curate, checked_kind))
        kind = kind_of(batch)
        table = table_of(batch)
        with batch.scratch():
            result = recipe(batch, table)
        table.register(result.staged.files)
        manifest = build_manifest(batch, table, result, kind, started)
    except Py4JJavaError as error:
        raise SparkError.of(error) from error
    rows = manifest["rows"]
    if rows["read"] != sum(count for kind, count in rows.items() if kind != "read"):
        raise ConservationError(f"rows of {settings.batch_id} are not conserved: {json.dumps(rows)}")
    store.write_text(settings.manifest_uri, json.dumps(manifest, indent=1))
    return manifest


def open_batch(spark: SparkSession, settings: Settings, catalog: GlueCatalog, store: S3Store) -> Batch:
    contract = parse_contract(store.read_text(settings.contract_uri))
    plan = parse_plan(store.read_text(settings.plan_uri))
    if (plan.dataset, plan.batch_id) != (settings.dataset, settings.batch_id) or contract.dataset != settings.dataset:
        raise ConfigurationError(f"plan and contract are not those of batch {settings.batch_id} of {settings.dataset}")
    return Batch(open_session(spark, contract.target_file_mb), contract, plan, settings, store, catalog)


def curate(batch: Batch, table: Table) -> Result:
    inputs = find_inputs(batch.plan, batch.contract, batch.settings, batch.catalog, batch.store)
    fit_to(inputs, batch.spark)
    sources = open_sources(batch, inputs)
    shuffled = shuffle(batch, table, sources, parents_of_quarantined(batch))
    quarantined, staged, profile = write_all(batch, table, sources, shuffled)
    missing = count_missing(batch, shuffled.kept.good) if shuffled else Missing()
    table.remove_stale((*staged.files, *staged.tombstones))
    remove_stale_quarantine(batch, inputs, quarantined)
    return Result(inputs, sources.drift, shuffled.read if shuffled else 0, quarantined, staged, read_again(batch, inputs), missing, profile)


def compact(batch: Batch, table: Table) -> Result:
    compaction = table.compact()
    table.remove_stale(compaction.files)
    staged = Staged(compaction.files, compaction.existing, metrics=compaction.metrics)
    return Result(staged=staged, compacted=compaction.counts)


def migrate(batch: Batch, table: Table) -> Result:
    taken = table.migrate()
    return Result(staged=Staged(metrics=taken.metrics), compacted=taken.counts, migrated=True)


# What the plan reads → how its rows are made, and what kind of table they are for. Without an entry: files, curated.
RECIPES = {
    "curated": (compact, compacted_kind),
    "parquet": (migrate, migrated_kind),
    "published": (make_gold, gold_kind),
    "sources": (make_gold, gold_kind),
}


def write_all(batch: Batch, table: Table, sources: Sources, shuffled: Shuffled | None) -> tuple[Quarantined, Staged, dict | None]:
    """
    Few rows are bad, so they are written while the merge is planned. The profile, which takes the driver alone, is made behind them: mostly while
    the merge is written.
    """

    def few_rows() -> tuple[Quarantined, dict | None]:
        return set_aside(batch, sources, shuffled), shuffled.profile(batch.contract) if shuffled else None

    with ThreadPoolExecutor(1) as beside:
        few = beside.submit(inheritable_thread_target(few_rows))
        staged = stage(batch, table, shuffled)
        quarantined, profile = few.result()
        return quarantined, staged, profile
