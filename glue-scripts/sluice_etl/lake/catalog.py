"""The Glue catalog, over a Glue client that the caller made: which partitions a predicate selects, and new ones."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote


@dataclass(frozen=True)
class Partition:
    values: tuple[str, ...]
    location: str


class GlueCatalog:
    def __init__(self, client, database: str):
        self._client = client
        self._database = database

    def table_location(self, table: str) -> str:
        return self._table(table)["StorageDescriptor"]["Location"].rstrip("/") + "/"

    def has_table(self, table: str) -> bool:
        try:
            self._table(table)
        except self._client.exceptions.EntityNotFoundException:
            return False
        return True

    def partitions(self, table: str, expression: str | None = None) -> list[Partition]:
        """The catalog evaluates the expression, so partitions outside it are never listed nor read."""
        request = {"DatabaseName": self._database, "TableName": table, "ExcludeColumnSchema": True}
        if expression:
            request["Expression"] = expression
        found = []
        for page in self._client.get_paginator("get_partitions").paginate(**request):
            for partition in page["Partitions"]:
                location = partition["StorageDescriptor"]["Location"].rstrip("/") + "/"
                found.append(Partition(_values(partition["Values"], location), location))
        return found

    def replace_batch_partitions(self, table: str, batch_id: str, wanted: list[Partition]) -> None:
        """Makes the batch's staged partitions exactly these: an earlier attempt may have left others."""
        kept = {partition.values for partition in wanted}
        stale = [p for p in self.partitions(table, f"batch_id = '{batch_id}'") if p.values not in kept]
        for start in range(0, len(stale), 25):
            self._client.batch_delete_partition(
                DatabaseName=self._database,
                TableName=table,
                PartitionsToDelete=[{"Values": list(p.values)} for p in stale[start : start + 25]],
            )
        self._add(table, wanted)

    def _add(self, table: str, partitions: list[Partition]) -> None:
        if not partitions:
            return
        descriptor = self._table(table)["StorageDescriptor"]
        for start in range(0, len(partitions), 100):
            inputs = [
                {"Values": list(p.values), "StorageDescriptor": {**descriptor, "Location": p.location}}
                for p in partitions[start : start + 100]
            ]
            answer = self._client.batch_create_partition(
                DatabaseName=self._database, TableName=table, PartitionInputList=inputs
            )
            for problem in answer.get("Errors", []):
                detail = problem.get("ErrorDetail", {})
                # A run of the same batch before this one has registered it already, at the same place.
                if detail.get("ErrorCode") != "AlreadyExistsException":
                    raise RuntimeError(f"could not register a partition of {table}: {detail.get('ErrorCode')}")

    def _table(self, table: str) -> dict:
        return self._client.get_table(DatabaseName=self._database, Name=table)["Table"]


def _values(noted: list[str], location: str) -> tuple[str, ...]:
    """A crawler may note the folder `city=a%3Db` by a=b or as it is written; the folder itself tells the value."""
    folders = location.rstrip("/").split("/")[-len(noted) :] if noted else []
    if "%" not in "".join(folders) or not all("=" in folder for folder in folders):
        return tuple(noted)
    return tuple(unquote(folder.partition("=")[2]) for folder in folders)
