"""Parquet, grouped by the schema in the files' footers, since types may differ between files of one dataset."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from pyspark.sql.types import StructField, StructType

from ...contract import Column
from ...lake.inputs import SourceFile
from ...lake.store import in_parallel
from ...spark_types import is_nested, spark_type
from ..footers import FooterFormat
from ..source_format import Reading
from ..sources import Source, SourceColumn, match_columns, source_of
from .columns import ReadAs, read_as
from .fields import unknown_fields
from .file_schema import Field, FileSchema, read_file_schema
from .new_types import copy_without_new_types
from .sessions import load_columns
from ..stored import UNREADABLE, Stored


class ParquetFormat(FooterFormat):
    def find_sources(self, reading: Reading) -> list[Source]:
        sources = []
        for number, (files, schemas) in enumerate(_by_schema(reading)):
            copies = {}
            if schemas[0].has_new_types:
                copies = {file.uri: f"{reading.scratch}parquet-{number}-{place}.parquet" for place, file in enumerate(files)}
                in_parallel(lambda file: copy_without_new_types(reading.store, file, copies[file.uri]), files)
                files = [replace(file, copied_to=copies[file.uri]) for file in files]
            sources.append(replace(_source(reading, schemas[0], files), rows=sum(schema.rows for schema in schemas), copies=copies))
        return sources

    def by_schema(self, reading: Reading) -> list[tuple[list[SourceFile], list[FileSchema]]]:
        return _by_schema(reading)

    def source(self, reading: Reading, footer: FileSchema, files: list[SourceFile]) -> Source:
        return _source(reading, footer, files)


def _by_schema(reading: Reading) -> list[tuple[list[SourceFile], list[FileSchema]]]:
    """Files of one schema, which Spark reads together. Raises UnreadableFileError."""
    groups = defaultdict(lambda: ([], []))
    for file, schema in zip(reading.files, in_parallel(lambda file: read_file_schema(reading.store, file), reading.files)):
        files, schemas = groups[replace(schema, rows=0)]
        files.append(file)
        schemas.append(schema)
    return list(groups.values())


def _source(reading: Reading, schema: FileSchema, files: list[SourceFile]) -> Source:
    contract, names = reading.contract, [field.name for field in schema.fields]
    wanted = {column.name: column for column in contract.columns}
    positions, unknown = match_columns([_name_in_file(column) for column in contract.columns], names)
    found = {name: schema.fields[positions[_name_in_file(column)]] for name, column in wanted.items() if _name_in_file(column) in positions}
    as_ = {name: read_as(field, spark_type(wanted[name].type), schema.by_spark) for name, field in found.items()}
    readable = {found[name].name: how for name, how in as_.items() if how}
    frame = load_columns(
        reading.spark,
        [file.read_from for file in files],
        StructType([StructField(name, how.read) for name, how in readable.items()]),
        alike=len({name.lower() for name in names}) < len(names),
        by_rows=any(how.needs_row_reader for how in readable.values()),
    )
    numbers = {name: f"__c{number}" for number, name in enumerate(readable)}
    columns = {name: _column(as_[name], field, numbers.get(field.name)) for name, field in found.items()}
    missing, unknown_inside = [], []
    for name, field in found.items():
        inner_missing, inner_unknown = unknown_fields(field, spark_type(wanted[name].type))
        missing += inner_missing
        unknown_inside += inner_unknown
    source = source_of(frame, columns, contract, unknown + unknown_inside, len(files))
    return replace(source, missing={**source.missing, **dict.fromkeys(missing, len(files))})


def _name_in_file(column: Column) -> str:
    return column.read_from if isinstance(column.read_from, str) else column.name


def _column(how: ReadAs | None, field: Field, name: str | None) -> SourceColumn:
    if how is None:
        # What cannot be read cannot be known to be NULL either, so no row of the file is good.
        return SourceColumn(f"'{field.logical or field.physical or 'group'}'", UNREADABLE)
    plain = not isinstance(how.stored, Stored) and not is_nested(how.stored)
    return SourceColumn(name, how.stored.simpleString() if plain else how.stored)
