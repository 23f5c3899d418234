"""Curated partitions that have gathered small files, written again as few: the same rows, staged and published as a batch is."""

from __future__ import annotations

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from .catalog import GlueCatalog
from .contract import Contract
from .errors import ConservationError
from .judge import judge, used_keys
from .outcome import Outcome
from .output import rebalanced, write_named
from .plan import Plan, Settings
from .sources import PATH, Source, quoted
from .standing import StandingFiles, find_standing
from .store import S3Store


def compact(
    spark: SparkSession, plan: Plan, contract: Contract, settings: Settings, catalog: GlueCatalog, store: S3Store, outcome: Outcome
) -> None:
    """The plan's predicates choose curated partitions."""
    target = contract.target_file_mb * 1024 * 1024
    found = find_standing(_paths(plan, contract, settings, catalog), settings, store)
    crowded = {path: files for path, files in found.by_path.items() if len(files) > max(1, -(-sum(f.size for f in files) // target))}
    outcome.standing = StandingFiles(crowded)
    rows = outcome.standing.read(spark, contract, _curated_schema(spark, contract), settings)
    if rows is None:
        return
    with outcome.timed("compact"):
        whole = rebalanced(rows, contract.partition_by)
        scratch = f"{settings.run}scratch/staged/"
        outcome.staged = write_named(
            spark, whole, contract.partition_by, len(crowded), scratch, settings.staged, settings.batch_id, store
        )
    before, after = rows.count(), sum(file.rows for file in outcome.staged)
    if before != after:
        raise ConservationError(f"{before} rows stand in the partitions that {settings.batch_id} compacts, and {after} are staged")


def _paths(plan: Plan, contract: Contract, settings: Settings, catalog: GlueCatalog) -> list[str]:
    if not contract.partition_by:
        return [""]
    found = [p for expression in plan.predicates or (None,) for p in catalog.partitions(contract.dataset, expression)]
    return sorted({partition.location.removeprefix(settings.curated).strip("/") for partition in found})


def _curated_schema(spark: SparkSession, contract: Contract) -> StructType:
    names = ", ".join(f"CAST(NULL AS STRING) AS {quoted(name)}" for name in [PATH, *used_keys(contract)])
    return judge(Source(spark.sql(f"SELECT {names}"), {}), contract).schema
