"""Rows that wait for the key of a parent (`on_missing: wait`): how many, and since when."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timezone

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from ..batch import Batch
from ..contract import Contract
from ..judge.judge import BAD
from ..judge.quarantine import only_waits
from ..judge.references import waits

WAITING = "__waiting"


@dataclass(frozen=True)
class Waiting:
    rows: int
    since: str
    """ISO. Of a replay: when the oldest of the batches was judged whose rows, or some of them, still wait."""


def count_waiting(contract: Contract) -> list[Column]:
    """Of bad rows: a column with the number of those that wait and are well otherwise; none where the contract lets no row wait."""
    if not waits(contract):
        return []
    return [F.expr(f"count_if({only_waits(contract)})").alias(WAITING)]


def find_waiting(batch: Batch, bad: DataFrame, rows: int) -> Waiting | None:
    if rows == 0:
        return None
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if batch.plan.reads != "quarantine":
        return Waiting(rows, now)
    files = [row[0] for row in bad.where(only_waits(batch.contract)).select(f"{BAD}.path").distinct().collect()]
    return Waiting(rows, min([now, *filter(None, (_since(batch, file) for file in files))]))


def _since(batch: Batch, file: str) -> str | None:
    """By the manifest of the batch that wrote the file, whose name has the batch's id."""
    named = re.search(r"([^/]+)-\d+(-without-[0-9a-f]{8})?\.parquet$", file)
    text = named and batch.store.read_text_if_there(f"{batch.settings.lake_root}/runs/{batch.contract.dataset}/{named[1]}/manifest.json")
    return json.loads(text).get("waiting", {}).get("since") if text else None
