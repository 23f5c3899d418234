"""Avro's container files. Files whose schemas are alike are read together; names are matched as in Parquet files."""

from __future__ import annotations

import base64
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pyspark.sql.types import StringType, StructField, StructType

from ...contract import Contract
from ...errors import UnreadableFileError
from ...lake.inputs import SourceFile
from ...lake.store import S3Store, in_parallel
from ...spark_types import spark_type
from ..python_reader import PythonFormat, read_by_python
from ..source_format import Reading
from ..sources import CORRUPT, PATH, RAW_BYTES, Source, match_columns, source_of
from . import container, decode, schema, values
from .columns import read_as, source_column
from .container import CODECS, BrokenAvroError, blocks, unpack
from .decode import reader_of, records
from .fields import unknown_fields
from .schema import Node, parse_schema
from .values import UnsuitableError, converter

# A worker holds a file as a whole.
MOST_BYTES = 1 << 30


@dataclass(frozen=True)
class Seen:
    """Of one file."""

    schema: str
    count: int


class AvroFormat(PythonFormat):
    is_text = False

    def find_sources(self, reading: Reading) -> list[Source]:
        seen = in_parallel(lambda file: _look(reading.store, file), reading.files)
        counts = {file.uri: found.count for file, found in zip(reading.files, seen)}
        groups: dict[str, list[SourceFile]] = defaultdict(list)
        for file, found in zip(reading.files, seen):
            groups[found.schema].append(file)
        found = [_source(replace(reading, files=files), text) for text, files in groups.items()]
        return [replace(source, records=lambda: counts) for source in found]


def _look(store: S3Store, file: SourceFile) -> Seen:
    """Walks over all blocks and counts by their heads; the job takes them apart on its workers. Raises UnreadableFileError."""
    if file.size > MOST_BYTES:
        raise UnreadableFileError(file.uri, f"it is larger than {MOST_BYTES >> 30} GB", "Write smaller files and delete it")
    try:
        walk = blocks(store.chunks(file.read_from))
        header = next(walk)
        if header.codec not in CODECS:
            remedy = f"Write it with {', '.join(CODECS)}, and land it again"
            raise UnreadableFileError(file.uri, f"it is compressed with {header.codec!r}, which the Avro format does not have", remedy)
        parse_schema(header.schema)
        return Seen(header.schema, sum(count for count, _ in walk))
    except BrokenAvroError as error:
        raise UnreadableFileError(file.uri, str(error)) from error


def _source(reading: Reading, text: str) -> Source:
    contract, record = reading.contract, parse_schema(text)
    names = {column.name: column.read_from if isinstance(column.read_from, str) else column.name for column in contract.columns}
    positions, unknown = match_columns(list(names.values()), record.names)
    found = {name: positions[in_file] for name, in_file in names.items() if in_file in positions}
    places = sorted(set(found.values()))
    columns = {name: source_column(record.inner[place], f"__c{places.index(place)}") for name, place in found.items()}
    missing_inside, unknown_inside = _inside(contract, record, found)
    fields = [StructField(f"__c{number}", read_as(record.inner[place])) for number, place in enumerate(places)]
    frame = _rows(reading, places, StructType([*fields, *(StructField(name, StringType()) for name in (CORRUPT, RAW_BYTES, PATH))]))
    source = source_of(frame, columns, contract, unknown + unknown_inside, len(reading.files))
    return replace(source, missing={**source.missing, **dict.fromkeys(missing_inside, len(reading.files))})


def _inside(contract: Contract, record: Node, found: dict[str, int]) -> tuple[list[str], list[str]]:
    """Fields of structs that the files lack, and those that the contract does not know."""
    missing, unknown = [], []
    for column in contract.columns:
        if column.name in found:
            place = found[column.name]
            inner_missing, inner_unknown = unknown_fields(record.names[place], record.inner[place], spark_type(column.type))
            missing += inner_missing
            unknown += inner_unknown
    return missing, unknown


def _rows(reading: Reading, places: list[int], frame_schema: StructType):
    modules = [sys.modules[__name__], container, decode, schema, values]
    return read_by_python(reading, modules, lambda some: _read(some, places), frame_schema)


def _read(files: Iterable, places: list[int]) -> Iterator[tuple]:
    for content, path in files:
        try:
            for row in _records(bytes(content), places):
                yield *row, path
        except BrokenAvroError:
            # The driver's count then differs from the rows, and names the file.
            continue


def _records(content: bytes, places: list[int]) -> Iterator[tuple]:
    """The wanted values, then CORRUPT and RAW_BYTES. Raises BrokenAvroError behind the blocks before the fault."""
    walk = blocks([content])
    header = next(walk)
    record = parse_schema(header.schema)
    read = reader_of(record)
    wanted = [(place, converter(record.inner[place])) for place in places]
    nothing = (None,) * len(places)
    for count, packed in walk:
        for value, start, end, data in records(read, count, unpack(header.codec, packed)):
            try:
                yield *(value[at] if convert is None or value[at] is None else convert(value[at]) for at, convert in wanted), None, None
            except UnsuitableError as error:
                yield *nothing, str(error), base64.b64encode(data[start:end]).decode("ascii")
