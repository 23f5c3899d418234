"""A catalog table as a DataFrame: the partitions that an expression selects, with the catalog's columns and types."""

import os
from collections.abc import Callable

from pyspark.sql import DataFrame, SparkSession


class UnreadableTableError(Exception):
    pass


def read_table(
    spark: SparkSession, glue, s3, database: str, name: str, expression: str | None = None, *, at: Callable[[str], str]
) -> DataFrame:
    """`at` gives the address at which Spark reads a location of the catalog under the reader's role."""
    table = glue.get_table(DatabaseName=database, Name=name)["Table"]
    storage = table["StorageDescriptor"]
    if "parquet" not in storage.get("InputFormat", "").lower():
        raise UnreadableTableError(f"the laptop's data quality reads Parquet tables; {name} is not one")
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
    return spark.read.schema(schema).option("basePath", at(root)).parquet(*map(at, readable)).select(*columns, *keys)


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
