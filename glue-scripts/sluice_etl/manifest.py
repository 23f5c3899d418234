"""The manifest in the shape of functions/domain/manifest.ts."""

from __future__ import annotations

from datetime import datetime, timezone

from .contract import Contract
from .lake.inputs import Inputs
from .tables.output import WrittenFile, partition_values
from .plan import Plan, Settings
from .lake.store import S3Store


def build_manifest(plan: Plan, contract: Contract, settings: Settings, outcome, store: S3Store, started: datetime) -> dict:
    inputs = outcome.inputs
    return {
        "dataset": contract.dataset,
        "batchId": settings.batch_id,
        "source": plan.source,
        "contractVersion": contract.version,
        "rows": outcome.rows,
        "quarantinedByRule": outcome.reasons,
        "partitions": _partitions(settings, outcome),
        "quarantine": {
            "files": _files(settings, outcome.quarantine),
            "replaces": _replaced_quarantine(plan, settings, outcome, store),
            "examples": outcome.examples,
        },
        "drift": {"missing": outcome.drift.missing, "unknown": outcome.drift.unknown},
        "missingObjects": list(inputs.missing),
        **({"readLandings": _read_landings(plan.unread, settings, inputs)} if plan.unread is not None else {}),
        "input": {"files": len(inputs.files), "bytes": sum(file.size for file in inputs.files)},
        **({"compacted": outcome.compacted} if outcome.compacted else {}),
        "metrics": outcome.metrics,
        "startedAt": _instant(started),
        "finishedAt": _instant(datetime.now(timezone.utc)),
    }


def _read_landings(unread: tuple[str, ...], settings: Settings, inputs: Inputs) -> list[str]:
    read = {file.uri for file in inputs.files}
    return [key for key in unread if f"{settings.raw_root}/{key}" in read]


def _partitions(settings: Settings, outcome) -> list[dict]:
    by_path: dict[str, list[WrittenFile]] = {}
    for file in outcome.staged:
        by_path.setdefault(file.path, []).append(file)
    partitions = []
    # A touched partition that is left without rows is replaced by nothing, hence all paths that stood or were written.
    for path in sorted({*by_path, *(p for p, files in outcome.standing.by_path.items() if files)}):
        files = by_path.get(path, [])
        names = {file.uri.rpartition("/")[2] for file in files}
        standing = outcome.standing.by_path.get(path, [])
        partitions.append(
            {
                "path": path,
                "values": partition_values(path),
                "rows": sum(file.rows for file in files),
                "files": _files(settings, files),
                # A file of this batch's earlier run with the name of a new one is overwritten, not removed.
                "replaces": [settings.lake_key(found.uri) for found in standing if found.uri.rpartition("/")[2] not in names],
            }
        )
    return partitions


def _replaced_quarantine(plan: Plan, settings: Settings, outcome, store: S3Store) -> list[str]:
    written = {file.uri for file in outcome.quarantine}
    if plan.source == "landings":
        return []
    replaced = []
    for folder in outcome.inputs.quarantine_folders(settings):
        replaced += [found.uri for found in store.list(folder) if found.uri.endswith(".parquet") and found.uri not in written]
    return [settings.lake_key(uri) for uri in replaced]


def _files(settings: Settings, files: list[WrittenFile]) -> list[dict]:
    return [{"key": settings.lake_key(file.uri), "bytes": file.size} for file in files]


def _instant(when: datetime) -> str:
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
