"""Files of the curated table, whatever contract versions wrote them, as rows of today's contract."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql.types import StructType

from ...batch import Batch
from ...contract import Column, Contract
from ...formats.parquet.footers import footers
from ...formats.sources import SourceColumn, literal, load, quoted
from ...judge.cast import typed
from ...judge.expressions import ansi, expression
from ...judge.types.names import plain
from ...lake.store import StoredObject, in_parallel


@dataclass(frozen=True)
class ExistingFiles:
    batch: Batch
    by_path: dict[str, list[StoredObject]]
    """By the Hive path of their partition."""
    metrics: dict[str, int] = field(default_factory=dict)
    root: str = ""
    """Folder that the paths are below; that of the table where none is given."""

    @property
    def all(self) -> list[StoredObject]:
        return [found for files in self.by_path.values() for found in files]

    @property
    def size(self) -> int:
        return sum(found.size for found in self.all)

    @property
    def partitions(self) -> int:
        return len(self.by_path)

    def rows(self, schema: StructType) -> DataFrame | None:
        groups: dict[bytes, list[str]] = defaultdict(list)
        for file, footer in zip(self.all, footers(self.batch.store, self.all)):
            groups[footer.schema].append(file.uri)
        read = [load(self.batch.spark, "parquet", group, basePath=self.root or self.batch.settings.curated) for group in groups.values()]
        return reduce(DataFrame.unionByName, [_as_of_today(frame, self.batch.contract, schema) for frame in read]) if read else None


def find_files(batch: Batch, paths: list[str], root: str = "") -> ExistingFiles:
    def files(path: str) -> list[StoredObject]:
        folder = f"{root or batch.settings.curated}{path}{'/' if path else ''}"
        return [found for found in batch.store.list(folder) if is_rows(found)]

    return ExistingFiles(batch, dict(zip(paths, in_parallel(files, paths))), root=root)


def is_rows(found: StoredObject) -> bool:
    return found.size > 0 and found.uri.endswith(".parquet")


class ReplacedTable(ExistingFiles):
    """Files that a rebuild replaces without a look at their rows."""

    def rows(self, schema: StructType) -> DataFrame | None:
        return None


def find_table(batch: Batch, paths: list[str], root: str = "") -> ReplacedTable:
    """Every file of the table (or below `root`), in whichever folders; `paths` beside them."""
    by_path: dict[str, list[StoredObject]] = {path: [] for path in paths}
    for found in batch.store.list(root or batch.settings.curated):
        if is_rows(found):
            by_path.setdefault(found.uri.removeprefix(root or batch.settings.curated).rpartition("/")[0], []).append(found)
    return ReplacedTable(batch, by_path, root=root)


def _as_of_today(frame: DataFrame, contract: Contract, schema: StructType) -> DataFrame:
    have = {name.lower(): name for name in frame.columns}
    taken = []
    for name in contract.column_names:
        wanted = schema[name].dataType.simpleString()
        if name.lower() in have:
            taken.append(f"{_cast(frame, have[name.lower()], name, wanted)} AS {quoted(name)}")
        else:
            taken.append(f"CAST(NULL AS {wanted}) AS {quoted(name)}")
    others = [name for name in contract.curated_columns if name not in contract.column_names]
    stored = [name for name in others if name.lower() in have]
    taken += [f"{_cast(frame, have[n.lower()], n, schema[n].dataType.simpleString())} AS {quoted(n)}" for n in stored]
    today = frame.selectExpr(*taken)
    # A column that was derived only later is a matter of the row itself.
    for name in (name for name in others if name not in stored and name in contract.derive):
        derived = expression(today, contract.derive[name], f"derive.{name}")
        says = literal(f"derive.{name} fails for a row that curated holds: change the expression, or backfill")
        value = f"CASE WHEN {derived.fails} THEN CAST(raise_error({says}) AS {schema[name].dataType.simpleString()}) ELSE {derived.sql} END"
        with ansi(today.sparkSession):
            today = today.selectExpr("*", f"{value if derived.can_fail else derived.sql} AS {quoted(name)}")
    return today.select(*contract.curated_columns)


def _cast(frame: DataFrame, stored: str, name: str, wanted: str) -> str:
    source = frame.schema[stored].dataType.simpleString()
    if source == plain(wanted):
        return quoted(stored)
    value = typed(SourceColumn(quoted(stored), source), Column(name, wanted))
    # To lose what readers have today would be worse than a batch that fails.
    message = literal(f"curated holds values of {name} ({source}) that are no {wanted}: give the column its old type, or backfill")
    return f"CASE WHEN {quoted(stored)} IS NOT NULL AND {value} IS NULL THEN CAST(raise_error({message}) AS {wanted}) ELSE {value} END"
