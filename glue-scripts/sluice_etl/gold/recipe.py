"""One batch of a gold dataset: what to rebuild, the query, its checks."""

from __future__ import annotations

from pyspark.errors import PySparkException
from py4j.protocol import Py4JJavaError

from ..batch import Batch
from ..errors import GoldQueryError
from ..lake.inputs import Inputs, SourceFile
from ..manifest import Result
from ..session import fit_to
from ..stages.staged import Staged
from ..tables.parquet.existing import ExistingFiles
from ..tables.parquet.write import Target, rebalanced, write_files
from ..tables.table import Table
from .affected import Affected, find_affected
from .checks import check_keys, reconcile
from .failures import failure_in_words, is_gone
from .kind import check_types
from .tables import SourceTable, open_tables, own_files

# A source may publish while its files are read: then they are listed and read again.
ATTEMPTS = 3


def make_gold(batch: Batch, table: Table) -> Result:
    # A value that does not fit fails the batch: NULL in its place would be a wrong sum.
    batch.spark.conf.set("spark.sql.ansi.enabled", "true")
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _make(batch, table)
        except (PySparkException, Py4JJavaError) as error:
            if attempt == ATTEMPTS or not is_gone(error):
                raise GoldQueryError(failure_in_words(batch.contract.dataset, error)) from error
    raise AssertionError("unreachable")


def _make(batch: Batch, table: Table) -> Result:
    tables = open_tables(batch)
    own = own_files(batch)
    affected = find_affected(batch, tables, own)
    told = {"rebuilt": affected.told, "sources": {name: source.told for name, source in tables.items()}}
    if affected.is_nothing:
        table.remove_stale([])
        return Result(gold=told)
    files = [SourceFile(file.uri, file.size, ()) for source in tables.values() for file in source.files]
    inputs = Inputs(tuple(files), (), ())
    fit_to(inputs, batch.spark)
    staged = _stage(batch, tables, affected, own)
    check_keys(batch, staged.files)
    told["reconciled"] = reconcile(batch, tables, affected, own, staged.files)
    table.remove_stale(staged.files)
    return Result(inputs=inputs, read=staged.written, staged=staged, gold=told)


def _stage(batch: Batch, tables: dict[str, SourceTable], affected: Affected, own: ExistingFiles) -> Staged:
    contract, settings = batch.contract, batch.settings
    for source in tables.values():
        source.frame().createOrReplaceTempView(source.name)
    with batch.timed("query"):
        result = batch.spark.sql(contract.gold.sql)
        check_types(batch, result)
        rows = affected.rows_of(result).select(*contract.curated_columns)
        rows = rebalanced(rows, contract.partition_by) if contract.partition_by else rows
        target = Target(settings.staged, f"{settings.scratch}staged/", contract.partition_by, max(1, len(own.by_path)))
        files = write_files(batch, rows, target)
    existing = ExistingFiles(batch, {path: own.by_path[path] for path in affected.existing_paths})
    return Staged(tuple(files), existing, sum(file.rows for file in files))
