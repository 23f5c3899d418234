"""
Columns and partitioning of the table as the contract has them: columns are renamed, dropped and put in order by their field ids, and files keep the
partitioning under which they were written (the Iceberg spec, "Schema Evolution" and "Partition Evolution"). What readers would notice is only added to the
table's metadata here; publishing a batch makes it current, in the same update that moves `main`.
"""

from __future__ import annotations

from dataclasses import dataclass

from py4j.java_gateway import JavaObject
from pyspark.sql.types import StructType

from ....batch import Batch
from ....errors import ConfigurationError
from ....formats.sources import quoted
from ..catalog import load_table, name_of
from .names import stored_name
from .types import widens

NAME_MAPPING = "schema.name-mapping.default"


@dataclass(frozen=True)
class Evolution:
    """Ids in the table's metadata of what becomes current with the batch; None where it is current already."""

    schema: int | None = None
    spec: int | None = None

    def in_manifest(self) -> dict:
        ids = {"schemaId": self.schema, "specId": self.spec}
        return {name: value for name, value in ids.items() if value is not None}


def within_partitions(batch: Batch, table: JavaObject, condition: str | None) -> str | None:
    """
    `condition` tells the partitions of the batch's keys, by the first column of `partition_by`. A table that was partitioned otherwise may have older rows without a
    value there. A column that gets its name only now cannot be named yet.
    """
    column = batch.contract.partition_by[0]
    if condition is None or stored_name(batch, table.schema(), column) not in (None, column):
        return None
    return condition if table.specs().size() == 1 and _is_partitioned(batch, table) else f"({condition} OR {quoted(column)} IS NULL)"


def is_current(batch: Batch, table: JavaObject) -> bool:
    """Whether the table's columns have the contract's names and order, and its partitioning; it may lack new ones."""
    return _columns(batch, table) is None and _is_partitioned(batch, table)


def evolve(batch: Batch, schema: StructType) -> Evolution:
    """
    First what harms no reader if the batch is not published: new columns, in which rows that are there have no value, and wider types. Then the rest, which
    is not current yet. Raises ConfigurationError for a column that cannot be renamed or dropped, since files are partitioned by it.
    """
    _add_and_widen(batch, schema)
    table = load_table(batch.spark, name_of(batch))
    wanted, spec = _columns(batch, table), _partitioning(batch, table)
    if wanted is None and spec is None:
        return Evolution()
    operations = table.operations()
    current = operations.current()
    changed = batch.spark._jvm.org.apache.iceberg.TableMetadata.buildFrom(current)
    if wanted is not None:
        changed = changed.addSchema(wanted)
    if spec is not None:
        changed = changed.addPartitionSpec(spec)
    metadata = changed.build()
    operations.commit(current, metadata)
    return Evolution(
        next(each.schemaId() for each in metadata.schemas() if each.sameSchema(wanted)) if wanted is not None else None,
        next(each.specId() for each in metadata.specs() if each.compatibleWith(spec)) if spec is not None else None,
    )


def _add_and_widen(batch: Batch, schema: StructType) -> None:
    name, table = name_of(batch).sql, load_table(batch.spark, name_of(batch))
    here = {column: stored_name(batch, table.schema(), column) for column in schema.names}
    stored = {field.name: field.dataType.simpleString() for field in batch.spark.table(name).schema}
    for field in schema:
        before = here[field.name]
        if before is not None and widens(stored[before], field.dataType.simpleString()):
            batch.spark.sql(f"ALTER TABLE {name} ALTER COLUMN {quoted(before)} TYPE {field.dataType.simpleString()}")
    new = [f"{quoted(field.name)} {field.dataType.simpleString()}" for field in schema if here[field.name] is None]
    if new:
        batch.spark.sql(f"ALTER TABLE {name} ADD COLUMNS ({', '.join(new)})")
        _keep_mapping(batch, table.properties().get(NAME_MAPPING))


def _keep_mapping(batch: Batch, before: str | None) -> None:
    """Of a migrated table: a new column is none of its first files', even where one has had that name."""
    if before is not None:
        load_table(batch.spark, name_of(batch)).updateProperties().set(NAME_MAPPING, before).commit()


def _columns(batch: Batch, table: JavaObject) -> JavaObject | None:
    """The contract's columns in its order, then those that it no longer has; None where the table is so."""
    schema, contract = table.schema(), batch.contract
    have = [field.name() for field in schema.columns()]
    names = {stored_name(batch, schema, name): name for name in contract.curated_columns}
    dropped = [name for name in have if name in contract.drop_columns]
    order = [name for name in names if name is not None] + [name for name in have if name not in names and name not in dropped]
    renamed = {before: name for before, name in names.items() if before in have and contract.renamed.get(name) == before}
    _refuse_sources(batch, table, [*dropped, *renamed])
    if order == have and not renamed:
        return None
    change = table.updateSchema()
    for name in dropped:
        change = change.deleteColumn(name)
    if order != [name for name in have if name not in dropped]:
        for before, name in zip([None, *order], order):
            change = change.moveFirst(name) if before is None else change.moveAfter(name, before)
    for before, name in renamed.items():
        change = change.renameColumn(before, name)
    return change.apply()


def _refuse_sources(batch: Batch, table: JavaObject, changed: list[str]) -> None:
    sources = {field.sourceId() for spec in table.specs().values() for field in spec.fields()}
    for name in changed:
        if table.schema().findField(name).fieldId() in sources:
            raise ConfigurationError(
                f"column {name} of table {batch.contract.dataset} can be neither renamed nor dropped: files of the table are partitioned by it."
                " Take renamed_from or drop_columns out of the contract"
            )


def _is_partitioned(batch: Batch, table: JavaObject) -> bool:
    """The order of its columns means nothing to Iceberg."""
    schema = table.schema()
    have = {schema.findColumnName(field.sourceId()) for field in table.spec().fields()}
    return have == {stored_name(batch, schema, name) for name in batch.contract.partition_by}


def _partitioning(batch: Batch, table: JavaObject) -> JavaObject | None:
    """By the contract's `partition_by`; None where the table is."""
    if _is_partitioned(batch, table):
        return None
    schema, change = table.schema(), table.updateSpec()
    have = {schema.findColumnName(field.sourceId()): field.name() for field in table.spec().fields()}
    wanted = [stored_name(batch, schema, name) for name in batch.contract.partition_by]
    for name, field in have.items():
        if name not in wanted:
            change = change.removeField(field)
    for name in wanted:
        if name not in have:
            change = change.addField(name)
    return change.apply()
