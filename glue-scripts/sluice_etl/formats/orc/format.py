"""ORC, grouped by the schema in the files' footers, since types may differ between files of one dataset."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from pyspark.sql import DataFrame
from pyspark.sql.types import StringType, StructField, StructType

from ...contract import Column
from ...lake.inputs import SourceFile
from ...lake.store import in_parallel
from ...spark_types import is_nested, spark_type
from ..own_session import read_in_own_session
from ..footers import FooterFormat
from ..source_format import Reading
from ..sources import Source, SourceColumn, load, match_columns, numbered_columns, source_of
from ..stored import Stored
from .columns import ReadAs, read_as, unknown_fields
from .footers import Footer, read_footer

# What the reader takes from its own session and not from that of the query.
_READING = {
    "spark.sql.caseSensitive": "true",
    "spark.sql.orc.impl": "native",
    # A filter on what is read as a text would be compared with the file's statistics, which are of another type.
    "spark.sql.orc.filterPushdown": "false",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
}
# Days before 1582 are called what their writer called them.
_OPTIONS = {"orc.proleptic.gregorian": "true"}
_OF_OTHER_WRITERS = {"orc.proleptic.gregorian.default": "true"}


class OrcFormat(FooterFormat):
    def find_sources(self, reading: Reading) -> list[Source]:
        return [replace(_source(reading, footers[0], files), rows=sum(footer.rows for footer in footers)) for files, footers in _by_schema(reading)]

    def by_schema(self, reading: Reading) -> list[tuple[list[SourceFile], list[Footer]]]:
        return _by_schema(reading)

    def source(self, reading: Reading, footer: Footer, files: list[SourceFile]) -> Source:
        return _source(reading, footer, files)


def _by_schema(reading: Reading) -> list[tuple[list[SourceFile], list[Footer]]]:
    """Files of one schema, which Spark reads together. Raises UnreadableFileError."""
    groups = defaultdict(lambda: ([], []))
    for file, footer in zip(reading.files, in_parallel(lambda file: read_footer(reading.store, file), reading.files)):
        files, footers = groups[str(footer.schema), footer.by_java]
        files.append(file)
        footers.append(footer)
    return list(groups.values())


def _source(reading: Reading, footer: Footer, files: list[SourceFile]) -> Source:
    contract, schema = reading.contract, footer.schema
    wanted = {column.name: column for column in contract.columns}
    positions, unknown = match_columns([_name_in_file(column) for column in contract.columns], schema.names)
    found = {name: positions[_name_in_file(column)] for name, column in wanted.items() if _name_in_file(column) in positions}
    how = {place: read_as(schema.field(place).type, spark_type(wanted[name].type)) for name, place in found.items()}
    asked = how
    if all(name.startswith("_col") for name in schema.names):
        # Columns without names (Hive's _col0, _col1…) Spark takes by their place, so it is asked for all.
        asked = {place: how.get(place) or read_as(field.type, StringType()) for place, field in enumerate(schema)}
    numbers = {place: f"__c{number}" for number, place in enumerate(asked)}
    columns = {name: _column(how[place], numbers[place]) for name, place in found.items()}
    inside = [unknown_fields(schema.field(place).name, schema.field(place).type, spark_type(wanted[name].type)) for name, place in found.items()]
    options = _OPTIONS if footer.by_java else _OPTIONS | _OF_OTHER_WRITERS
    frame = _load(reading, files, StructType([StructField(schema.field(place).name, as_.read) for place, as_ in asked.items()]), options)
    source = source_of(frame, columns, contract, unknown + [path for _, paths in inside for path in paths], len(files))
    return replace(source, missing={**source.missing, **{path: len(files) for paths, _ in inside for path in paths}})


def _load(reading: Reading, files: list[SourceFile], schema: StructType, options: dict[str, str]) -> DataFrame:
    uris = [file.read_from for file in files]
    return read_in_own_session(reading.spark, _READING, lambda session: numbered_columns(load(session, "orc", uris, schema, **options), schema))


def _name_in_file(column: Column) -> str:
    return column.read_from if isinstance(column.read_from, str) else column.name


def _column(how: ReadAs, name: str) -> SourceColumn:
    plain = not isinstance(how.stored, Stored) and not is_nested(how.stored)
    return SourceColumn(name, how.stored.simpleString() if plain else how.stored)
