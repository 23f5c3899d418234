"""A catalog table as a DataFrame: the partitions that an expression selects, with the catalog's columns and types; of an Iceberg table, what readers see."""

import os
from typing import Protocol

from py4j.java_gateway import JavaObject
from pyspark.sql import DataFrame, SparkSession


class UnreadableTableError(Exception):
    pass


class Reader(Protocol):
    """In whose role Spark reads."""

    def at(self, location: str) -> str:
        """The address at which Spark reads a location of the catalog."""

    def iceberg_files(self) -> JavaObject:
        """What Iceberg opens files with."""


def read_table(spark: SparkSession, glue, s3, database: str, name: str, expression: str | None = None, *, reader: Reader) -> DataFrame:
    """Raises UnreadableTableError for a table that is neither Parquet nor Iceberg."""
    table = glue.get_table(DatabaseName=database, Name=name)["Table"]
    metadata = table.get("Parameters", {}).get("metadata_location")
    if metadata is not None:
        if expression:
            raise UnreadableTableError(f"{name} is an Iceberg table, whose partitions are not in the catalog: no predicate selects any")
        return _iceberg(spark, name, metadata, reader.iceberg_files())
    storage = table["StorageDescriptor"]
    if "parquet" not in storage.get("InputFormat", "").lower():
        raise UnreadableTableError(f"the laptop's data quality reads Parquet and Iceberg tables; {name} is neither")
    columns = {column["Name"]: column["Type"] for column in storage["Columns"]}
    keys = {key["Name"]: key["Type"] for key in table.get("PartitionKeys", [])}
    root = storage["Location"].rstrip("/")
    if keys:
        locations = [_below(root, keys, partition) for partition in _partitions(glue, database, name, expression)]
    else:
        locations = [root]
    schema = ", ".join(f"`{column}` {kind}" for column, kind in (columns | keys).items())
    readable = _with_files(s3, locations)
    if not readable:
        return spark.createDataFrame([], schema)
    return spark.read.schema(schema).option("basePath", reader.at(root)).parquet(*map(reader.at, readable)).select(*columns, *keys)


def _iceberg(spark: SparkSession, name: str, metadata: str, files: JavaObject) -> DataFrame:
    """
    The table as of one metadata file, with the columns of today. By way of no catalog: Spark's would ask Glue and read files as the job,
    whose credentials are the process's.
    """
    jvm, sql = spark._jvm, spark._jvm.org.apache.spark.sql
    table = jvm.org.apache.iceberg.BaseTable(jvm.org.apache.iceberg.StaticTableOperations(metadata, files), name)
    source = jvm.org.apache.iceberg.spark.source.SparkTable(table, False)
    nowhere = jvm.scala.Option.empty()
    relation = sql.execution.datasources.v2.DataSourceV2Relation.create(source, nowhere, nowhere)
    return DataFrame(sql.Dataset.ofRows(spark._jsparkSession, relation), spark)


def _partitions(glue, database: str, name: str, expression: str | None) -> list[dict]:
    asked = {"DatabaseName": database, "TableName": name}
    if expression:
        asked["Expression"] = expression
    pages = glue.get_paginator("get_partitions").paginate(**asked)
    return [partition for page in pages for partition in page["Partitions"]]


def _below(root: str, keys: dict, partition: dict) -> str:
    """Spark takes the keys' values from the path, all partitions in one scan; so the path must be the Hive one."""
    location = partition["StorageDescriptor"]["Location"].rstrip("/")
    folders = location.removeprefix(f"{root}/").split("/")
    if [folder.partition("=")[0] for folder in folders] != list(keys):
        raise UnreadableTableError(f"partition {location} is not in folders {'/'.join(f'{key}=…' for key in keys)} below {root}")
    return location


def _with_files(s3, locations: list[str]) -> list[str]:
    """One listing for all, where Spark would look for each: a partition may be in the catalog and hold nothing yet."""
    if not locations:
        return []
    bucket, _, prefix = os.path.commonprefix([f"{location}/" for location in locations]).removeprefix("s3://").partition("/")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix.rpartition("/")[0])
    keys = [found["Key"] for page in pages for found in page.get("Contents", [])]
    folders = {f"s3://{bucket}/{key.rpartition('/')[0]}" for key in keys if _is_data(key)}
    return [location for location in locations if any(f"{folder}/".startswith(f"{location}/") for folder in folders)]


def _is_data(key: str) -> bool:
    return not key.rpartition("/")[2].startswith(("_", ".")) and not key.endswith("/")
