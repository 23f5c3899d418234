"""Rows to Parquet files, in their folders and under the batch's names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ...batch import Batch
from ...formats.parquet.footers import footers
from ...formats.sources import quoted
from ...judge.judge import DELETED
from ...lake.batch_files import file_name, own_files
from ...lake.sizes import MB
from ...lake.store import in_parallel
from ..table import WrittenFile

# What a task's open files may hold in memory together.
OPEN_BYTES = 512 * MB
_TWICE = "__folder_"


@dataclass(frozen=True)
class Target:
    folder: str
    """Where the files belong; a URI that ends with a slash, like `scratch`."""
    scratch: str
    keys: tuple[str, ...]
    """Columns that become folders."""
    partitions: int
    """Folders that one task may write to."""
    tombstones: str = ""
    """Where the files of removed keys belong, if there are such: then DELETED is the first of `keys`."""
    unique: str | None = None
    """A column of which no two rows have the same value: a dictionary of its values is not begun."""
    in_files_too: tuple[str, ...] = ()
    """Those of `keys` that the files have as columns as well."""

    def folder_key(self, key: str) -> str:
        """Spark leaves the columns that become folders out of the files, so those that stay are there twice."""
        return f"{_TWICE}{key}" if key in self.in_files_too else key


def write_files(batch: Batch, rows: DataFrame, target: Target) -> list[WrittenFile]:
    write_scratch(batch, rows, target)
    return move_from_scratch(batch, target)


def write_scratch(batch: Batch, rows: DataFrame, target: Target) -> None:
    """Spark chooses file names itself, so it writes beside, and the files are then moved to where and how they belong."""
    _clear(batch, target.scratch)
    row_group = max(8 * MB, min(128 * MB, OPEN_BYTES // max(1, target.partitions)))
    twice = [F.col(quoted(key)).alias(target.folder_key(key)) for key in target.in_files_too]
    writer = rows.select("*", *twice).write.mode("overwrite").option("compression", "snappy").option("parquet.block.size", row_group)
    if target.unique:
        writer = writer.option(f"parquet.enable.dictionary#{target.unique}", "false")
    (writer.partitionBy(*map(target.folder_key, target.keys)) if target.keys else writer).parquet(target.scratch)


def move_from_scratch(batch: Batch, target: Target) -> list[WrittenFile]:
    found = [file for file in batch.store.list(target.scratch) if file.uri.endswith(".parquet") and file.size > 0]
    written = sorted(found, key=lambda file: file.uri)
    files, moves = [], []
    for file, footer in zip(written, footers(batch.store, written)):
        if footer.rows == 0:
            continue
        path = "/".join(part.removeprefix(_TWICE) for part in file.uri[len(target.scratch) :].split("/")[:-1])
        removed = bool(target.tombstones) and path.startswith(f"{DELETED}=true")
        if target.tombstones:
            path = path.partition("/")[2]
        folder = target.tombstones if removed else target.folder
        uri = f"{folder}{path}{'/' if path else ''}{file_name(batch.settings.batch_id, len(files))}"
        files.append(WrittenFile(uri, file.size, footer.rows, path, removed))
        moves.append((file.uri, uri))
    batch.store.move_all(moves)
    _clear(batch, target.scratch)
    return files


def remove_stale(batch: Batch, folders: list[str], written: Sequence[WrittenFile]) -> None:
    """Files of an earlier attempt at this batch that the present one has not overwritten."""
    kept = {file.uri for file in written}
    listed = in_parallel(lambda folder: [found.uri for found in batch.store.list(folder)], folders)
    own = own_files([uri for uris in listed for uri in uris], batch.settings.batch_id)
    batch.store.remove([uri for uri in own if uri not in kept])


def _clear(batch: Batch, prefix: str) -> None:
    batch.store.remove([found.uri for found in batch.store.list(prefix)])
