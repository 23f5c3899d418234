"""The curated partitions that a batch touches, and what stands in them."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from .contract import Contract
from .judge import BAD
from .plan import Settings
from .sources import load
from .store import S3Store, StoredObject, in_parallel

# What Hive and Spark escape in a folder name (ExternalCatalogUtils.escapePathName).
_ESCAPED = set("\"#%'*/:=?\\\x7f{[]^") | {chr(code) for code in range(1, 0x20)}


@dataclass(frozen=True)
class StandingFiles:
    """Curated files by the partition path that they stand in."""

    by_path: dict[str, list[StoredObject]]

    def read(self, spark: SparkSession, contract: Contract, schema: StructType, settings: Settings) -> DataFrame | None:
        uris = [found.uri for files in self.by_path.values() for found in files]
        if not uris:
            return None
        columns = ", ".join(f"`{name}` {schema[name].dataType.simpleString()}" for name in contract.curated_columns)
        return load(spark, "parquet", uris, columns, basePath=settings.curated)


def touched_values(contract: Contract) -> Column:
    """Observed beside the scan: the partitions of the good rows, as a set of value lists."""
    values = F.array(*(F.col(name).cast("string") for name in contract.partition_by))
    return F.collect_set(F.when(F.col(BAD).isNull(), values))


def touched_paths(contract: Contract, touched) -> list[str]:
    """`touched` is the observed set, still on the JVM's side."""
    rows = [touched.apply(index) for index in range(touched.size())]
    return [partition_path(contract.partition_by, tuple(row.apply(i) for i in range(row.size()))) for row in rows]


def partition_path(keys: tuple[str, ...], values: tuple[str, ...]) -> str:
    return "/".join(f"{_escape(key)}={_escape(value)}" for key, value in zip(keys, values))


def find_standing(paths: list[str], settings: Settings, store: S3Store) -> StandingFiles:
    def files(path: str) -> list[StoredObject]:
        folder = f"{settings.curated}{path}{'/' if path else ''}"
        return [found for found in store.list(folder) if found.size > 0 and found.uri.endswith(".parquet")]

    return StandingFiles(dict(zip(paths, in_parallel(files, paths))))


def _escape(text: str) -> str:
    return "".join(f"%{ord(c):02X}" if c in _ESCAPED else c for c in text)
