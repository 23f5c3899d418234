"""Parquet, grouped by the schema in the files' footers, since types may differ between files of one dataset."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from ...contract import Column, Contract
from ...errors import UnreadableFileError
from ...lake.inputs import SourceFile
from ...lake.store import in_parallel
from ...spark_types import is_nested, spark_type
from ..source_format import Reading, SourceFormat
from ..sources import CORRUPT, PATH, Source, SourceColumn, file_path, match_columns, quoted, source_of, spark_path
from .columns import ReadAs, read_as
from .fields import unknown_fields
from .file_schema import Field, FileSchema, read_file_schema
from .new_types import copy_without_new_types
from .sessions import load_columns
from ..stored import UNREADABLE, Stored


class ParquetFormat(SourceFormat):
    is_text = False

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

    def malformed_source(self, lines: DataFrame, contract: Contract) -> Source:
        """A Parquet file has no records that cannot be taken apart: what a contract of another format set aside stays where it is."""
        columns = {name: SourceColumn("CAST(NULL AS STRING)") for name in contract.column_names}
        return Source(lines.withColumnRenamed("value", CORRUPT), columns)

    def check_rows(self, reading: Reading, sources: list[Source], read: int) -> None:
        counted = [source.rows for source in sources]
        if None in counted or sum(counted) == read:
            return
        for files, schemas in _by_schema(reading):
            frame = _source(reading, schemas[0], files).frame
            rows = {row[PATH]: row["count"] for row in frame.groupBy(PATH).count().collect()}
            for file, schema in zip(files, schemas):
                found = rows.get(spark_path(file.read_from), 0)
                if found != schema.rows:
                    raise UnreadableFileError(file.uri, f"its footer counts {schema.rows} rows, but {found} can be read")

    def readable_together(self, reading: Reading) -> list[list[SourceFile]]:
        return [files for files, _ in _by_schema(reading)]

    def whole(self, reading: Reading) -> DataFrame:
        files, schemas = _by_schema(reading)[0]
        return _source(reading, schemas[0], files).frame


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
