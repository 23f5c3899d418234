"""Curated partitions that have gathered small files, written again as few: the same rows, staged and published as a batch is."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import reduce

from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from ..lake.catalog import GlueCatalog
from ..contract import Contract
from ..errors import ConservationError, CutOffPublicationError
from ..judge.judge import judge, used_keys
from ..merge.merge import comparable, content_hash
from ..outcome import Outcome
from .output import MB, remove_stale, row_count, write_named
from ..plan import Plan, Settings
from ..formats.sources import PATH, Source, load, quoted
from .standing import StandingFiles, find_standing
from ..lake.store import S3Store, StoredObject, in_parallel
from .unique_keys import check_keys

PIECE = "__piece"
# `<batch id>-<n>-<publisher>.parquet`, see functions/domain/batch/publication.ts.
PUBLISHED = re.compile(r"([^/]+)-\d+-([0-9a-f]{8})\.parquet$")
# Enough for any cluster that this job has; with more partitions than that, a task writes several.
MOST_TASKS = 2000


def compact(
    spark: SparkSession, plan: Plan, contract: Contract, settings: Settings, catalog: GlueCatalog, store: S3Store, outcome: Outcome
) -> None:
    """Looks at the plan's curated partitions. Writes never as many files as it reads, so that doing it again comes to an end."""
    if plan.check_keys:
        with outcome.timed("checkKeys"):
            outcome.metrics["keysChecked"] = _check_keys(spark, contract, settings, catalog, store)
    found = find_standing(_paths(plan.partitions, contract, settings, catalog), settings, store)
    pieces = {path: _pieces(files, contract) for path, files in found.by_path.items()}
    crowded = {path: files for path, files in found.by_path.items() if len(files) > pieces[path]}
    for path, files in crowded.items():
        _refuse_two_publications(path, files, contract)
    outcome.standing = StandingFiles(crowded)
    uris = [file.uri for files in crowded.values() for file in files]
    before = sum(in_parallel(lambda uri: row_count(spark, uri), uris))
    outcome.compacted = {"rows": before, "files": len(uris), "bytes": outcome.standing.size}
    if crowded:
        with outcome.timed("compact"):
            _write(spark, contract, settings, crowded, pieces, store, outcome)
    remove_stale([settings.staged], outcome.staged, settings.batch_id, store)


def _refuse_two_publications(path: str, files: list[StoredObject], contract: Contract) -> None:
    """Every batch publishes whole partitions. What a publisher left that was cut off is no more rows, but rows twice."""
    published = {match.groups() for file in files if (match := PUBLISHED.search(file.uri))}
    if len(published) > 1:
        batches = " and ".join(sorted({batch for batch, _ in published}))
        where = f"partition {path}" if path else "the table"
        raise CutOffPublicationError(
            f"{where} of {contract.dataset} holds files of {len(published)} publications ({batches}): one of them was cut off."
            " The sweep mends that within half an hour; redrive this batch then"
        )


def _check_keys(spark: SparkSession, contract: Contract, settings: Settings, catalog: GlueCatalog, store: S3Store) -> int:
    """Of the whole table, whichever partitions the compaction is asked to look at."""
    table = find_standing(_paths(None, contract, settings, catalog), settings, store)
    standing = table.read(spark, contract, _curated_schema(spark, contract), settings)
    return 0 if standing is None else check_keys(standing, contract)


def _write(
    spark: SparkSession,
    contract: Contract,
    settings: Settings,
    crowded: dict[str, list[StoredObject]],
    pieces: dict[str, int],
    store: S3Store,
    outcome: Outcome,
) -> None:
    schema = _curated_schema(spark, contract)
    by_pieces: dict[int, dict[str, list[StoredObject]]] = defaultdict(dict)
    for path, files in crowded.items():
        by_pieces[pieces[path]][path] = files
    rows = reduce(DataFrame.unionByName, [
        StandingFiles(group).read(spark, contract, schema, settings).withColumn(PIECE, _piece(count, contract))
        for count, group in by_pieces.items()
    ])
    wanted = sum(pieces[path] for path in crowded)
    # Two pieces that meet in one task become one file: with more tasks than pieces few do.
    tasks = wanted if wanted == len(crowded) else 4 * wanted
    stood, observation = _fingerprint(rows, contract), Observation()
    whole = rows.repartition(min(tasks, MOST_TASKS), *contract.partition_by, PIECE).drop(PIECE).observe(observation, stood.alias("content"))
    scratch = f"{settings.run}scratch/staged/"
    open_at_once = len(crowded) // MOST_TASKS + 1
    outcome.staged = write_named(
        spark, whole, contract.partition_by, open_at_once, scratch, settings.staged, settings.batch_id, store
    )
    _check(spark, contract, schema, settings, outcome, observation.get["content"])


def _check(spark: SparkSession, contract: Contract, schema: StructType, settings: Settings, outcome: Outcome, stood: int) -> None:
    """Nobody judges these rows again: what was staged is read back, and must be what stood, row for row."""
    before, after = outcome.compacted["rows"], sum(file.rows for file in outcome.staged)
    if before != after:
        raise ConservationError(f"{before} rows stand in the partitions that {settings.batch_id} compacts, and {after} are staged")
    read_back = load(spark, "parquet", [file.uri for file in outcome.staged], basePath=settings.staged)
    typed = read_back.select(*(F.col(name).cast(schema[name].dataType).alias(name) for name in contract.curated_columns))
    if typed.agg(_fingerprint(typed, contract)).first()[0] != stood:
        raise ConservationError(f"the rows that {settings.batch_id} staged differ from those that stand in the partitions it compacts")


def _fingerprint(rows: DataFrame, contract: Contract):
    """The same for the same rows in any order; the sum of their hashes wraps around, as hashes may."""
    return F.sum(content_hash([comparable(rows, name) for name in contract.curated_columns]))


def _pieces(files: list[StoredObject], contract: Contract) -> int:
    """Files that the partition's bytes ask for; functions/domain/compaction.ts forecasts by the same rule."""
    return max(1, -(-sum(file.size for file in files) // (contract.target_file_mb * MB)))


def _piece(count: int, contract: Contract):
    return F.lit(0).cast("bigint") if count == 1 else F.pmod(F.xxhash64(*contract.primary_key), F.lit(count))


def _paths(asked: tuple[dict[str, str], ...] | None, contract: Contract, settings: Settings, catalog: GlueCatalog) -> list[str]:
    if not contract.partition_by:
        return [""]
    chosen = None if asked is None else {tuple(values[key] for key in contract.partition_by) for values in asked}
    found = [p for p in catalog.partitions(contract.dataset) if chosen is None or p.values in chosen]
    return sorted({partition.location.removeprefix(settings.curated).strip("/") for partition in found})


def _curated_schema(spark: SparkSession, contract: Contract) -> StructType:
    names = ", ".join(f"CAST(NULL AS STRING) AS {quoted(name)}" for name in [PATH, *used_keys(contract)])
    return judge(Source(spark.sql(f"SELECT {names}"), {}), contract).schema
