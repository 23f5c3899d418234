"""One frame of judged rows over all of a batch's files, whatever their layouts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from ..contract import Contract
from ..errors import DriftError
from ..lake.inputs import SourceFile
from ..judge.judge import judge, used_keys
from ..judge.references import Parent
from .sources import PATH, Source, small_frame, spark_path

SOURCE_FILE = "_source_file"


@dataclass(frozen=True)
class Drift:
    missing: dict[str, int]
    unknown: dict[str, int]


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


def judged_rows(spark: SparkSession, sources: list[Source], contract: Contract, files: list[SourceFile], parents: Sequence[Parent] = ()) -> DataFrame:
    keys = used_keys(contract)
    if keys:
        homes = F.broadcast(file_homes(spark, files, contract).select(PATH, *keys))
        sources = [replace(source, frame=source.frame.join(homes, PATH, "left")) for source in sources]
    return reduce(DataFrame.unionByName, [judge(source, contract, parents) for source in sources])


def file_homes(spark: SparkSession, files: list[SourceFile], contract: Contract) -> DataFrame:
    """Spark's spelling of each file's URI, beside the true one and its partition values."""
    names = [PATH, SOURCE_FILE, *contract.partition_keys]
    return small_frame(spark, names, [(spark_path(file.read_from), file.uri, *file.partition) for file in files])
