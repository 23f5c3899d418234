"""
`keys/<gold dataset>/<batch id>-<8 hex>.json`: the version of each source partition that a batch has computed from, and the folder with the digests of it.
A row of the gold table is as of one of the snapshots that are there: whatever was published only in part, or not at all, leaves more of them, never too few.
Publishing a batch removes those before it.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field

from ...batch import Batch


# Beside the snapshot of a batch that computes the whole table, until all of it is published.
WHOLE = ".whole"


@dataclass(frozen=True)
class Seen:
    version: str
    folder: str
    """Below the dataset's own; has `<source>/*.parquet`."""


@dataclass(frozen=True)
class Snapshot:
    sources: dict[str, dict[str, Seen]]
    """Source → Hive path of its partition → what was seen of it."""


@dataclass(frozen=True)
class Snapshots:
    """All that are there for this version of the contract; `listed` are all objects, for whichever version."""

    known: tuple[Snapshot, ...] = ()
    listed: tuple[str, ...] = field(default=())

    @property
    def whole_is_unfinished(self) -> bool:
        """Whether a batch that computed the whole table may be published in part: of the rest the table has older rows, of no snapshot."""
        return any(uri.endswith(WHOLE) for uri in self.listed)

    def seen(self, source: str, path: str) -> list[Seen | None]:
        """None: a batch that saw no such partition."""
        return [snapshot.sources[source].get(path) for snapshot in self.known]

    def paths(self, source: str) -> set[str]:
        return {path for snapshot in self.known for path in snapshot.sources[source]}

    def covers(self, source: str) -> bool:
        return bool(self.known) and all(source in snapshot.sources for snapshot in self.known)


def read_snapshots(batch: Batch) -> Snapshots:
    listed = tuple(found.uri for found in batch.store.list(batch.settings.keys))
    texts = [json.loads(batch.store.read_text(uri)) for uri in listed if uri.endswith(".json")]
    return Snapshots(tuple(_parsed(each) for each in texts if each["contractVersion"] == batch.contract.version), listed)


def new_folder(batch: Batch) -> str:
    """Another one for each attempt: rows of an earlier attempt may be published already."""
    return f"{batch.settings.batch_id}-{secrets.token_hex(4)}"


def write_snapshot(batch: Batch, name: str, snapshot: Snapshot) -> None:
    sources = {
        source: {path: {"version": seen.version, "folder": seen.folder} for path, seen in paths.items()}
        for source, paths in snapshot.sources.items()
    }
    text = json.dumps({"contractVersion": batch.contract.version, "sources": sources})
    batch.store.write_text(f"{batch.settings.keys}{name}.json", text)


def mark_whole(batch: Batch, name: str) -> str:
    """Returns the mark's key in the lake, which publishing removes."""
    uri = f"{batch.settings.keys}{name}{WHOLE}"
    batch.store.write_text(uri, "{}")
    return batch.settings.lake_key(uri)


def retired(batch: Batch, snapshot: Snapshot, before: Snapshots) -> list[str]:
    """Keys in the lake of what no one needs once the batch of this snapshot is published."""
    needed = {f"{batch.settings.keys}{seen.folder}/" for paths in snapshot.sources.values() for seen in paths.values()}
    return [batch.settings.lake_key(uri) for uri in before.listed if not any(uri.startswith(folder) for folder in needed)]


def _parsed(content: dict) -> Snapshot:
    return Snapshot({
        source: {path: Seen(seen["version"], seen["folder"]) for path, seen in paths.items()}
        for source, paths in content["sources"].items()
    })
