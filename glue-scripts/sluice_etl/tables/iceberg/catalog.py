"""The dataset's Iceberg table in the Glue catalog: opened, and made where it is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from py4j.java_gateway import JavaObject
from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from ...batch import Batch
from ...errors import ConfigurationError, root_cause
from ...formats.sources import literal, quoted
from ...lake.sizes import MB
from .foreign import refuse_changed

CATALOG = "sluice"
MAIN = "main"
# Old metadata files are removed by the commit that makes one more.
KEPT_METADATA_FILES = 100


@dataclass(frozen=True)
class IcebergName:
    database: str
    table: str

    @property
    def sql(self) -> str:
        return f"{quoted(CATALOG)}.{quoted(self.database)}.{quoted(self.table)}"

    def branch(self, name: str) -> str:
        return f"{self.sql}.{quoted(f'branch_{name}')}"


def name_of(batch: Batch) -> IcebergName:
    return IcebergName(batch.settings.database, batch.contract.dataset)


def configure(batch: Batch) -> None:
    """Settings of the catalog for this session; one that the application was started with stays."""
    prefix = f"spark.sql.catalog.{CATALOG}"
    settings = {
        prefix: "org.apache.iceberg.spark.SparkCatalog",
        f"{prefix}.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        f"{prefix}.warehouse": f"{batch.settings.lake_root}/curated",
        # Each batch looks at the table as it is now.
        f"{prefix}.cache-enabled": "false",
        # Glue keeps every version of a table's entry otherwise, up to a quota of the account.
        f"{prefix}.glue.skip-archive": "true",
    }
    for name, value in settings.items():
        if batch.spark.conf.get(name, None) is None:
            batch.spark.conf.set(name, value)


def open_table(batch: Batch, schema: StructType) -> JavaObject:
    """The table, which may have more columns than `schema`. Raises ConfigurationError for an entry that is not this dataset's table."""
    try:
        if not _exists(batch):
            _create(batch, schema)
        table = load_table(batch.spark, name_of(batch))
    except Py4JJavaError as error:
        missing = re.search(r"[^\s]+\.metadata\.json", root_cause(error))
        if missing is None:
            raise
        raise ConfigurationError(f"the metadata of table {batch.contract.dataset} cannot be read: {missing[0]}. Restore that file from an earlier version of it") from error
    if table.location().rstrip("/") != batch.settings.curated.rstrip("/"):
        raise ConfigurationError(
            f"table {batch.contract.dataset} of database {batch.settings.database} is at {table.location()}, not at {batch.settings.curated}."
            " Drop that catalog entry, or rename the dataset"
        )
    refuse_changed(batch, table)
    return table


def load_table(spark: SparkSession, name: IcebergName) -> JavaObject:
    with _active(spark):
        return spark._jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(spark._jsparkSession, name.sql)


@contextmanager
def _active(spark: SparkSession) -> Iterator[None]:
    """Spark makes a catalog by the settings of this thread's session, which need not be the session that is asked for it."""
    sessions = spark._jvm.org.apache.spark.sql.SparkSession
    before = sessions.getActiveSession()
    sessions.setActiveSession(spark._jsparkSession)
    try:
        yield
    finally:
        if before.isDefined():
            sessions.setActiveSession(before.get())
        else:
            sessions.clearActiveSession()


def _exists(batch: Batch) -> bool:
    jvm, name = batch.spark._jvm, name_of(batch)
    with _active(batch.spark):
        catalog = jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergCatalog(batch.spark._jsparkSession, CATALOG)
    names = batch.spark.sparkContext._gateway.new_array(jvm.java.lang.String, 2)
    names[0], names[1] = name.database, name.table
    return catalog.tableExists(jvm.org.apache.iceberg.catalog.TableIdentifier.of(names))


def _create(batch: Batch, schema: StructType) -> None:
    contract, name = batch.contract, name_of(batch)
    if batch.catalog.has_table(contract.dataset):
        raise ConfigurationError(
            f"table {contract.dataset} of database {name.database} is in the catalog already, and is not an Iceberg table."
            " Change curated.format back, or rename the dataset"
        )
    columns = ", ".join(f"{quoted(column)} {schema[column].dataType.simpleString()}" for column in contract.curated_columns)
    partitioned = f" PARTITIONED BY ({', '.join(map(quoted, contract.partition_by))})" if contract.partition_by else ""
    properties = {
        "format-version": "2",
        **{f"write.{command}.mode": "merge-on-read" for command in ("delete", "update", "merge")},
        "write.parquet.compression-codec": "snappy",
        "write.target-file-size-bytes": str(contract.target_file_mb * MB),
        "write.metadata.delete-after-commit.enabled": "true",
        "write.metadata.previous-versions-max": str(KEPT_METADATA_FILES),
        "sluice.dataset": contract.dataset,
    }
    listed = ", ".join(f"{literal(key)} = {literal(value)}" for key, value in properties.items())
    location = batch.settings.curated.rstrip("/")
    batch.spark.sql(f"CREATE TABLE {name.sql} ({columns}) USING iceberg{partitioned} LOCATION {literal(location)} TBLPROPERTIES ({listed})")
    # A first snapshot without rows: every batch then begins where `main` is, and the table can be rolled back to before the first.
    load_table(batch.spark, name).newAppend().commit()
