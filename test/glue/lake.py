"""A data lake in a folder: lands files, runs batches and publishes them as the manifest says."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from sluice_etl.errors import FileGoneError
from sluice_etl.lake.catalog import Partition
from sluice_etl.job import run
from sluice_etl.plan import Settings
from sluice_etl.lake.store import StoredObject

ORDERS = {
    "dataset": "orders",
    "owner": "o@example.com",
    "version": "0123456789ab",
    "source": {"format": "csv", "options": {"header": True}, "partition_keys": ["day"], "exclude": ["**/_temporary/**"]},
    "columns": {"id": {"type": "string"}, "at": {"type": "timestamp", "format": "yyyy-MM-dd HH:mm:ss"}, "amount": {"type": "decimal(12,2)"}},
    "derive": {"on_day": "to_date(at)"},
    "primary_key": ["id"],
    "latest_by": ["at"],
    "drift": {"missing": "null", "unknown": "ignore"},
    "quarantine": {"rules": {"negative_amount": "amount < 0"}, "warn_rate": 1, "halt_rate": 1},
    "references": {},
    "curated": {"partition_by": ["on_day"], "target_file_mb": 128},
}

needs_internals = pytest.mark.skipif(os.environ.get("SLUICE_INTERNALS") == "off", reason="is about what is switched off")


def contract_with(**changes) -> dict:
    """ORDERS with some fields replaced; `source` is merged, so that its format can be changed alone."""
    source = {**ORDERS["source"], **changes.pop("source", {})}
    contract = {**ORDERS, **changes, "source": source}
    if "columns" in changes:
        contract["columns"] = {n: t if isinstance(t, dict) else {"type": t} for n, t in changes["columns"].items()}
    return contract


class FolderStore:
    """sluice_etl.lake.store.S3Store over a folder; `file:` URIs."""

    def read_text(self, uri):
        return _path(uri).read_text("utf-8")

    def read_text_if_there(self, uri):
        return self.read_text(uri) if _path(uri).exists() else None

    def write_text(self, uri, text):
        _path(uri).parent.mkdir(parents=True, exist_ok=True)
        _path(uri).write_text(text, "utf-8")

    def head(self, uri, size):
        with _path(uri).open("rb") as file:
            return file.read(size)

    def chunks(self, uri):
        with _path(uri).open("rb") as file:
            while chunk := file.read(1 << 16):
                yield chunk

    def write_from(self, uri, stream):
        _path(uri).parent.mkdir(parents=True, exist_ok=True)
        with _path(uri).open("wb") as file:
            shutil.copyfileobj(stream, file)

    def tail(self, uri, size):
        if not _path(uri).exists():
            raise FileGoneError(uri)
        with _path(uri).open("rb") as file:
            file.seek(-min(size, _path(uri).stat().st_size), os.SEEK_END)
            return file.read()

    def size(self, uri):
        return _path(uri).stat().st_size if _path(uri).exists() else None

    def list(self, prefix):
        folder = _path(prefix)
        for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
            if path.is_file():
                yield StoredObject(f"file:{path}", path.stat().st_size)

    def has_any(self, prefix):
        return next(self.list(prefix), None) is not None

    def copy(self, source, target):
        _path(target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_path(source), _path(target))

    def move_all(self, moves):
        for source, target in moves:
            _path(target).parent.mkdir(parents=True, exist_ok=True)
            _path(source).replace(_path(target))

    def remove(self, uris):
        for uri in uris:
            _path(uri).unlink(missing_ok=True)


class FolderCatalog:
    """Raw and quarantine partitions are the folders that are there; a predicate is `key = 'value'` or a callable's name."""

    def __init__(self, lake):
        self._lake = lake
        self.staged: dict[str, str] = {}
        self.hidden: set[str] = set()

    def table_location(self, table):
        return f"{self._root(table)}/"

    def partitions(self, table, expression=None):
        root = _path(self._root(table))
        keys = self._lake.partition_by if table == self._lake.dataset else self._lake.partition_keys
        folders = {path for path in root.glob("/".join(["*"] * len(keys))) if path.is_dir()} if keys and root.exists() else set()
        found = [
            Partition(tuple(part.partition("=")[2] for part in folder.relative_to(root).parts), f"file:{folder}/")
            for folder in sorted(folders)
            if str(folder.relative_to(root)) not in self.hidden
        ]
        if expression is None:
            return found
        key, _, value = expression.partition(" = ")
        index = keys.index(key)
        return [partition for partition in found if partition.values[index] == value.strip("'")]

    def replace_batch_partitions(self, table, batch_id, wanted):
        self.staged = {partition.location: partition.values for partition in wanted}

    def _root(self, table):
        dataset = self._lake.dataset
        return {
            dataset: f"{self._lake.root}/lake/curated/{dataset}",
            f"{dataset}_raw": f"{self._lake.root}/raw/raw/{dataset}",
            f"{dataset}_quarantine": f"{self._lake.root}/lake/quarantine/{dataset}",
        }[table].replace(str(self._lake.root), f"file:{self._lake.root}")


