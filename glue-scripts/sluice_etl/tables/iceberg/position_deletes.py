"""Rows of the table that newer ones replace, taken out where the merge has found them: the table is read once."""

from __future__ import annotations

from py4j.java_gateway import JavaObject
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from ...batch import Batch
from ...formats.parquet.footers import footers
from ...formats.sources import quoted
from ...lake.hive_paths import HIVE_NULL, partition_path, partition_values
from ...merge.keys import PLACE
from ..parquet.write import Target, write_scratch
from ..together import together
from .data_files import FIELD_ID, PlacedFile, copied

# Names and ids of the Iceberg specification, "Position Delete Files".
_COLUMNS = {"file_path": 2147483546, "pos": 2147483545}
# Spark names one folder for NULL and '', which are two partitions to Iceberg.
_MARK = "="
# In a shuffle.
_ROW_BYTES = 200


def has_one_partitioning(table: JavaObject) -> bool:
    """Whether every file of the table is in a partition of today's partitioning."""
    today = table.spec().specId()
    return all(manifest.partitionSpecId() == today for manifest in table.currentSnapshot().dataManifests(table.io()))


def written_deletes(batch: Batch, replaced: DataFrame, count: int, partitions: int) -> list[PlacedFile]:
    """
    Files of position deletes, which are not part of the table yet: for each partition those of its rows that are in `replaced`, at most so many
    rows in at most so many partitions.
    """
    target = Target(f"{batch.settings.scratch}deletes/", f"{batch.settings.scratch}deletes/", _folders(batch), partitions)
    values = [F.concat(F.lit(_MARK), F.col(quoted(key)).cast("string")).alias(folder) for key, folder in zip(batch.contract.partition_by, target.keys)]
    near = together(batch, replaced, count * _ROW_BYTES, partitions)
    rows = near.select(*(_required(name, column) for name, column in zip(PLACE, _COLUMNS)), *values)
    write_scratch(batch, rows.sortWithinPartitions(*target.keys, *_COLUMNS), target)
    found = sorted((file for file in batch.store.list(target.scratch) if file.uri.endswith(".parquet")), key=lambda file: file.uri)
    # Spark makes a file for no rows where there are no folders.
    if not target.keys:
        found = [file for file, footer in zip(found, footers(batch.store, found)) if footer.rows > 0]
    placed = [PlacedFile(file.uri, _path(batch, file.uri[len(target.scratch) :]), file.size) for file in found]
    return copied(batch, placed, [f"{batch.settings.batch_id}-{number:05d}-deletes" for number in range(len(placed))])


def _folders(batch: Batch) -> tuple[str, ...]:
    return tuple(f"__in{index}" for index in range(len(batch.contract.partition_by)))


def _required(name: str, column: str) -> Column:
    """Spark writes what is never NULL as required, which the specification asks for."""
    never = F.lit(-1) if column == "pos" else F.lit("")
    return F.coalesce(F.col(name), never).alias(column, metadata={FIELD_ID: _COLUMNS[column]})


def _path(batch: Batch, file: str) -> str:
    values = (value if value == HIVE_NULL else value.removeprefix(_MARK) for value in partition_values(file.rpartition("/")[0]).values())
    return partition_path(batch.contract.partition_by, tuple(values))
