"""A lake in a folder whose curated tables are Iceberg's, with moto's Glue as their catalog."""

from __future__ import annotations

import json
import logging
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

import boto3
from lake import FolderCatalog, Lake
from moto.server import ThreadedMotoServer
from pyiceberg.table import StaticTable
from sluice_etl.lake.catalog import GlueCatalog
from sluice_etl.tables.iceberg.catalog import IcebergName, load_table
from sluice_etl.tables.iceberg.removed_keys import TOMBSTONES

_numbers = count(1)
_KEYS = {"aws.accessKeyId": "test", "aws.secretAccessKey": "test", "aws.region": "us-east-1"}


@contextmanager
def glue_server(spark):
    """A Glue client; Spark's own asks the same server."""
    # A line for each call.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    for name, value in {**_KEYS, "aws.endpointUrl": endpoint}.items():
        spark._jvm.System.setProperty(name, value)
    try:
        yield boto3.client("glue", "us-east-1", endpoint_url=endpoint, aws_access_key_id="test", aws_secret_access_key="test")
    finally:
        server.stop()


class IcebergLake(Lake):
    def __init__(self, spark, glue, folder):
        super().__init__(spark, folder)
        self.glue, self.database = glue, f"sluice_{next(_numbers)}"
        glue.create_database(DatabaseInput={"Name": self.database})
        self.catalog = _Catalog(self, GlueCatalog(glue, self.database))

    def curate(self, contract=None, *arguments, **named):
        contract = contract or _iceberg()
        return super().curate(contract, *arguments, **named)

    def batch(self, contract=None, keys=None, **plan):
        return super().batch(contract or _iceberg(), keys, **plan)

    def settings(self, batch_id):
        return replace(super().settings(batch_id), database=self.database)

    def publish(self, manifest):
        """What publish-batch does: `main` moves to the batch's snapshot, if it is where the job found it."""
        commit = manifest.get("commit")
        if commit is None:
            super().publish(manifest)
            return
        super().publish({**manifest, "partitions": []})
        if "schemaId" in commit or "specId" in commit:
            self._publish_evolution(manifest)
            return
        table = self.table()
        assert str(table.currentSnapshot().snapshotId()) == commit["baseSnapshotId"]
        table.manageSnapshots().replaceBranch("main", int(commit["snapshotId"])).commit()
        removed = self.table().currentSnapshot().summary().get(TOMBSTONES)
        properties = self.table().updateProperties()
        (properties.set(TOMBSTONES, removed) if removed else properties.remove(TOMBSTONES)).commit()

    def _publish_evolution(self, manifest):
        """By the publisher itself: no call of Iceberg's makes a schema current in the update that moves `main`."""
        request = {"endpoint": self.glue.meta.endpoint_url, "database": self.database, "table": self.dataset, "batchId": manifest["batchId"], "commit": manifest["commit"]}
        subprocess.run(["node", "--import", "tsx", str(Path(__file__).with_name("publish_commit.ts")), json.dumps(request)], check=True, cwd=Path(__file__).parents[2])

    def table(self):
        return load_table(self._session(), IcebergName(self.database, self.dataset))

    def exists(self) -> bool:
        return self.catalog.has_table(self.dataset)

    def curated(self):
        if not self.exists():
            return []
        return sorted((row.asDict(recursive=True) for row in self.frame().collect()), key=repr)

    def frame(self):
        return self._session().table(IcebergName(self.database, self.dataset).sql)

    def pyiceberg(self) -> StaticTable:
        return StaticTable.from_metadata(self.metadata_location())

    def metadata_location(self) -> str:
        table = self.glue.get_table(DatabaseName=self.database, Name=self.dataset)["Table"]
        return table["Parameters"]["metadata_location"]

    def _session(self):
        """Of the reader's own, which the job's settings have not touched."""
        session = self.spark.newSession()
        session.conf.set("spark.sql.session.timeZone", "UTC")
        for name, value in {
            "": "org.apache.iceberg.spark.SparkCatalog",
            ".catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
            ".warehouse": f"file:{self.root}",
        }.items():
            session.conf.set(f"spark.sql.catalog.sluice{name}", value)
        return session


class _Catalog(FolderCatalog):
    def __init__(self, lake, glue):
        super().__init__(lake)
        self.has_table = glue.has_table


def _iceberg():
    from lake import ORDERS

    return iceberg(ORDERS)


def iceberg(contract: dict) -> dict:
    """The same contract with an Iceberg table."""
    return {**contract, "curated": {**contract["curated"], "format": "iceberg"}}
