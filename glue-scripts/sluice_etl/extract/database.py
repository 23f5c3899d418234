"""The database of an extract: how it is reached, what is asked of it, and what it refuses."""

from __future__ import annotations

from dataclasses import dataclass

from py4j.protocol import Py4JJavaError
from pyspark.sql import DataFrame, SparkSession

from .databases.registry import database_of
from .errors import ExtractError

# Secrets that the laptop makes of what it was given with --connection (`localSecret` of infra/packaging/contracts.ts).
OF_THE_LAPTOP = "sluice-laptop/"


@dataclass(frozen=True)
class Access:
    """How the database is reached."""

    name: str
    url: str
    secret: str
    user: str
    password: str

    @property
    def correction(self) -> str:
        """Where you correct user and password."""
        return f"give others in --connection {self.name}=…" if self.secret.startswith(OF_THE_LAPTOP) else f"correct secret {self.secret}"


class Database:
    def __init__(self, spark: SparkSession, access: Access, table: str):
        self._spark, self._access, self._table = spark, access, table
        self.kind = database_of(access.name, access.url)

    def query(self, sql: str, predicates: list[str] | None = None) -> DataFrame:
        """:param predicates: a reader for each, side by side"""
        kind, access = self.kind, self._access
        properties = {"user": access.user, "password": access.password, "driver": kind.driver, "fetchsize": str(kind.fetch_size), "sessionInitStatement": kind.begin_session}
        where = {"predicates": predicates} if predicates else {}
        try:
            return self._spark.read.jdbc(access.url, f"({sql}) AS sluice", properties=properties, **where)
        except Py4JJavaError as error:
            raise self.said(error) from None

    def said(self, error: Py4JJavaError) -> Exception:
        """The error of ours for what Spark threw."""
        state, number = _sql_error(error.java_exception)
        for reason in self.kind.reasons:
            if reason.begins == f"#{number}" or state.startswith(reason.begins):
                return self.failure(reason.error, reason.text.format(table=self._table, credentials=self._access.correction))
        known = f"error {state} ({number})" if number else f"error {state}" if state else type_name(error)
        return ExtractError(f"connection {self._access.name}, table {self._table}: the database answered with {known}; its log has more")

    def failure(self, error: type[Exception], text: str) -> Exception:
        return error(f"connection {self._access.name}: {text}")


def type_name(error: Py4JJavaError) -> str:
    return error.java_exception.getClass().getSimpleName()


def _sql_error(thrown) -> tuple[str, int]:
    """SQLSTATE and the server's own number, of the first exception in the chain that has a state."""
    while thrown is not None:
        if hasattr(thrown, "getSQLState") and _is_sql(thrown) and thrown.getSQLState():
            return thrown.getSQLState(), thrown.getErrorCode()
        thrown = thrown.getCause()
    return "", 0


def _is_sql(thrown) -> bool:
    kind = thrown.getClass()
    while kind is not None:
        if kind.getName() == "java.sql.SQLException":
            return True
        kind = kind.getSuperclass()
    return False
