"""A catalog table as a DataFrame: the partitions that an expression selects, with the catalog's columns and types."""

from pyspark.sql import DataFrame, SparkSession


class UnreadableTableError(Exception):
    pass


def read_table(spark: SparkSession, glue, database: str, name: str, expression: str | None = None) -> DataFrame:
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
    readable = [location for location in locations if _exists(spark, location)]
    if not readable:
        return spark.createDataFrame([], schema)
    return spark.read.schema(schema).option("basePath", root).parquet(*readable).select(*columns, *keys)


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
        raise UnreadableTableError(f"partition {location} does not lie in folders {'/'.join(f'{key}=…' for key in keys)} below {root}")
    return location


def _exists(spark: SparkSession, location: str) -> bool:
    path = spark._jvm.org.apache.hadoop.fs.Path(location)
    return path.getFileSystem(spark._jsc.hadoopConfiguration()).exists(path)
