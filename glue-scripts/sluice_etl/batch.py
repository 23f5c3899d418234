"""What every stage of a job works with: one batch, its contract and plan, and where things are read and written."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pyspark.sql import SparkSession

from .contract import Contract
from .lake.catalog import GlueCatalog
from .lake.store import S3Store
from .plan import Plan, Settings


@dataclass(frozen=True)
class Batch:
    spark: SparkSession
    """A session of the batch's own: other batches may run in this Spark application at the same time, under other settings."""
    contract: Contract
    plan: Plan
    settings: Settings
    store: S3Store
    catalog: GlueCatalog
    seconds: dict[str, float] = field(default_factory=dict)
    """How long each timed step took, by `<step>Seconds`."""

    @property
    def cores(self) -> int:
        return self.spark.sparkContext.defaultParallelism

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.seconds[f"{step}Seconds"] = round(time.monotonic() - started, 3)

    @contextmanager
    def scratch(self) -> Iterator[None]:
        """What is written below `settings.scratch` in here is gone afterwards, whether the batch ends well or not."""
        self._clear_scratch()
        try:
            yield
        finally:
            self._clear_scratch()

    def _clear_scratch(self) -> None:
        self.store.remove([found.uri for found in self.store.list(self.settings.scratch)])
