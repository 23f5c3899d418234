"""One extract: the rows of a window of one table, as Parquet objects of the dataset's raw folder."""

from __future__ import annotations

from dataclasses import dataclass

from py4j.protocol import Py4JJavaError
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from ..contract import Contract
from ..lake.store import S3Store, in_parallel
from .database import Access, Database
from .databases.database_kind import BOUND, SPLIT
from .errors import ExtractError
from .removed import OP, removed
from .split import Column, Parts, hash_parts, inner_bounds, ranges


@dataclass(frozen=True)
class JdbcSource:
    table: str
    watermark: str | None = None
    lag_seconds: int = 0
    split_by: str | None = None
    parts: int = 1
    split_by_hash: bool = False
    """Of a whole number too, whose readers have ranges otherwise."""
    full: bool = False
    """Rows say whether they are there (removed.py)."""


@dataclass(frozen=True)
class Extracted:
    rows: int
    objects: tuple[str, ...]
    upper: str | None
    """Of the watermark; None for a whole table."""


@dataclass(frozen=True)
class Window:
    """Of the watermark, both included, as the database writes them."""

    lower: str | None = None
    """None: from the beginning of the table."""
    upper: str | None = None
    """None: the database is asked."""
    before: tuple[str, ...] = ()
    """Of a table that is read as a whole: URIs of what is there to compare with."""


@dataclass(frozen=True)
class Place:
    scratch: str
    """URI of a folder for what is not yet whole."""
    target: str
    """URI of the folder in raw; its objects appear whole."""


@dataclass(frozen=True)
class Extract:
    spark: SparkSession
    store: S3Store
    contract: Contract
    source: JdbcSource
    access: Access

    def run(self, place: Place, window: Window = Window()) -> Extracted:
        """
        :raises ExtractError, UnreachableDatabaseError
        """
        database, source = Database(self.spark, self.access, self.source.table), self.source
        try:
            columns = _columns(database, source.table)
            read = _wanted(database, self.contract, source, columns)
            upper = _upper(database, source, columns, window)
            if source.watermark and upper is None:
                return Extracted(0, (), None)
            condition = _condition(database, source, columns, Window(window.lower, upper)) if source.watermark else ""
            rows = _read(database, source, read, condition, _parts(database, source, columns, window))
            _write(rows.withColumn(OP, F.lit("R")) if source.full else rows, place)
            if window.before:
                removed(self.spark, self.store, self.contract, place.scratch, window.before).write.mode("append").parquet(place.scratch)
            return Extracted(*_land(self.spark, self.store, place), upper)
        except Py4JJavaError as error:
            raise database.said(error) from None


def _columns(database: Database, table: str) -> dict[str, Column]:
    found = {row["name"]: Column(row["type"], bool(row["required"])) for row in database.query(database.kind.columns_sql(table)).collect()}
    if not found:
        raise database.failure(ExtractError, f"there is no table {table}, or the user may not read it; correct source.jdbc.table, or grant SELECT")
    return found


def _wanted(database: Database, contract: Contract, source: JdbcSource, columns: dict[str, Column]) -> dict[str, str]:
    """Name → type of what is read."""
    names = {column.name: column.read_from if isinstance(column.read_from, str) else column.name for column in contract.columns}
    if source.full:
        names = {name: read_from for name, read_from in names.items() if read_from != OP}
    for role, name in [("source.jdbc.watermark", source.watermark), ("source.jdbc.split.by", source.split_by), *((f"columns.{key}", name) for key, name in names.items())]:
        if name is not None and name not in columns:
            raise database.failure(ExtractError, f"table {source.table} has no column {name}, which {role} names; it has {', '.join(columns)}")
    return {name: columns[name].type for name in dict.fromkeys(names.values())}


def _upper(database: Database, source: JdbcSource, columns: dict[str, Column], window: Window) -> str | None:
    """None where the table has no row that is old enough."""
    if source.watermark is None:
        return None
    type = columns[source.watermark].type
    if not database.kind.is_watermark(type):
        raise database.failure(ExtractError, f"column {source.watermark} of table {source.table} is {type}; a watermark is a number or a time")
    if window.upper is not None:
        return window.upper
    (bound,) = database.query(database.kind.upper_bound_sql(source.table, source.watermark, type, source.lag_seconds)).collect()
    if bound["upper"] is None and bound["all_null"]:
        raise database.failure(ExtractError, f"column {source.watermark} of table {source.table} is NULL in every row, so it is no watermark")
    return bound["upper"]


def _condition(database: Database, source: JdbcSource, columns: dict[str, Column], window: Window) -> str:
    type = columns[source.watermark].type
    for bound in (window.lower, window.upper):
        if bound is not None and not database.kind.is_bound(type, bound):
            raise database.failure(ExtractError, BOUND.format(table=source.table))
    return database.kind.window(source.watermark, type, window.lower, window.upper)


def _parts(database: Database, source: JdbcSource, columns: dict[str, Column], window: Window) -> Parts | None:
    """None for one reader."""
    if source.split_by is None or source.parts == 1:
        return None
    column = columns[source.split_by]
    # What has changed lately often has the highest numbers, which would all be in the last range.
    if source.split_by_hash or window.lower is not None or not database.kind.is_whole(column.type):
        return hash_parts(database.kind, source.split_by, column.type, source.parts)
    (found,) = database.query(database.kind.range_sql(source.table, source.split_by)).collect()
    bounds = inner_bounds(int(found["lowest"]), int(found["highest"]), source.parts) if found["lowest"] is not None else []
    return ranges(database.kind, source.split_by, column, bounds) if bounds else None


def _read(database: Database, source: JdbcSource, columns: dict[str, str], window: str, parts: Parts | None) -> DataFrame:
    if parts is None:
        return database.query(database.kind.rows_sql(source.table, columns, window, None)).toDF(*columns)
    return database.query(database.kind.rows_sql(source.table, columns, window, parts.column), parts.predicates).drop(SPLIT).toDF(*columns)


def _write(rows: DataFrame, place: Place) -> None:
    rows.write.mode("overwrite").parquet(place.scratch)


def _land(spark: SparkSession, store: S3Store, place: Place) -> tuple[int, tuple[str, ...]]:
    """The objects get their names only when all of them are written: a reader that fails half way leaves none."""
    files = sorted(stored.uri for stored in store.list(place.scratch) if stored.uri.endswith(".parquet"))
    counts = spark.read.parquet(place.scratch).groupBy(F.col("_metadata.file_path").alias("path")).count().collect() if files else []
    filled = {row["path"].rpartition("/")[2] for row in counts}
    kept = [uri for uri in files if uri.rpartition("/")[2] in filled]
    targets = [f"{place.target}part-{number:05}.parquet" for number in range(len(kept))]
    in_parallel(lambda pair: store.copy(*pair), list(zip(kept, targets)))
    store.remove([stored.uri for stored in store.list(place.scratch)])
    return sum(row["count"] for row in counts), tuple(targets)
