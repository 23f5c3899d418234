"""What a batch is to read (functions/domain/batch/plan.ts), and where everything is (functions/domain/names.ts)."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class PlannedObject:
    key: str
    size: int
    relanded: bool = False
    """Rows of earlier content of the key may be in quarantine."""


@dataclass(frozen=True)
class Plan:
    dataset: str
    batch_id: str
    source: str
    reads: str
    """What to read: landings, raw, quarantine, curated, parquet, published or sources. The sources themselves are in functions/domain/batch/source.ts."""
    predicates: tuple[str, ...]
    objects: tuple[PlannedObject, ...]
    unread: tuple[str, ...] | None = None
    """Of a batch by hand: keys of landings that no batch has read; None where the plan does not ask for them."""
    partitions: tuple[dict[str, str], ...] | None = None
    """Of a compaction: values of the curated partitions to look at; None for every one."""
    check_keys: bool = False
    """Of a compaction: whether to check first that each key is in the table once."""
    rebuild: bool = False
    """Of a batch by hand: its rows replace the whole table."""


def parse_plan(text: str) -> Plan:
    content = json.loads(text)
    return Plan(
        dataset=content["dataset"],
        batch_id=content["batchId"],
        source=content["source"],
        reads=content.get("reads", content["source"]),
        predicates=tuple(content["predicates"]),
        objects=tuple(PlannedObject(planned["key"], planned["size"], planned.get("relanded", False)) for planned in content["objects"]),
        unread=tuple(planned["key"] for planned in content["unread"]) if "unread" in content else None,
        partitions=tuple(content["partitions"]) if "partitions" in content else None,
        check_keys=content.get("checkKeys", False),
        rebuild=content.get("rebuild", False),
    )


@dataclass(frozen=True)
class Settings:
    """Roots are URIs without a slash at the end: s3://bucket on AWS, a folder in tests."""

    dataset: str
    batch_id: str
    plan_uri: str
    contract_uri: str
    raw_root: str
    lake_root: str
    database: str
    rebuild_command: str = "npx --no-install sluice backfill DATASET --rebuild"
    """For people: the job does not know which deployment it belongs to."""

    @property
    def staged(self) -> str:
        return f"{self.lake_root}/staged/{self.dataset}/batch_id={self.batch_id}/"

    @property
    def curated(self) -> str:
        return f"{self.lake_root}/curated/{self.dataset}/"

    @property
    def tombstones(self) -> str:
        return f"{self.lake_root}/tombstones/{self.dataset}/"

    @property
    def staged_tombstones(self) -> str:
        """Not below `staged`, which the rules of `quality` read as a table."""
        return f"{self.run}tombstones/"

    @property
    def quarantine(self) -> str:
        return f"{self.lake_root}/quarantine/{self.dataset}/"

    @property
    def staged_quarantine(self) -> str:
        return f"{self.run}quarantine/"

    @property
    def run(self) -> str:
        return f"{self.lake_root}/runs/{self.dataset}/{self.batch_id}/"

    @property
    def scratch(self) -> str:
        """Gone when the batch ends."""
        return f"{self.run}scratch/"

    @property
    def keys(self) -> str:
        """What a gold table has seen of the keys of its sources."""
        return f"{self.lake_root}/keys/{self.dataset}/"

    @property
    def table_kind_uri(self) -> str:
        return f"{self.lake_root}/tables/{self.dataset}.json"

    @property
    def manifest_uri(self) -> str:
        return f"{self.run}manifest.json"

    def lake_key(self, uri: str) -> str:
        return uri[len(self.lake_root) + 1 :]
