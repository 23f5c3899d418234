"""XML: a row for each element of one name (`row_tag`)."""

from __future__ import annotations

import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pyspark.sql import DataFrame

from ...contract import Contract
from ...errors import UnreadableFileError
from ...lake.inputs import SourceFile
from ...lake.store import S3Store, in_parallel
from .. import heads
from ..heads import is_packed, unpacked
from ..limits import within_limit
from ..json.places import is_container, paths_of
from ..python_reader import PythonFormat, read_by_python
from ..source_format import Reading
from ..sources import PATH, Source, SourceColumn, text_column
from . import rows
from .rows import BrokenXmlError, Rows, Wanted, value_of


@dataclass(frozen=True)
class Seen:
    """Of one file."""

    count: int
    lacking: tuple[str, ...]
    unknown: tuple[str, ...]
    """Elements and attributes of its rows that no column names."""


class XmlFormat(PythonFormat):
    def find_sources(self, reading: Reading) -> list[Source]:
        contract = reading.contract
        seen = in_parallel(lambda file: _look(reading.store, file, contract), reading.files)
        counts = {file.uri: found.count for file, found in zip(reading.files, seen)}
        groups: dict[tuple[str, ...], list[SourceFile]] = defaultdict(list)
        missing, unknown = defaultdict(Counter), defaultdict(Counter)
        for file, found in zip(reading.files, seen):
            # Only a contract that sets rows aside for it needs to tell the files apart; else one frame reads them all.
            group = found.lacking if contract.missing == "quarantine" else ()
            groups[group].append(file)
            missing[group].update(found.lacking)
            unknown[group].update(found.unknown)
        return [
            Source(_rows(replace(reading, files=files)), _columns(contract, group), dict(missing[group]), dict(unknown[group]), records=lambda: counts)
            for group, files in groups.items()
        ]


def _wanted(contract: Contract) -> list[Wanted]:
    return [Wanted(tuple(paths_of(column)), is_container(column), column.type.lower().startswith("array<")) for column in contract.columns]


def _columns(contract: Contract, lacking: tuple[str, ...]) -> dict[str, SourceColumn]:
    nulls = contract.options.get("null_values", [])
    texts = {name: f"__fields[{place}]" for place, name in enumerate(contract.column_names) if name not in lacking}
    return {name: text_column(text, nulls) for name, text in texts.items()}


def _look(store: S3Store, file: SourceFile, contract: Contract) -> Seen:
    """Counts the rows and notes their names; the job reads them again on its workers. Raises UnreadableFileError."""
    wanted = dict(zip(contract.column_names, _wanted(contract)))
    first = {path[0] for column in wanted.values() for path in column.paths}
    count, left, unknown = 0, dict(wanted), {}
    try:
        plain = unpacked(file.read_from, store.chunks(file.read_from))
        plain = within_limit(file, plain, contract) if is_packed(file.read_from) else plain
        for row in Rows(contract.options["row_tag"]).of(plain):
            count += 1
            left = {name: column for name, column in left.items() if not any(map(row.at, column.paths))}
            unknown.update(dict.fromkeys(name for name in (*(part.name for part in row.inner), *(f"@{name}" for name in row.attributes)) if name not in first))
    except BrokenXmlError as error:
        raise UnreadableFileError(file.uri, str(error)) from error
    except (zlib.error, OSError, EOFError) as error:
        raise UnreadableFileError(file.uri, "it is not compressed as its name says") from error
    if count == 0:
        remedy = "Give source.options the row_tag that the file has, or delete it"
        raise UnreadableFileError(file.uri, f"it has no element {contract.options['row_tag']}", remedy)
    return Seen(count, tuple(left), tuple(unknown))


def _rows(reading: Reading) -> DataFrame:
    tag, wanted = reading.contract.options["row_tag"], _wanted(reading.contract)
    modules = [sys.modules[__name__], rows, heads]
    return read_by_python(reading, modules, lambda some: _read(some, tag, wanted), f"__fields ARRAY<STRING>, {PATH} STRING")


def _read(files: Iterable, tag: str, wanted: list[Wanted]) -> Iterator[tuple[list[str | None], str]]:
    for content, path in files:
        try:
            for row in Rows(tag).of(unpacked(path, [bytes(content)])):
                yield [value_of(row, column) for column in wanted], path
        except BrokenXmlError:
            # The driver's count finds it too, and names the file.
            continue
