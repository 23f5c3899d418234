"""Objects that have landed again: rows of their earlier content leave the quarantine when the batch is published."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ..batch import Batch
from ..formats.scan import SOURCE_FILE
from ..formats.sources import PATH, load, spark_path
from ..lake.batch_files import name_without, own_files
from ..lake.inputs import Inputs
from ..lake.store import in_parallel
from ..tables.table import WrittenFile

_NUMBER = "__file"
_URI = "__uri"


@dataclass(frozen=True)
class Relanded:
    rewritten: tuple[WrittenFile, ...] = ()
    """What is left of the files of `replaces`; under the same path of the run's folder."""
    replaces: tuple[str, ...] = ()
    """Files of quarantine that have rows of such objects; URIs."""


def read_again(batch: Batch, inputs: Inputs) -> Relanded:
    """Looks only where an object that the ledger knew before has landed: a batch of new objects pays nothing."""
    read = {file.uri for file in inputs.files}
    again = [uri for planned in batch.plan.objects if planned.relanded and (uri := f"{batch.settings.raw_root}/{planned.key}") in read]
    if not again:
        return Relanded()
    with batch.timed("readAgain"):
        existing = _quarantine_files(batch, inputs, again)
        objects = F.broadcast(batch.spark.createDataFrame([(uri,) for uri in again], f"{_URI} string"))
        is_again = F.col(SOURCE_FILE) == F.col(_URI)
        having = _rows(batch, existing).join(objects, is_again, "left_semi").select(PATH).distinct().collect() if existing else []
        by_path = {spark_path(uri): uri for uri in existing}
        replaced = sorted(by_path[row[PATH]] for row in having)
        if not replaced:
            return Relanded()
        return Relanded(tuple(_rewrite(batch, replaced, lambda rows: rows.join(objects, is_again, "left_anti"))), tuple(replaced))


def _quarantine_files(batch: Batch, inputs: Inputs, uris: list[str]) -> list[str]:
    settings = batch.settings
    homes = {uri.rpartition("/")[0] + "/" for uri in uris}
    near = [partition for partition in inputs.partitions if partition.location in homes]
    folders = Inputs((), (), tuple(near)).quarantine_folders(settings)
    listed = in_parallel(lambda folder: [found.uri for found in batch.store.list(folder) if found.uri.endswith(".parquet")], folders)
    found = sorted({uri for uris in listed for uri in uris})
    own = set(own_files(found, settings.batch_id))
    return [uri for uri in found if uri not in own]


def _rows(batch: Batch, uris: list[str]) -> DataFrame:
    return load(batch.spark, "parquet", uris, mergeSchema="true").select("*", F.col("_metadata.file_path").alias(PATH))


def _rewrite(batch: Batch, uris: list[str], left) -> list[WrittenFile]:
    """A file for a file, so that each can be told apart from what it replaces wherever publishing stops."""
    settings, store = batch.settings, batch.store
    store.remove([found.uri for found in store.list(settings.staged_quarantine)])
    numbers = batch.spark.createDataFrame([(spark_path(uri), str(number)) for number, uri in enumerate(uris)], f"{PATH} string, {_NUMBER} string")
    rows = left(_rows(batch, uris).join(F.broadcast(numbers), PATH)).drop(PATH)
    scratch = f"{settings.scratch}read-again/"
    rows.repartition(_NUMBER).write.mode("overwrite").option("compression", "snappy").partitionBy(_NUMBER).parquet(scratch)
    files, moves = [], []
    for found in store.list(scratch):
        folder, _, _ = found.uri[len(scratch) :].rpartition("/")
        if not folder.startswith(f"{_NUMBER}=") or not found.uri.endswith(".parquet"):
            continue
        path, _, name = uris[int(folder.partition("=")[2])][len(settings.quarantine) :].rpartition("/")
        uri = f"{settings.staged_quarantine}{path}{'/' if path else ''}{name_without(name, settings.batch_id)}"
        files.append(WrittenFile(uri, found.size, 0, path))
        moves.append((found.uri, uri))
    store.move_all(moves)
    return files
