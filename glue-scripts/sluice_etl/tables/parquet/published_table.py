"""The curated table of another dataset, as of one listing of its files."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ...batch import Batch
from ...errors import CutOffPublicationError
from ...formats.parquet.footers import footers
from ...formats.sources import file_path, load, no_rows, quoted
from ...lake.store import StoredObject
from .published import publications_in

# A publication copies and removes files for seconds; in between a partition has its rows twice.
LOOKS, SECONDS_BETWEEN_LOOKS = 20, 3


@dataclass(frozen=True)
class PublishedTable:
    batch: Batch
    name: str
    types: dict[str, str]
    """Spark type of each column, as the table's publishers have noted it (tables/kind.py)."""
    partition_by: tuple[str, ...]
    files: tuple[StoredObject, ...]

    @property
    def told(self) -> dict:
        """For the manifest: what the query saw."""
        return {"files": len(self.files), "bytes": sum(file.size for file in self.files)}

    def frame(self) -> DataFrame:
        return self.rows_of(self.files)

    def rows_of(self, files: Sequence[StoredObject], *more: str) -> DataFrame:
        """Rows of some of its files. `more`: PATH, for the path of each row's file beside it."""
        spark = self.batch.spark
        if not files:
            return no_rows(spark, {**self.types, **dict.fromkeys(more, "STRING")})
        groups: dict[bytes, list[str]] = defaultdict(list)
        for file, footer in zip(files, footers(self.batch.store, files)):
            groups[footer.schema].append(file.uri)
        read = [load(spark, "parquet", group, basePath=f"{self.batch.settings.lake_root}/curated/{self.name}/") for group in groups.values()]
        return reduce(DataFrame.unionByName, [self._typed(frame, more) for frame in read])

    def by_path(self) -> dict[str, list[StoredObject]]:
        """Its files by the Hive path of their partition."""
        folder, found = f"{self.batch.settings.lake_root}/curated/{self.name}/", defaultdict(list)
        for file in self.files:
            found[file.uri.removeprefix(folder).rpartition("/")[0]].append(file)
        return found

    def touched(self, manifest: dict) -> list[str] | None:
        """Partitions with rows that a published batch has added, replaced or taken out; None where that is no longer known."""
        return [part["path"] for part in manifest["partitions"]]

    def _typed(self, frame: DataFrame, more: Sequence[str]) -> DataFrame:
        have = {name.lower(): name for name in frame.columns}
        typed = [
            F.expr(f"CAST({quoted(have[name.lower()]) if name.lower() in have else 'NULL'} AS {type_})").alias(name)
            for name, type_ in self.types.items()
        ]
        return frame.select(*typed, *(file_path(frame).alias(name) for name in more))


def open_parquet(batch: Batch, name: str, kind: dict) -> PublishedTable:
    return PublishedTable(batch, name, kind["columns"], tuple(kind["partitionBy"]), _files(batch, name))


def _files(batch: Batch, name: str) -> tuple[StoredObject, ...]:
    folder = f"{batch.settings.lake_root}/curated/{name}/"
    for look in range(LOOKS):
        by_path: dict[str, list[StoredObject]] = defaultdict(list)
        for found in batch.store.list(folder):
            if found.size > 0 and found.uri.endswith(".parquet"):
                by_path[found.uri.removeprefix(folder).rpartition("/")[0]].append(found)
        doubled = next((path for path, files in by_path.items() if len(publications_in(files)) > 1), None)
        if doubled is None:
            return tuple(file for files in by_path.values() for file in files)
        if look < LOOKS - 1:
            time.sleep(SECONDS_BETWEEN_LOOKS)
    where = f"partition {doubled}" if doubled else "the table"
    raise CutOffPublicationError(
        f"{where} of {name} holds files of two publications: one of them was cut off. The sweep mends that within half an hour; redrive this batch then"
    )
