"""The query, for what is affected, written as whole partitions."""

from __future__ import annotations

from dataclasses import dataclass

from ..batch import Batch
from ..stages.staged import Staged
from ..tables.parquet.existing import ExistingFiles
from ..tables.parquet.write import Target, write_files
from ..tables.published import PublishedTable
from ..tables.table import WrittenFile
from ..tables.together import rebalanced
from .affected import Affected
from .kind import check_types
from .reach import rows_not_reached
from .tables import gold_rows


@dataclass(frozen=True)
class Rebuilt:
    files: tuple[WrittenFile, ...]
    """Staged, whole partitions."""
    existing_paths: tuple[str, ...]
    """Partitions of the table that these replace."""
    computed: tuple[list[str], str]
    """Files with the rows that the query gave, and the folder that they are below."""
    rows: int
    """That the query gave."""

    def staged(self, batch: Batch, own: ExistingFiles) -> Staged:
        return Staged(self.files, ExistingFiles(batch, {path: own.by_path[path] for path in self.existing_paths}), self.rows)


def rebuild(batch: Batch, tables: dict[str, PublishedTable], affected: Affected, own: ExistingFiles) -> Rebuilt:
    contract, settings = batch.contract, batch.settings
    for source in tables.values():
        source.frame().createOrReplaceTempView(source.name)
    with batch.timed("query"):
        result = batch.spark.sql(contract.gold.sql)
        check_types(batch, result)
        rows = affected.rows_of(result.select(*contract.curated_columns))
        target = Target(settings.staged, f"{settings.scratch}staged/", contract.partition_by, max(1, len(own.by_path)))
        if affected.by_key:
            return _with_other_keys(batch, rows, affected, own, target)
        files = _write(batch, rows, target)
    return Rebuilt(tuple(files), affected.existing_paths, ([file.uri for file in files], settings.staged), sum(file.rows for file in files))


def _with_other_keys(batch: Batch, rows, affected: Affected, own: ExistingFiles, target: Target) -> Rebuilt:
    """Partitions in which keys have rows, or had some, are written again, with the rows of all other keys as they are."""
    aside = f"{batch.settings.scratch}computed/"
    computed = _write(batch, rows, Target(aside, f"{batch.settings.scratch}computing/", target.keys, target.partitions))
    paths = tuple(sorted({*affected.existing_paths, *(file.path for file in computed if file.path in own.by_path)}))
    uris = [file.uri for file in computed]
    kept = rows_not_reached(gold_rows(batch, [file.uri for path in paths for file in own.by_path[path]], batch.settings.curated), affected.reached)
    files = _write(batch, gold_rows(batch, uris, aside).unionByName(kept), target)
    return Rebuilt(tuple(files), paths, (uris, aside), sum(file.rows for file in computed))


def _write(batch: Batch, rows, target: Target) -> list[WrittenFile]:
    return write_files(batch, rebalanced(rows, target.keys) if target.keys else rows, target)
