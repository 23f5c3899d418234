"""Rows kept as Parquet below the batch's scratch folder: for a Spark whose insides are not those that spark_internals.py knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Observation
from pyspark.sql import functions as F

from ..batch import Batch
from ..formats.sources import load
from ..judge.judge import BAD
from ..lake.store import StoredObject
from ..observations import values_of
from .counted_rows import CountedRows
from .keys import KEY_HASH
from .sizes import tasks_for_bad, tasks_for_good

_KIND = "__kind"
# How much larger rows are in a shuffle than in these files, roughly.
_SHUFFLED = 2


@dataclass(frozen=True)
class KeptFiles:
    observed: Mapping[str, object]
    _batch: Batch
    _rows: DataFrame
    """As they were computed; only for its columns, and for none at all."""
    _good: tuple[StoredObject, ...]
    _bad: tuple[StoredObject, ...]

    @property
    def good_bytes(self) -> int:
        return _SHUFFLED * sum(file.size for file in self._good)

    def good(self) -> DataFrame:
        tasks = tasks_for_good(self.good_bytes, self._batch.cores, self._batch.contract.target_file_mb)
        return self._read(self._good).drop(BAD).repartition(tasks, KEY_HASH)

    def contested(self) -> DataFrame:
        return CountedRows(self.good()).contested()

    def without(self, gone: DataFrame) -> DataFrame:
        return CountedRows(self.good()).without(gone)

    def bad(self) -> DataFrame:
        tasks = tasks_for_bad(_SHUFFLED * sum(file.size for file in self._bad), self._batch.cores)
        return self._read(self._bad).select(BAD).repartition(tasks, F.col(f"{BAD}.path"))

    def _read(self, files: tuple[StoredObject, ...]) -> DataFrame:
        if not files:
            return self._rows.where(F.lit(False))
        return load(self._batch.spark, "parquet", [file.uri for file in files], self._rows.schema)


def keep_files(batch: Batch, name: str, rows: DataFrame, observed: list[Column]) -> KeptFiles:
    folder, observation = f"{batch.settings.scratch}{name}/", Observation()
    kind = F.when(F.col(BAD).isNull(), "good").otherwise("bad") if BAD in rows.columns else F.lit("good")
    rows.observe(observation, *observed).withColumn(_KIND, kind).write.mode("overwrite").partitionBy(_KIND).parquet(folder)
    written = [file for file in batch.store.list(folder) if file.size > 0 and file.uri.endswith(".parquet")]
    good, bad = (tuple(file for file in written if f"/{_KIND}={kind}/" in file.uri) for kind in ("good", "bad"))
    return KeptFiles(values_of(observation), batch, rows, good, bad)