class Lake:
    def __init__(self, spark, folder: Path):
        self.spark, self.root, self.store = spark, folder, FolderStore()
        self.dataset, self.partition_keys = "orders", ["day"]
        self.catalog = FolderCatalog(self)

    def land(self, name: str, content: str | bytes) -> str:
        """Returns the key of raw/<dataset>/<name>."""
        key = f"raw/{self.dataset}/{name}"
        path = self.root / "raw" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return key

    def curate(self, contract=ORDERS, keys=None, batch_id="orders-1", source=None, predicates=(), relanded=(), **asked) -> dict:
        """A batch that claims the keys, or, without keys, everything in the partitions; `asked`: further fields of the plan."""
        self.dataset, self.partition_keys = contract["dataset"], contract["source"]["partition_keys"]
        self.partition_by = contract["curated"]["partition_by"]
        sizes = [(key, self.store.size(f"file:{self.root}/raw/{key}") or 0) for key in keys or []]
        plan = {
            "dataset": self.dataset,
            "batchId": batch_id,
            "source": source or ("raw" if keys is None else "landings"),
            "predicates": list(predicates),
            "objects": [
                {"key": key, "size": size, "sequencer": "0", "partition": {}, **({"relanded": True} if key in relanded else {})} for key, size in sizes
            ],
            **asked,
            "createdAt": "2025-01-01T00:00:00Z",
        }
        run_folder = f"file:{self.root}/lake/runs/{self.dataset}/{batch_id}"
        self.store.write_text(f"{run_folder}/plan.json", json.dumps(plan))
        self.store.write_text(f"file:{self.root}/contract.json", json.dumps(contract))
        return run(self.spark, self.settings(batch_id), self.catalog, self.store)

    def settings(self, batch_id):
        return Settings(
            dataset=self.dataset,
            batch_id=batch_id,
            plan_uri=f"file:{self.root}/lake/runs/{self.dataset}/{batch_id}/plan.json",
            contract_uri=f"file:{self.root}/contract.json",
            raw_root=f"file:{self.root}/raw",
            lake_root=f"file:{self.root}/lake",
            database="sluice_test",
            rebuild_command=f"npx --no-install sluice backfill {self.dataset} --rebuild --local",
        )

    def publish(self, manifest: dict) -> None:
        """What publish-batch does, in its order: copy what is new, then remove what is replaced."""
        lake = self.root / "lake"
        replaced = list(manifest["quarantine"]["replaces"])
        folders = [("tombstones", entry) for entry in manifest.get("tombstones", [])] + [("curated", entry) for entry in manifest["partitions"]]
        for folder, partition in folders:
            for file in partition["files"]:
                target = lake / folder / self.dataset / partition["path"] / Path(file["key"]).name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(lake / file["key"], target)
            replaced += partition["replaces"]
        staged = f"runs/{self.dataset}/{manifest['batchId']}/quarantine/"
        for file in manifest["quarantine"].get("rewritten", []):
            shutil.copyfile(lake / file["key"], lake / "quarantine" / self.dataset / file["key"].removeprefix(staged))
        for key in replaced:
            (lake / key).unlink(missing_ok=True)

    def batch(self, contract=ORDERS, keys=None, **plan) -> dict:
        manifest = self.curate(contract, keys, **plan)
        self.publish(manifest)
        return manifest

    def curated(self) -> list[dict]:
        return self._rows("curated")

    def arrow(self, folder: str) -> list[dict]:
        """The rows of a folder as Arrow reads them, which has no part in writing them."""
        root = self.root / "lake" / folder / self.dataset
        return [row for path in sorted(root.rglob("*.parquet")) for row in pq.ParquetFile(path).read().to_pylist()]

    def quarantined(self) -> list[dict]:
        return self._rows("quarantine")

    def files(self, folder: str) -> list[str]:
        root = self.root / "lake" / folder / self.dataset
        return sorted(str(path.relative_to(root)) for path in root.rglob("*.parquet"))

    def _rows(self, folder: str) -> list[dict]:
        root = self.root / "lake" / folder / self.dataset
        paths = [f"file:{path}" for path in sorted(root.rglob("*.parquet"))]
        if not paths:
            return []
        self.spark.conf.set("spark.sql.sources.partitionColumnTypeInference.enabled", "false")
        frame = self.spark.read.option("basePath", f"file:{root}").option("__globPaths__", "false").option("mergeSchema", "true")
        return sorted((row.asDict(recursive=True) for row in frame.parquet(*paths).collect()), key=repr)


def _path(uri: str) -> Path:
    return Path(uri.removeprefix("file:"))
