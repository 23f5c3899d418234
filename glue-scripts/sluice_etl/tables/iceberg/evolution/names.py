"""A column of the contract has other names in the table: of today, until its new name is published, and in snapshots of earlier schemas."""

from __future__ import annotations

from py4j.java_gateway import JavaObject
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ....batch import Batch
from ....formats.sources import quoted
from ..catalog import name_of


def stored_name(batch: Batch, schema: JavaObject, name: str) -> str | None:
    """The name that a column of the contract has in this schema of the table; None for one that it lacks."""
    for candidate in (name, batch.contract.renamed.get(name)):
        field = schema.caseInsensitiveFindField(candidate) if candidate else None
        if field is not None:
            return schema.findColumnName(field.fieldId())
    return None


def names_at(batch: Batch, table: JavaObject, snapshot: int) -> dict[str, str]:
    """Column of the contract → its name where the table is read as of a snapshot. Without those that it lacks."""
    then = earlier_names(table, snapshot)
    here = {name: stored_name(batch, table.schema(), name) for name in batch.contract.curated_columns}
    return {name: then[stored] for name, stored in here.items() if stored in then}


def earlier_names(table: JavaObject, snapshot: int) -> dict[str, str]:
    """Column of the table → its name where the table is read as of a snapshot, which has the names of its own schema. Without those that came later."""
    now, id_then = table.schema(), table.snapshot(snapshot).schemaId()
    then = now if id_then is None else table.schemas().get(id_then) or now
    found = {field.name(): then.findColumnName(field.fieldId()) for field in now.columns()}
    return {name: there for name, there in found.items() if there is not None}


def rows_at(batch: Batch, table: JavaObject, snapshot: int) -> DataFrame:
    """All columns of the table as it is now, with the rows of a snapshot."""
    name, then = name_of(batch).sql, earlier_names(table, snapshot)
    stored = batch.spark.sql(f"SELECT * FROM {name} VERSION AS OF {snapshot}")
    return stored.select(*((F.col(quoted(then[f.name])) if f.name in then else F.lit(None)).cast(f.dataType).alias(f.name) for f in batch.spark.table(name).schema))
