"""One batch of a gold dataset: what to rebuild, the query, its checks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from pyspark import inheritable_thread_target
from pyspark.errors import PySparkException
from py4j.protocol import Py4JError, Py4JJavaError

from ..batch import Batch
from ..errors import FileGoneError, GoldQueryError
from ..lake.inputs import Inputs, SourceFile
from ..lake.sizes import PACKED
from ..manifest import Result
from ..merge.sizes import parts_of_query
from ..session import fit_to
from ..spark_internals import usable
from ..stages.references import count_missing
from ..spark_lineage import columns_made_of
from ..tables.published import PublishedTable
from ..tables.table import Table
from .affected import find_affected
from .checks import check_keys, reconcile
from .failures import failure_in_words, is_gone
from .keys.changes import find_key_changes
from .own.formats import open_own
from .rebuild import rebuild
from .tables import gold_rows, open_tables

# A source may publish while its files are read: then they are listed and read again.
ATTEMPTS = 3


def make_gold(batch: Batch, table: Table) -> Result:
    # A value that does not fit fails the batch: NULL in its place would be a wrong sum.
    batch.spark.conf.set("spark.sql.ansi.enabled", "true")
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _make(batch, table)
        except FileGoneError:
            if attempt == ATTEMPTS:
                raise
        except (PySparkException, Py4JJavaError) as error:
            if attempt == ATTEMPTS or not is_gone(error):
                raise GoldQueryError(failure_in_words(batch.contract.dataset, error)) from error
    raise AssertionError("unreachable")


def _make(batch: Batch, table: Table) -> Result:
    tables = open_tables(batch)
    inputs = Inputs(tuple(SourceFile(file.uri, file.size, ()) for source in tables.values() for file in source.files), (), ())
    fit_to(inputs, batch.spark)
    parts = parts_of_query(PACKED * sum(file.size for file in inputs.files), batch.cores)
    batch.spark.conf.set("spark.sql.shuffle.partitions", parts)
    with ThreadPoolExecutor(len(tables) + 2) as beside:
        # A third of a small batch, which mostly waits for one answer after another.
        opening_own = beside.submit(inheritable_thread_target(open_own), batch, table)
        opening = {name: beside.submit(inheritable_thread_target(source.frame)) for name, source in tables.items()}
        made_of = beside.submit(inheritable_thread_target(_made_of), batch, tables)
        changes = find_key_changes(batch, tables)
        own = opening_own.result()
        affected = find_affected(batch, tables, own, changes)
        told = {"rebuilt": affected.told, "sources": {name: source.told for name, source in tables.items()}}
        if affected.is_nothing:
            table.remove_stale([])
            return Result(gold={**told, "retires": changes.note(everything=False)})
    if columns := made_of.result():
        told["columns"] = columns
    sources = {name: frame.result() for name, frame in opening.items()}
    rebuilt = rebuild(batch, sources, affected, own)
    check_keys(batch, affected, own, rebuilt)
    told["reconciled"] = reconcile(batch, sources, affected, own, rebuilt)
    missing = count_missing(batch, lambda: gold_rows(batch, *rebuilt.computed))
    told["retires"] = changes.note(affected.everything)
    table.remove_stale(rebuilt.staged.files)
    return Result(inputs=inputs, read=rebuilt.staged.written, staged=rebuilt.staged, missing_references=missing, gold=told)


def _made_of(batch: Batch, tables: dict[str, PublishedTable]) -> dict[str, list[list[str]]] | None:
    """For the lineage of the batch, which is no reason to fail: in another Spark a plan may look different."""
    if not usable(batch.spark):
        return None
    try:
        with batch.timed("lineage"):
            # In a session of its own: its views have the names of the sources.
            return columns_made_of(batch.spark.newSession(), batch.contract.gold.sql, {name: table.types for name, table in tables.items()})
    except (PySparkException, Py4JError):
        return None
