"""Parquet files whose names hold the batch id, so that running a batch again replaces its own and no others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from pyspark.sql import DataFrame, SparkSession

from ..formats.parquet.footers import open_footer
from ..formats.sources import quoted
from ..lake.store import S3Store, in_parallel


MB = 1024 * 1024
# A task keeps a file open for each of so many partitions; only rows of further ones it sorts by partition first.
MOST_OPEN_FILES = 64
# What a task's open files may hold in memory together.
OPEN_BYTES = 512 * MB


@dataclass(frozen=True)
class WrittenFile:
    uri: str
    size: int
    rows: int
    """Hive path of its folder below the table's, '' for none."""
    path: str


def write_named(
    spark: SparkSession,
    frame: DataFrame,
    keys: tuple[str, ...],
    partitions: int,
    scratch: str,
    target: str,
    batch_id: str,
    store: S3Store,
    unique: str | None = None,
) -> list[WrittenFile]:
    """Spark chooses file names itself, so it writes beside, and the files are then moved to where and how they belong. No two rows have
    the same value of column `unique`, so a dictionary of its values is not begun."""
    _clear(store, scratch)
    row_group = max(8 * MB, min(128 * MB, OPEN_BYTES // max(1, partitions)))
    writer = frame.write.mode("overwrite").option("compression", "snappy").option("parquet.block.size", row_group)
    if unique:
        writer = writer.option(f"parquet.enable.dictionary#{unique}", "false")
    (writer.partitionBy(*keys) if keys else writer).parquet(scratch)
    written = sorted(
        (found for found in store.list(scratch) if found.uri.endswith(".parquet") and found.size > 0), key=lambda found: found.uri
    )
    counts = in_parallel(lambda found: row_count(spark, found.uri), written)
    files, moves = [], []
    for found, rows in zip(written, counts):
        if rows == 0:
            continue
        path = found.uri[len(scratch) :].rpartition("/")[0]
        uri = f"{target}{path}{'/' if path else ''}{batch_id}-{len(files)}.parquet"
        files.append(WrittenFile(uri, found.size, rows, path))
        moves.append((found.uri, uri))
    store.move_all(moves)
    _clear(store, scratch)
    return files


def rebalanced(frame: DataFrame, keys: tuple[str, ...]) -> DataFrame:
    """One shuffle that brings each partition together, small ones side by side, large ones in pieces of the advisory size."""
    named = ", ".join(quoted(name) for name in keys)
    # Only SQL takes columns in this hint.
    frame.createOrReplaceTempView("rows_to_write")
    return frame.sparkSession.sql(f"SELECT /*+ REBALANCE{f'({named})' if named else ''} */ * FROM rows_to_write")


def remove_stale(folders: list[str], written: list[WrittenFile], batch_id: str, store: S3Store) -> None:
    """Files of an earlier attempt at this batch that the present one has not overwritten."""
    kept = {file.uri for file in written}
    listed = in_parallel(lambda folder: [found.uri for found in store.list(folder)], folders)
    own = own_files([uri for uris in listed for uri in uris], batch_id)
    store.remove([uri for uri in own if uri not in kept])


def partition_values(path: str) -> dict[str, str]:
    """Hive escapes in folder names are undone: `a%2Fb` is a/b."""
    return {unquote(key): unquote(value) for key, _, value in (part.partition("=") for part in path.split("/") if part)}


def own_files(uris: list[str], batch_id: str) -> list[str]:
    own = re.compile(re.escape(batch_id) + r"-\d+\.parquet$")
    return [uri for uri in uris if own.search(uri.rpartition("/")[2])]


def _clear(store: S3Store, prefix: str) -> None:
    store.remove([found.uri for found in store.list(prefix)])


def row_count(spark: SparkSession, uri: str) -> int:
    reader = open_footer(spark, uri)
    try:
        return reader.getRecordCount()
    finally:
        reader.close()
