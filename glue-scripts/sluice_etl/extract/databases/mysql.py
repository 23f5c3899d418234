"""MySQL and MariaDB. Their texts are what the server's own client prints, but a float, which that rounds to six digits."""

from __future__ import annotations

import re

from ..errors import CredentialsError, ExtractError, UnreachableDatabaseError
from .database_kind import BOUND, DatabaseKind, Reason, plain

_WHOLE = ("tinyint", "smallint", "mediumint", "int", "bigint")
# Those without a zone are compared as UTC.
_MOMENTS = ("timestamp", "datetime", "date")
_BYTES = ("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob")
_GEOMETRY = ("geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon", "geometrycollection", "geomcollection")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?))?")


class MySql(DatabaseKind):
    url_begins = "jdbc:mysql:"
    driver = "com.mysql.cj.jdbc.Driver"
    # Texts of moments are those of this zone, and no mode of the server pads texts or gives quotes another meaning.
    begin_session = "SET SESSION time_zone = '+00:00', SESSION sql_mode = ''"
    # Row by row: with any other number the driver keeps the whole result,
    # https://dev.mysql.com/doc/connector-j/en/connector-j-reference-implementation-notes.html
    fetch_size = -(2**31)
    # https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
    reasons = (
        Reason("28", CredentialsError, "the database refuses the user or the password; {credentials}"),
        Reason("#1044", ExtractError, "the user may not use this database; grant it SELECT, or correct the url"),
        Reason("#1049", ExtractError, "there is no such database; correct the url"),
        Reason("#1142", ExtractError, "the user may not read table {table}; grant it SELECT"),
        Reason("#1143", ExtractError, "the user may not read each column of table {table}; grant it SELECT"),
        Reason("#1146", ExtractError, "there is no table {table}; correct source.jdbc.table"),
        Reason("#1292", ExtractError, BOUND),
        Reason("#1525", ExtractError, BOUND),
        Reason("#1040", UnreachableDatabaseError, "the database has no room for another connection"),
        Reason("#1203", UnreachableDatabaseError, "the user has no room for another connection"),
        Reason("#1226", UnreachableDatabaseError, "the user has no room for another connection"),
        Reason("#1205", UnreachableDatabaseError, "the database broke off the query, which waited for another"),
        Reason("#1317", UnreachableDatabaseError, "the database ended the query"),
        Reason("08", UnreachableDatabaseError, "the database cannot be reached; check the url, its network and whether it runs"),
        Reason("40", UnreachableDatabaseError, "the database broke off the query, which met another"),
    )

    @staticmethod
    def quoted(name: str) -> str:
        return "`" + name.replace("`", "``") + "`"

    def columns_sql(self, table: str) -> str:
        schema, _, name = table.rpartition(".")
        return (
            "SELECT column_name AS name, column_type AS type, is_nullable = 'NO' AS required FROM information_schema.columns "
            f"WHERE table_schema = {literal(schema) if schema else 'database()'} AND table_name = {literal(name)} ORDER BY ordinal_position"
        )

    def value(self, name: str, type: str) -> str:
        column, kind = self.quoted(name), _kind(type)
        if kind in _BYTES:
            return column
        if kind in _GEOMETRY:
            return f"ST_AsText({column})"
        if kind == "bit":
            return self.text(f"CAST({column} AS UNSIGNED)")
        if kind == "float":
            # As the double of the same value, all digits of which are printed.
            return self.text(f"{column} + 0e0")
        # Without the zeros that fill it up.
        return self.text(f"{column} + 0" if "zerofill" in type else column)

    def text(self, expression: str) -> str:
        return f"CONVERT(({expression}) USING utf8mb4)"

    def hash_part(self, name: str, type: str, parts: int) -> str:
        if self.is_whole(type):
            return f"MOD(MOD(COALESCE({self.quoted(name)}, 0), {parts}) + {parts}, {parts})"
        return f"MOD(CRC32(COALESCE({self.value(name, type)}, '')), {parts})"

    def is_whole(self, type: str) -> bool:
        return _kind(type) in _WHOLE

    def is_watermark(self, type: str) -> bool:
        return _kind(type) in (*_WHOLE, *_MOMENTS, "decimal")

    def is_bound(self, type: str, text: str) -> bool:
        # Of anything else a cast makes 0 or NULL.
        return (_MOMENT if _kind(type) in _MOMENTS else _NUMBER).fullmatch(text) is not None

    def bound(self, type: str, text: str) -> str:
        if _kind(type) not in _MOMENTS:
            return text
        day, time = _MOMENT.fullmatch(text).groups()
        return f"TIMESTAMP'{day} {time or '00:00:00'}'"

    def settled(self, column: str, type: str, lag_seconds: int) -> str:
        if _kind(type) not in _MOMENTS:
            return "TRUE"
        return f"{column} <= UTC_TIMESTAMP(6) - INTERVAL {int(lag_seconds)} SECOND"


def literal(text: str) -> str:
    """Means the same whatever sql_mode and character set are."""
    return f"CONVERT(X'{text.encode().hex()}' USING utf8mb4)"


def _kind(type: str) -> str:
    """`bigint(20) unsigned` → `bigint`."""
    return plain(type).split(" ")[0].split("(")[0]
