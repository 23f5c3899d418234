"""The job's half of publishing: staged files in the catalog, and the manifest's list of what replaces what."""

from __future__ import annotations

from collections.abc import Sequence

from ...batch import Batch
from ...lake.catalog import Partition
from ...lake.hive_paths import partition_values
from ...lake.store import StoredObject
from ...plan import Settings
from ..table import WrittenFile


def register(batch: Batch, written: Sequence[WrittenFile]) -> None:
    contract, settings = batch.contract, batch.settings
    wanted = []
    for path in dict.fromkeys(file.path for file in written):
        values = partition_values(path)
        keys = tuple(values[name] for name in contract.partition_by)
        wanted.append(Partition((settings.batch_id, *keys), f"{settings.staged}{path}{'/' if path else ''}"))
    batch.catalog.replace_batch_partitions(f"{contract.dataset}_staged", settings.batch_id, wanted)


def replacements(settings: Settings, written: Sequence[WrittenFile], before: dict[str, list[StoredObject]]) -> list[dict]:
    by_path: dict[str, list[WrittenFile]] = {}
    for file in written:
        by_path.setdefault(file.path, []).append(file)
    partitions = []
    # A touched partition that is left without rows is replaced by nothing, hence all paths that existed or were written.
    for path in sorted({*by_path, *(p for p, files in before.items() if files)}):
        files = by_path.get(path, [])
        names = {file.uri.rpartition("/")[2] for file in files}
        partitions.append(
            {
                "path": path,
                "values": partition_values(path),
                "rows": sum(file.rows for file in files),
                "files": files_in_manifest(settings, files),
                # A file of this batch's earlier run with the name of a new one is overwritten, not removed.
                "replaces": [settings.lake_key(found.uri) for found in before.get(path, []) if found.uri.rpartition("/")[2] not in names],
            }
        )
    return partitions


def files_in_manifest(settings: Settings, files: Sequence[WrittenFile]) -> list[dict]:
    return [{"key": settings.lake_key(file.uri), "bytes": file.size} for file in files]
