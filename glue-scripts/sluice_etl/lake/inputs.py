"""From the plan to the objects that this batch reads."""

from __future__ import annotations

from dataclasses import dataclass

from .admission import is_admitted
from .catalog import GlueCatalog, Partition
from ..contract import Contract
from ..errors import StaleCatalogError
from ..plan import Plan, Settings
from .store import S3Store, in_parallel


@dataclass(frozen=True)
class SourceFile:
    uri: str
    size: int
    partition: tuple[str, ...]
    copied_to: str | None = None
    """Where the job reads it instead, when its own name is one that Spark does not read."""

    @property
    def read_from(self) -> str:
        return self.copied_to or self.uri


@dataclass(frozen=True)
class Inputs:
    files: tuple[SourceFile, ...]
    missing: tuple[str, ...]
    """Partition folders below the dataset's, of every partition that the batch is about."""
    partitions: tuple[Partition, ...]

    def quarantine_folders(self, settings: Settings) -> list[str]:
        """Where quarantined rows of these partitions are: under the same folders as in raw."""
        roots = (f"{settings.raw_root}/raw/{settings.dataset}/", settings.quarantine)
        return [settings.quarantine + partition.location.removeprefix(roots[0]).removeprefix(roots[1]) for partition in self.partitions]


def find_inputs(plan: Plan, contract: Contract, settings: Settings, catalog: GlueCatalog, store: S3Store) -> Inputs:
    table = f"{contract.dataset}_quarantine" if plan.reads == "quarantine" else f"{contract.dataset}_raw"
    partitions = selected_partitions(plan, contract, catalog, table)
    if plan.reads == "landings":
        return _claimed(plan, settings, partitions, store)
    listed = [
        SourceFile(found.uri, found.size, partition.values)
        for partition, objects in zip(partitions, in_parallel(lambda p: list(store.list(p.location)), partitions))
        for found in objects
        if found.size > 0 and not found.uri.endswith("/")
    ]
    if plan.reads == "raw":
        folder = f"{settings.raw_root}/raw/{plan.dataset}/"
        listed = [file for file in listed if is_admitted(file.uri.removeprefix(folder), contract)]
    return Inputs(tuple(listed), (), tuple(partitions))


def selected_partitions(plan: Plan, contract: Contract, catalog: GlueCatalog, table: str) -> list[Partition]:
    if not contract.partition_keys:
        return [Partition((), catalog.table_location(table))]
    found = {}
    for expression in plan.predicates or (None,):
        for partition in catalog.partitions(table, expression):
            found.setdefault(partition.location, partition)
    return list(found.values())


def _claimed(plan: Plan, settings: Settings, partitions: list[Partition], store: S3Store) -> Inputs:
    by_location = {partition.location: partition for partition in partitions}
    uris = [f"{settings.raw_root}/{planned.key}" for planned in plan.objects]
    homes = [_home(uri, by_location) for uri in uris]
    sizes = in_parallel(store.size, uris)
    # What was deleted before the crawl has no partition, and needs none.
    found = zip(uris, homes, sizes)
    strays = sorted({uri.rsplit("/", 1)[0] for uri, home, size in found if home is None and size is not None})
    if strays:
        raise StaleCatalogError(f"partition {strays[0]}/ is not in the catalog ({len(strays)} in all); a crawl is due")
    files = [SourceFile(u, s, h.values) for u, s, h in zip(uris, sizes, homes) if s is not None and s > 0]
    gone = [planned.key for planned, size in zip(plan.objects, sizes) if size is None]
    return Inputs(tuple(files), tuple(gone), tuple(partitions))


def _home(uri: str, by_location: dict[str, Partition]) -> Partition | None:
    folder = uri
    while "/" in folder:
        folder = folder.rsplit("/", 1)[0]
        if folder + "/" in by_location:
            return by_location[folder + "/"]
    return None
