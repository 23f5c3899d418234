"""What a database refuses, as one sentence that names connection, table and column, and never a credential."""

from __future__ import annotations

from py4j.protocol import Py4JJavaError


class ExtractError(Exception):
    """The extract cannot be made as it is; the message has what to change."""


class CredentialsError(ExtractError):
    """The database does not take the user or the password."""


class UnreachableDatabaseError(Exception):
    """The database did not answer, or is busy; trying again may help."""


# SQLSTATE or its first letters, https://www.postgresql.org/docs/current/errcodes-appendix.html → what it means, and what helps.
_REASONS: list[tuple[str, type[Exception], str]] = [
    ("28", CredentialsError, "the database refuses the user or the password; correct secret {secret}"),
    ("3D000", ExtractError, "there is no such database; correct the url"),
    ("42501", ExtractError, "the user may not read table {table}; grant it SELECT"),
    ("42P01", ExtractError, "there is no table {table}; correct source.jdbc.table"),
    ("22", ExtractError, "a bound of the window is no value of the watermark of table {table}; correct it, or extract the whole table with --all"),
    ("08", UnreachableDatabaseError, "the database cannot be reached; check the url, its network and whether it runs"),
    ("53", UnreachableDatabaseError, "the database has no room for another connection"),
    ("57", UnreachableDatabaseError, "the database ended the connection"),
    ("40", UnreachableDatabaseError, "the database broke off the query, which met another"),
]


def said(error: Py4JJavaError, connection: str, table: str, secret: str) -> Exception:
    """The error of ours for what Spark threw."""
    state = _sql_state(error.java_exception)
    for beginning, kind, reason in _REASONS:
        if state.startswith(beginning):
            return kind(f"connection {connection}: {reason.format(table=table, secret=secret)}")
    known = f"error {state}" if state else type_name(error)
    return ExtractError(f"connection {connection}, table {table}: the database answered with {known}; its log has more")


def type_name(error: Py4JJavaError) -> str:
    return error.java_exception.getClass().getSimpleName()


def _sql_state(thrown) -> str:
    """Of the first exception in the chain that has one."""
    while thrown is not None:
        if hasattr(thrown, "getSQLState") and _is_sql(thrown):
            return thrown.getSQLState() or ""
        thrown = thrown.getCause()
    return ""


def _is_sql(thrown) -> bool:
    kind = thrown.getClass()
    while kind is not None:
        if kind.getName() == "java.sql.SQLException":
            return True
        kind = kind.getSuperclass()
    return False
