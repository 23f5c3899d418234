"""The manifest in the shape of functions/domain/batch/manifest/manifest.ts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone

from .batch import Batch
from .formats.scan import Drift
from .lake.inputs import Inputs
from .stages.quarantined import Quarantined
from .stages.references import Missing
from .stages.relanded import Relanded
from .stages.staged import Staged
from .tables.parquet.publication import files_in_manifest
from .tables.table import Table


@dataclass(frozen=True)
class Result:
    """What the stages of a batch have returned."""

    inputs: Inputs = field(default_factory=lambda: Inputs((), (), ()))
    drift: Drift = field(default_factory=lambda: Drift({}, {}))
    read: int = 0
    quarantined: Quarantined = field(default_factory=Quarantined)
    staged: Staged = field(default_factory=Staged)
    relanded: Relanded = field(default_factory=Relanded)
    missing_references: Missing = field(default_factory=Missing)
    profile: dict | None = None
    """Of the good rows, by column."""
    compacted: dict[str, int] | None = None
    """Of a compaction or a migration: what was there before."""
    migrated: bool = False
    """Whether the table is of another format once the batch is published."""
    gold: dict | None = None
    """Of a gold dataset: what was rebuilt, from how many files of each source, and what was reconciled."""


def build_manifest(batch: Batch, table: Table, result: Result, kind: dict | None, started: datetime) -> dict:
    inputs, staged, quarantined = result.inputs, result.staged, result.quarantined
    optional = {
        "readLandings": _read_landings(batch, inputs),
        "compacted": result.compacted,
        "commit": table.commit(),
        "gold": result.gold,
        "missingReferences": result.missing_references.rows or None,
        "unpublishedParents": list(result.missing_references.unpublished) or None,
        "profile": result.profile,
        "table": kind if staged.files or staged.tombstones or result.gold or result.migrated else None,
        "waiting": vars(quarantined.waiting) if quarantined.waiting else None,
        "repeatedKeys": list(staged.repeated_keys) or None,
        "tombstones": table.tombstones(staged.tombstones, staged.existing) if batch.contract.delete_when else None,
    }
    return {
        "dataset": batch.contract.dataset,
        "batchId": batch.settings.batch_id,
        "source": batch.plan.source,
        "contractVersion": batch.contract.version,
        "rows": {
            "read": result.read,
            "written": staged.written,
            "duplicates": staged.duplicates,
            "superseded": staged.superseded,
            "quarantined": quarantined.rows,
            **({"deleted": staged.deleted} if batch.contract.delete_when else {}),
        },
        "replaced": staged.replaced,
        "quarantinedByRule": quarantined.reasons,
        "partitions": table.replacements(staged.files, staged.existing),
        "quarantine": {
            "files": files_in_manifest(batch.settings, quarantined.files),
            "replaces": _replaced_quarantine(batch, result),
            **({"rewritten": files_in_manifest(batch.settings, result.relanded.rewritten)} if result.relanded.rewritten else {}),
            "examples": list(quarantined.examples),
            **({"hidden": batch.contract.hidden_columns} if batch.contract.hidden_columns else {}),
        },
        "drift": {"missing": result.drift.missing, "unknown": result.drift.unknown},
        "missingObjects": list(inputs.missing),
        **{name: value for name, value in optional.items() if value is not None},
        "input": {"files": len(inputs.files), "bytes": sum(file.size for file in inputs.files)},
        "metrics": {**batch.seconds, **staged.metrics},
        "startedAt": _instant(started),
        "finishedAt": _instant(datetime.now(timezone.utc)),
    }


def _read_landings(batch: Batch, inputs: Inputs) -> list[str] | None:
    """Of the landings that no batch had read when this one was planned; None where the plan does not ask."""
    if batch.plan.unread is None:
        return None
    read = {file.uri for file in inputs.files}
    return [key for key in batch.plan.unread if f"{batch.settings.raw_root}/{key}" in read]


def _replaced_quarantine(batch: Batch, result: Result) -> list[str]:
    if batch.plan.reads == "landings":
        return [batch.settings.lake_key(uri) for uri in result.relanded.replaces]
    written = {file.uri for file in result.quarantined.files}
    listed = [found.uri for folder in result.inputs.quarantine_folders(batch.settings) for found in batch.store.list(folder)]
    return [batch.settings.lake_key(uri) for uri in listed if uri.endswith(".parquet") and uri not in written]


def _instant(when: datetime) -> str:
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
