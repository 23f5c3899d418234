"""Which keys the objects of a file have."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ...contract import Contract
from ...lake.inputs import SourceFile
from ...lake.store import in_parallel
from ..sources import PATH, spark_path
from .places import Path, Shape, paths_of, shape_of

# What the first bytes of a file show is nearly always all that there is to know of its keys.
LOOK = 256 * 1024


@dataclass
class Keys:
    """Of one file. A path is that of a key: (address, zip) is the key zip of the object at address."""

    paths: dict[Path, None] = field(default_factory=dict)
    unknown: dict[Path, None] = field(default_factory=dict)
    whole: bool = True
    """Whether all of the file was looked at for keys inside of other objects."""

    def has(self, path: Path) -> bool:
        return path in self.paths or (not self.whole and path[:1] in self.paths)

    def missing_inside(self, shape: Shape, outer: Path = ()) -> list[Path]:
        """Fields of structs that no object at their place has, where there are such objects."""
        found = []
        for key, inner in shape.keys.items():
            path = (*outer, key)
            if outer and shape.complete and self.whole and path not in self.paths:
                found.append(path)
            elif path in self.paths and any(other[: len(path)] == path for other in self.paths if len(other) > len(path)):
                found += self.missing_inside(inner, path)
        return found


Head = Callable[[SourceFile], tuple[list[str], bool]]
"""The records in the first LOOK bytes of a file, and whether these are the whole file."""


def keys_of(files: list[SourceFile], contract: Contract, head: Head, lines: Callable[[list[SourceFile]], DataFrame]) -> list[Keys]:
    """
    `lines`: files → a frame of their records (`value` and PATH). Keys that the contract needs are found wherever they first stand in a file. Keys inside of other objects are looked for in its first LOOK
    bytes, and so are keys that the contract does not know, unless these fail the batch: to take every line apart costs a third of the scan.
    """
    shape = shape_of(contract)
    needed = {path[0] for column in contract.columns for path in paths_of(column)}
    found = in_parallel(lambda file: _keys_of_head(*head(file), shape), files)
    doubtful = [
        (file, needed - {path[0] for path in keys.paths})
        for file, keys in zip(files, found)
        if not keys.whole and (contract.unknown == "fail" or any((key,) not in keys.paths for key in needed))
    ]
    if doubtful:
        sought = None if contract.unknown == "fail" else set().union(*(lacking for _, lacking in doubtful))
        further = _keys_of_lines(lines([file for file, _ in doubtful]), sought)
        for file, keys in zip(files, found):
            for key in further.get(spark_path(file.read_from), ()):
                keys.paths[(key,)] = None
                if key not in needed:
                    keys.unknown[(key,)] = None
    return found


def _keys_of_lines(lines: DataFrame, sought: set[str] | None) -> dict[str, list[str]]:
    """PATH → those of the sought keys that stand anywhere in the file; every key for None. Lines without them are not taken apart."""
    if sought is not None:
        # What is not ASCII may be written as escapes.
        signs = {f'"{name}"' if name.isascii() else "\\u" for name in sought} | {f'"{name}"' for name in sought}
        lines = lines.where(reduce(or_, (F.col("value").contains(sign) for sign in sorted(signs))))
    keys = lines.select(PATH, F.explode(F.json_object_keys("value")).alias("key"))
    if sought is not None:
        keys = keys.where(F.col("key").isin(*sought))
    found: dict[str, list[str]] = defaultdict(list)
    for path, key in sorted(tuple(row) for row in keys.distinct().collect()):
        found[path].append(key)
    return found


def _keys_of_head(lines: list[str], whole: bool, shape: Shape) -> Keys:
    keys = Keys(whole=whole)
    for line in lines:
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            _note(value, shape, (), keys)
    return keys


def _note(value: dict, shape: Shape, outer: Path, keys: Keys) -> None:
    for key, inner in value.items():
        path = (*outer, key)
        keys.paths[path] = None
        known = shape.keys.get(key)
        if known is None and shape.complete:
            keys.unknown[path] = None
        if known is not None and known.keys:
            note_inside(inner, known, path, keys)


def note_inside(value: object, shape: Shape, outer: Path, keys: Keys) -> None:
    """Notes in `keys` those of the objects in `value`, which is at `outer`."""
    for each in _objects(value):
        _note(each, shape, outer, keys)


def _objects(value: object) -> list[dict]:
    if isinstance(value, list):
        return [found for each in value for found in _objects(each)]
    return [value] if isinstance(value, dict) else []
