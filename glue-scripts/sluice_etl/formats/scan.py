"""One frame of judged rows over all of a batch's files, whatever their layouts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import reduce

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from ..contract import Contract
from .csv_source import csv_sources, repeated_headers
from ..errors import DriftError
from ..lake.inputs import SourceFile
from .json_source import json_sources
from ..judge.judge import judge, used_keys
from .parquet_source import parquet_sources
from .sources import PATH, Source, small_frame, spark_path
from ..lake.store import S3Store

SOURCE_FILE = "_source_file"


@dataclass(frozen=True)
class Drift:
    missing: dict[str, int]
    unknown: dict[str, int]


def find_sources(spark: SparkSession, files: list[SourceFile], contract: Contract, store: S3Store) -> list[Source]:
    if contract.format == "csv":
        return csv_sources(spark, files, contract, store)
    if contract.format == "json":
        return json_sources(spark, files, contract, store)
    return parquet_sources(spark, files, contract)


def sources_with_repeated_headers(
    spark: SparkSession, files: list[SourceFile], contract: Contract, store: S3Store, sources: list[Source], left_out: int
) -> list[Source] | None:
    """None where the lines that the scan left out are the headers of `sources`, one of each file, and blank lines."""
    headers = sum(source.headers for source in sources)
    if not headers or left_out == headers:
        return None
    repeated = repeated_headers(spark, files, contract, store)
    return csv_sources(spark, files, contract, store, repeated) if repeated else None


def find_drift(sources: list[Source], contract: Contract) -> Drift:
    missing, unknown = Counter(), Counter()
    for source in sources:
        missing.update(source.missing)
        unknown.update(source.unknown)
    if missing and contract.missing == "fail":
        raise DriftError(f"columns missing from files of {contract.dataset}: {', '.join(sorted(missing))}")
    if unknown and contract.unknown == "fail":
        raise DriftError(f"columns unknown to the contract of {contract.dataset}: {', '.join(sorted(unknown))}")
    return Drift(dict(missing), dict(unknown))


def judged_rows(spark: SparkSession, sources: list[Source], contract: Contract, files: list[SourceFile]) -> DataFrame:
    keys = used_keys(contract)
    if keys:
        homes = F.broadcast(file_homes(spark, files, contract).select(PATH, *keys))
        sources = [replace(source, frame=source.frame.join(homes, PATH, "left")) for source in sources]
    return reduce(DataFrame.unionByName, [judge(source, contract) for source in sources])


def file_homes(spark: SparkSession, files: list[SourceFile], contract: Contract) -> DataFrame:
    """Spark's spelling of each file's URI, beside the true one and its partition values."""
    names = [PATH, SOURCE_FILE, *contract.partition_keys]
    return small_frame(spark, names, [(spark_path(file.read_from), file.uri, *file.partition) for file in files])
