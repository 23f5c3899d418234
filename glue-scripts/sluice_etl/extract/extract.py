"""One extract: the rows of a window of one table, as Parquet objects of the dataset's raw folder."""

from __future__ import annotations

from dataclasses import dataclass

from py4j.protocol import Py4JJavaError
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from ..contract import Contract
from ..lake.store import S3Store, in_parallel
from . import postgres
from .errors import ExtractError, said
from .removed import OP, removed

# Rows that the driver of the database sends at once: a whole table would not fit into a task.
FETCH_SIZE = "10000"


@dataclass(frozen=True)
class Access:
    """How the database is reached."""

    name: str
    url: str
    secret: str
    user: str
    password: str


@dataclass(frozen=True)
class JdbcSource:
    table: str
    watermark: str | None = None
    lag_seconds: int = 0
    split_by: str | None = None
    parts: int = 1
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


class Database:
    def __init__(self, spark: SparkSession, access: Access, table: str):
        self._spark, self._access, self._table = spark, access, table
        if not access.url.startswith(postgres.URL_BEGINS):
            raise ExtractError(f"connection {access.name}: its url must begin with {postgres.URL_BEGINS}")

    def query(self, sql: str, predicates: list[str] | None = None) -> DataFrame:
        properties = {"user": self._access.user, "password": self._access.password, "driver": postgres.DRIVER, "fetchsize": FETCH_SIZE, "sessionInitStatement": postgres.BEGIN_SESSION}
        where = {"predicates": predicates} if predicates else {}
        try:
            return self._spark.read.jdbc(self._access.url, f"({sql}) AS sluice", properties=properties, **where)
        except Py4JJavaError as error:
            raise self.said(error) from None

    def said(self, error: Py4JJavaError) -> Exception:
        return said(error, self._access.name, self._table, self._access.secret)


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
            types = {row["name"]: row["type"] for row in database.query(postgres.columns_sql(source.table)).collect()}
            columns = _wanted(self.contract, source, types, self.access.name)
            upper = _upper(database, source, types, self.access.name, window)
            if source.watermark and upper is None:
                return Extracted(0, (), None)
            condition = postgres.window(source.watermark, types[source.watermark], window.lower, upper) if source.watermark else ""
            rows = _read(database, source, types, columns, condition)
            _write(rows.withColumn(OP, F.lit("R")) if source.full else rows, place)
            if window.before:
                removed(self.spark, self.store, self.contract, place.scratch, window.before).write.mode("append").parquet(place.scratch)
            return Extracted(*_land(self.spark, self.store, place), upper)
        except Py4JJavaError as error:
            raise database.said(error) from None


def _wanted(contract: Contract, source: JdbcSource, types: dict[str, str], connection: str) -> dict[str, str]:
    names = {column.name: column.read_from if isinstance(column.read_from, str) else column.name for column in contract.columns}
    if source.full:
        names = {name: read_from for name, read_from in names.items() if read_from != OP}
    for role, name in [("source.jdbc.watermark", source.watermark), ("source.jdbc.split.by", source.split_by), *((f"columns.{key}", name) for key, name in names.items())]:
        if name is not None and name not in types:
            raise ExtractError(f"connection {connection}: table {source.table} has no column {name}, which {role} names; it has {', '.join(types)}")
    return {name: types[name] for name in dict.fromkeys(names.values())}


def _upper(database: Database, source: JdbcSource, types: dict[str, str], connection: str, window: Window) -> str | None:
    """None where the table has no row that is old enough."""
    if source.watermark is None:
        return None
    type = types[source.watermark]
    if not postgres.is_watermark(type):
        raise ExtractError(f"connection {connection}: column {source.watermark} of table {source.table} is {type}; a watermark is a number or a time")
    if window.upper is not None:
        return window.upper
    (bound,) = database.query(postgres.upper_bound_sql(source.table, source.watermark, type, source.lag_seconds)).collect()
    if bound["upper"] is None and bound["all_null"]:
        raise ExtractError(f"connection {connection}: column {source.watermark} of table {source.table} is NULL in every row, so it is no watermark")
    return bound["upper"]


def _read(database: Database, source: JdbcSource, types: dict[str, str], columns: dict[str, str], window: str) -> DataFrame:
    if source.split_by is None or source.parts == 1:
        return database.query(postgres.rows_sql(source.table, columns, window, None))
    sql = postgres.rows_sql(source.table, columns, window, postgres.part(source.split_by, types[source.split_by], source.parts))
    predicates = [f'"__part" = {number}' for number in range(source.parts)]
    return database.query(sql, predicates).drop("__part")


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
