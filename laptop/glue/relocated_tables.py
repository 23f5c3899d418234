"""
An Iceberg table as a folder that can be read where it is: every path in it (metadata, manifests, position deletes) is changed to that of
the folder, by Iceberg's own action.
"""

import csv
import json
import re
import shutil
from pathlib import Path
from uuid import uuid4

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
from py4j.java_gateway import JavaObject
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
    name = f"sluice.`{request['database']}`.`{request['table']}`"
    table = jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(session._jsparkSession, name)
    trimmed = None if _whole_history_moves(session, name) else _without_history(table)
    source = jvm.org.apache.iceberg.BaseTable(jvm.org.apache.iceberg.StaticTableOperations(trimmed, table.io()), name) if trimmed else table
    action = jvm.org.apache.iceberg.spark.actions.SparkActions.get(session._jsparkSession).rewriteTablePath(source)
    try:
        moved = _rewrite(action, table, named, request)
    finally:
        if trimmed:
            table.io().deleteFile(trimmed)
    with open(_local(moved.fileListLocation()), newline="", encoding="utf-8") as listed:
        files = {folder / _below(target, named): source for source, target in csv.reader(listed)}
    files = {**_live_files(session, name, "files" if trimmed else "all_files", table.location().rstrip("/"), folder, request["staging"]), **files}
    location = table.location().rstrip("/")
    for target, source in files.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.startswith("file:") and not Path(_local(source)).exists():
            # Of each manifest, Iceberg 1.10 rewrites the last file of deletes alone: it keeps one object for all.
            _copy(f"{location}/{target.relative_to(folder).as_posix()}", target)
            _move_deletes(target, location, named)
        else:
            _copy(source, target)
    metadata = folder / "metadata"
    # The names that readers of a folder look for: Spark, pyiceberg and DuckDB alike.
    shutil.copyfile(metadata / moved.latestVersion(), metadata / "v1.metadata.json")
    (metadata / "version-hint.text").write_text("1", encoding="utf-8")
    shutil.rmtree(request["staging"], ignore_errors=True)
    return {"files": len(files)}


def _copy(source: str, target: Path) -> None:
    if source.startswith("file:"):
        shutil.copyfile(_local(source), target)
    else:
        bucket, _, key = source.partition("://")[2].partition("/")
        boto3.client("s3").download_file(bucket, key, str(target))


def _move_deletes(path: Path, location: str, named: str) -> None:
    """Of a file of position deletes: the data files that it names (the Iceberg spec, "Position Delete Files"). Field ids stay."""
    deletes = pq.ParquetFile(path).read()
    index = deletes.schema.get_field_index("file_path")
    moved = [f"{named}/{_below(name, location)}" for name in deletes.column(index).to_pylist()]
    pq.write_table(deletes.set_column(index, deletes.schema.field(index), pa.array(moved, deletes.schema.field(index).type)), path)


def _live_files(session: SparkSession, name: str, kind: str, location: str, folder: Path, staging: str) -> dict[Path, str]:
    """Target → source of all: the action's own list lacks files that snapshots have added which are gone. Deletes that it has rewritten are staged."""
    found = {}
    for (path,) in session.sql(f"SELECT DISTINCT file_path FROM {name}.{kind}").collect():
        below = _below(path, location)
        staged = next((each for each in (Path(staging, below), Path(staging, Path(below).name)) if each.exists()), None)
        found[folder / below] = f"file:{staged}" if staged else path
    return found


def _rewrite(action: JavaObject, table: JavaObject, named: str, request: dict) -> JavaObject:
    return action.rewriteLocationPrefix(table.location(), named).stagingLocation(f"file:{request['staging']}").execute()


def _whole_history_moves(session: SparkSession, name: str) -> bool:
    """Iceberg 1.10 writes a file of deletes once for each manifest that lists it, also as removed, and fails at the second time."""
    counted = session.sql(f"SELECT count(*), count(DISTINCT data_file.file_path) FROM {name}.all_entries WHERE data_file.content = 1").first()
    return counted[0] == counted[1]


def _without_history(table: JavaObject) -> str:
    """Where the table's metadata is once more, with the snapshot alone that readers see. The caller removes it."""
    io, current = table.io(), table.operations().current()
    head = current.currentSnapshot().snapshotId()
    metadata = json.loads(_text(io, current.metadataFileLocation()))
    metadata["snapshots"] = [each for each in metadata["snapshots"] if each["snapshot-id"] == head]
    metadata["refs"] = {"main": {"type": "branch", "snapshot-id": head}}
    metadata |= {"snapshot-log": [], "metadata-log": [], "statistics": [], "partition-statistics": []}
    location = f"{table.location().rstrip('/')}/metadata/00000-{uuid4()}.metadata.json"
    stream = io.newOutputFile(location).create()
    stream.write(bytearray(json.dumps(metadata).encode()))
    stream.close()
    return location


def _text(io: JavaObject, location: str) -> str:
    stream = io.newInputFile(location).newStream()
    try:
        return bytes(stream.readAllBytes()).decode()
    finally:
        stream.close()


def _below(target: str, named: str) -> str:
    if not target.startswith(f"{named}/") or ".." in target.split("/"):
        raise ValueError(f"{target} is not below {named}")
    return target[len(named) + 1 :]


def _local(uri: str) -> str:
    return re.sub("^file:/+", "/", uri)
