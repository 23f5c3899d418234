"""
An Iceberg table as a folder that can be read where it is: every path in it (metadata, manifests, position deletes) is changed to that of
the folder, by Iceberg's own action.
"""

import csv
import re
import shutil
from pathlib import Path

import boto3
from pyspark.sql import SparkSession

_CATALOG = {
    "": "org.apache.iceberg.spark.SparkCatalog",
    ".catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
    ".cache-enabled": "false",
}


def relocate(spark: SparkSession, request: dict) -> dict:
    """
    `folder`: where the files are written; `named`: the folder that their paths name, which may be where they are moved later. Readers find the
    newest metadata by `metadata/version-hint.text`.
    """
    session = spark.newSession()
    for name, value in {**_CATALOG, ".warehouse": request["staging"]}.items():
        session.conf.set(f"spark.sql.catalog.sluice{name}", value)
    jvm, folder, named = spark._jvm, Path(request["folder"]), request["named"].rstrip("/")
    # Spark makes a catalog by the settings of this thread's session.
    jvm.org.apache.spark.sql.SparkSession.setActiveSession(session._jsparkSession)
    table = jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(
        session._jsparkSession, f"sluice.`{request['database']}`.`{request['table']}`"
    )
    action = jvm.org.apache.iceberg.spark.actions.SparkActions.get(session._jsparkSession).rewriteTablePath(table)
    moved = action.rewriteLocationPrefix(table.location(), named).stagingLocation(f"file:{request['staging']}").execute()
    with open(_local(moved.fileListLocation()), newline="", encoding="utf-8") as listed:
        files = [(source, folder / _below(target, named)) for source, target in csv.reader(listed)]
    s3 = None
    for source, target in files:
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.startswith("file:"):
            shutil.copyfile(_local(source), target)
        else:
            bucket, _, key = source.partition("://")[2].partition("/")
            s3 = s3 or boto3.client("s3")
            s3.download_file(bucket, key, str(target))
    metadata = folder / "metadata"
    # The names that readers of a folder look for: Spark, pyiceberg and DuckDB alike.
    shutil.copyfile(metadata / moved.latestVersion(), metadata / "v1.metadata.json")
    (metadata / "version-hint.text").write_text("1", encoding="utf-8")
    shutil.rmtree(request["staging"], ignore_errors=True)
    return {"files": len(files)}


def _below(target: str, named: str) -> str:
    if not target.startswith(f"{named}/") or ".." in target.split("/"):
        raise ValueError(f"{target} is not below {named}")
    return target[len(named) + 1 :]


def _local(uri: str) -> str:
    return re.sub("^file:/+", "/", uri)
