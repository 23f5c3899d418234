"""The tables that a gold dataset is made of, as of one listing, and its own."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame

from ..batch import Batch
from ..errors import ConfigurationError, CutOffPublicationError
from ..formats.parquet.footers import footer_schema
from ..formats.sources import load, quoted
from ..lake.store import StoredObject, in_parallel
from ..tables.parquet.existing import ExistingFiles, find_table
from ..tables.parquet.published import publications_in

# A publication copies and removes files for seconds; in between a partition has its rows twice.
LOOKS, SECONDS_BETWEEN_LOOKS = 20, 3


@dataclass(frozen=True)
class SourceTable:
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
        spark = self.batch.spark
        if not self.files:
            nothing = ", ".join(f"CAST(NULL AS {type_}) AS {quoted(name)}" for name, type_ in self.types.items())
            return spark.sql(f"SELECT {nothing} WHERE false")
        groups: dict[str, list[str]] = defaultdict(list)
        uris = [file.uri for file in self.files]
        for uri, footer in zip(uris, in_parallel(lambda uri: footer_schema(spark, uri), uris)):
            groups[footer].append(uri)
        read = [load(spark, "parquet", group, basePath=f"{self.batch.settings.lake_root}/curated/{self.name}/") for group in groups.values()]
        return reduce(DataFrame.unionByName, [self._typed(frame) for frame in read])

    def _typed(self, frame: DataFrame) -> DataFrame:
        have = {name.lower(): name for name in frame.columns}
        return frame.selectExpr(*(
            f"CAST({quoted(have[name.lower()]) if name.lower() in have else 'NULL'} AS {type_}) AS {quoted(name)}"
            for name, type_ in self.types.items()
        ))


def open_tables(batch: Batch) -> dict[str, SourceTable]:
    return {name: _open(batch, name) for name in batch.contract.gold.rebuilds}


def _open(batch: Batch, name: str) -> SourceTable:
    text = batch.store.read_text_if_there(f"{batch.settings.lake_root}/tables/{name}.json")
    if text is None:
        raise ConfigurationError(f"{batch.contract.dataset} is made of {name}, which has published nothing yet")
    kind = json.loads(text)
    return SourceTable(batch, name, kind["columns"], tuple(kind["partitionBy"]), _files(batch, name))


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


def own_files(batch: Batch) -> ExistingFiles:
    """The gold table as it is."""
    return ExistingFiles(batch, find_table(batch, []).by_path)
