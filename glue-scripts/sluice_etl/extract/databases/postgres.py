"""PostgreSQL. Its texts are what psql prints: so a numeric keeps its digits and a timestamp its microseconds, whatever a driver would make of them."""

from __future__ import annotations

import re

from ..errors import CredentialsError, ExtractError, UnreachableDatabaseError
from .database_kind import BOUND, DatabaseKind, Reason, plain

# Those without a zone are compared as UTC.
_MOMENTS = ("timestamp with time zone", "timestamp without time zone", "date")
_WHOLE = ("smallint", "integer", "bigint")


class Postgres(DatabaseKind):
    url_begins = "jdbc:postgresql:"
    driver = "org.postgresql.Driver"
    # Texts of moments are those of this zone, whatever the server's.
    begin_session = "SET TIME ZONE 'UTC'"
    fetch_size = 10_000
    # https://www.postgresql.org/docs/current/errcodes-appendix.html
    reasons = (
        Reason("28", CredentialsError, "the database refuses the user or the password; {credentials}"),
        Reason("3D000", ExtractError, "there is no such database; correct the url"),
        Reason("42501", ExtractError, "the user may not read table {table}; grant it SELECT"),
        Reason("42P01", ExtractError, "there is no table {table}; correct source.jdbc.table"),
        Reason("22", ExtractError, BOUND),
        Reason("08", UnreachableDatabaseError, "the database cannot be reached; check the url, its network and whether it runs"),
        Reason("53", UnreachableDatabaseError, "the database has no room for another connection"),
        Reason("57", UnreachableDatabaseError, "the database ended the connection"),
        Reason("40", UnreachableDatabaseError, "the database broke off the query, which met another"),
    )

    @staticmethod
    def quoted(name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    def columns_sql(self, table: str) -> str:
        return (
            "SELECT attname::text AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS required FROM pg_attribute "
            f"WHERE attrelid = {literal(self.quoted_table(table))}::regclass AND attnum > 0 AND NOT attisdropped"
        )

    def value(self, name: str, type: str) -> str:
        column = self.quoted(name)
        if type == "bytea":
            return column
        if type.endswith("[]"):
            return f"to_json({column})::text"
        if re.match(r"character\(|\"?bpchar", type):
            # A cast would cut off the blanks at its end.
            return f"textin(bpcharout({column}))"
        return self.text(column)

    def text(self, expression: str) -> str:
        return f"({expression})::text"

    def hash_part(self, name: str, type: str, parts: int) -> str:
        # Every reader computes it for every row, so whole numbers are not hashed. Not abs(): the least number has no positive twin.
        if self.is_whole(type):
            return f"mod(mod(coalesce({self.quoted(name)}, 0)::bigint, {parts}) + {parts}, {parts})"
        return f"mod(abs(coalesce(hashtext({self.quoted(name)}::text), 0)::bigint), {parts})"

    def is_whole(self, type: str) -> bool:
        return type in _WHOLE

    def is_watermark(self, type: str) -> bool:
        return plain(type) in (*_MOMENTS, *_WHOLE, "numeric")

    def bound(self, type: str, text: str) -> str:
        return f"{literal(text)}::{plain(type)}"

    def settled(self, column: str, type: str, lag_seconds: int) -> str:
        if plain(type) not in _MOMENTS:
            return "TRUE"
        now = "now()" if plain(type) == "timestamp with time zone" else "(now() AT TIME ZONE 'UTC')"
        return f"{column} <= {now} - interval '{int(lag_seconds)} seconds'"


def literal(text: str) -> str:
    """Means the same whatever standard_conforming_strings is."""
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
