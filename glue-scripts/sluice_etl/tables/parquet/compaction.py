"""Curated partitions that have gathered small files, written again as few: the same rows, staged and published as a batch is."""

from __future__ import annotations

from collections import defaultdict
from functools import reduce

from pyspark.sql import Column, DataFrame, Observation
from pyspark.sql import functions as F

from ...batch import Batch
from ...contract import Contract
from ...errors import ConservationError
from ...formats.parquet.footers import footers
from ...formats.sources import load
from ...judge.judge import curated_types
from ...lake.sizes import MB
from ...lake.store import StoredObject
from ...merge.keys import fingerprint
from ...observations import values_of
from ..table import Compaction, WrittenFile
from .existing import ExistingFiles, find_files
from .published import refuse_two_publications
from .unique_keys import check_keys
from .write import Target, write_files

PIECE = "__piece"
# Enough for any cluster that this job has; with more partitions than that, a task writes several.
MOST_TASKS = 2000


def compact(batch: Batch) -> Compaction:
    """Looks at the plan's curated partitions. Writes never as many files as it reads, so that doing it again comes to an end."""
    metrics = {"keysChecked": _check_keys(batch)} if batch.plan.check_keys else {}
    found = find_files(batch, _paths(batch, batch.plan.partitions))
    pieces = {path: files_for(sum(file.size for file in files), batch.contract.target_file_mb) for path, files in found.by_path.items()}
    crowded = ExistingFiles(batch, {path: files for path, files in found.by_path.items() if len(files) > pieces[path]})
    for path, files in crowded.by_path.items():
        refuse_two_publications(path, files, batch.contract)
    rows = sum(footer.rows for footer in footers(batch.store, crowded.all))
    counts = {"rows": rows, "files": len(crowded.all), "bytes": crowded.size}
    written: list[WrittenFile] = []
    if crowded.by_path:
        with batch.timed("compact"):
            written = _write(batch, crowded, pieces, rows)
    return Compaction(tuple(written), crowded, counts, metrics)


def files_for(size: int, target_file_mb: int) -> int:
    """Files that so many bytes of a partition ask for; functions/domain/batch/compaction.ts forecasts by the same rule."""
    return max(1, -(-size // (target_file_mb * MB)))


def _check_keys(batch: Batch) -> int:
    """Of the whole table, whichever partitions the compaction is asked to look at."""
    with batch.timed("checkKeys"):
        rows = find_files(batch, _paths(batch, None)).rows(curated_types(batch.spark, batch.contract))
        return 0 if rows is None else check_keys(rows, batch.contract)


def _write(batch: Batch, crowded: ExistingFiles, pieces: dict[str, int], before: int) -> list[WrittenFile]:
    contract, settings, schema = batch.contract, batch.settings, curated_types(batch.spark, batch.contract)
    by_pieces: dict[int, dict[str, list[StoredObject]]] = defaultdict(dict)
    for path, files in crowded.by_path.items():
        by_pieces[pieces[path]][path] = files
    rows = reduce(DataFrame.unionByName, [
        ExistingFiles(batch, group).rows(schema).withColumn(PIECE, _piece(count, contract)) for count, group in by_pieces.items()
    ])
    wanted = sum(pieces[path] for path in crowded.by_path)
    # Two pieces in one task become one file: with more tasks than pieces few do.
    tasks = min(wanted if wanted == crowded.partitions else 4 * wanted, MOST_TASKS)
    content, observation = fingerprint(rows, contract.curated_columns), Observation()
    whole = rows.repartition(tasks, *contract.partition_by, PIECE).drop(PIECE).observe(observation, content.alias("content"))
    target = Target(settings.staged, f"{settings.scratch}staged/", contract.partition_by, crowded.partitions // MOST_TASKS + 1)
    files = write_files(batch, whole, target)
    _check(batch, files, before, values_of(observation)["content"])
    return files


def _check(batch: Batch, files: list[WrittenFile], before: int, content: int) -> None:
    """These rows are not judged again: what was staged is read back, and must be what was there, row for row."""
    batch_id, after = batch.settings.batch_id, sum(file.rows for file in files)
    if before != after:
        raise ConservationError(f"the partitions that {batch_id} compacts have {before} rows, and {after} are staged")
    schema, read_back = curated_types(batch.spark, batch.contract), load(batch.spark, "parquet", [file.uri for file in files], basePath=batch.settings.staged)
    typed = read_back.select(*(F.col(name).cast(schema[name].dataType).alias(name) for name in batch.contract.curated_columns))
    if typed.agg(fingerprint(typed, batch.contract.curated_columns)).first()[0] != content:
        raise ConservationError(f"the rows that {batch_id} staged differ from those in the partitions that it compacts")


def _piece(count: int, contract: Contract) -> Column:
    return F.lit(0).cast("bigint") if count == 1 else F.pmod(F.xxhash64(*contract.primary_key), F.lit(count))


def _paths(batch: Batch, asked: tuple[dict[str, str], ...] | None) -> list[str]:
    contract = batch.contract
    if not contract.partition_by:
        return [""]
    chosen = None if asked is None else {tuple(values[key] for key in contract.partition_by) for values in asked}
    found = [p for p in batch.catalog.partitions(contract.dataset) if chosen is None or p.values in chosen]
    return sorted({partition.location.removeprefix(batch.settings.curated).strip("/") for partition in found})
