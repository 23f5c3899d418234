"""Fields of structs that the contract knows and the JSON texts of a CSV file lack, or the other way round."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator

from ...contract import Column
from ...lake.inputs import SourceFile
from ...lake.store import S3Store, in_parallel
from ..heads import head_bytes
from ..json.keys import LOOK, Keys, note_inside
from ..json.places import is_container, shape_of_columns
from .header import header_names
from .options import CsvOptions


def drift_inside(store: S3Store, files: list[SourceFile], options: CsvOptions, places: dict[int, Column]) -> tuple[Counter, Counter]:
    """
    Files that lack a field, and files that have one that the contract does not know, by the field as a.b.c; from the first LOOK bytes of each.
    `places`: columns by their position in the files, all of which have one header.
    """
    nested = {index: column for index, column in places.items() if is_container(column)}
    missing, unknown = Counter(), Counter()
    shape = shape_of_columns(list(nested.values()))
    if any(inner.keys for inner in shape.keys.values()):
        for keys in in_parallel(lambda file: _keys(store, file, options, nested), files):
            missing.update(map(".".join, keys.missing_inside(shape)))
            unknown.update(map(".".join, keys.unknown))
    return missing, unknown


def _keys(store: S3Store, file: SourceFile, options: CsvOptions, nested: dict[int, Column]) -> Keys:
    content, whole = head_bytes(store, file, LOOK)
    shape, keys = shape_of_columns(list(nested.values())), Keys(whole=whole)
    for record in _records(content.decode(options.encoding, errors="replace"), options):
        fields = header_names(record, options)
        for index, column in nested.items():
            try:
                value = json.loads(fields[index])
            except (IndexError, ValueError, RecursionError):
                continue
            keys.paths[(column.name,)] = None
            note_inside(value, shape.keys[column.name], (column.name,), keys)
    return keys


def _records(text: str, options: CsvOptions) -> Iterator[str]:
    at, one = 0, re.compile(rf"({options.record})(?:\r\n|\r|\n|\Z)")
    while at < len(text) and (found := one.match(text, at)):
        yield found[1]
        at = found.end()
