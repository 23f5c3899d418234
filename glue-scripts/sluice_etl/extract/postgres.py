"""
SQL for PostgreSQL. Values come as the texts that the server itself writes, which is what psql prints: so a numeric keeps its digits and a
timestamp its microseconds, whatever a driver would make of them. The contract's types are judged on them later, as on any file.
"""

from __future__ import annotations

import re

DRIVER = "org.postgresql.Driver"
URL_BEGINS = "jdbc:postgresql:"
# Those without a zone are compared as UTC.
_MOMENTS = ("timestamp with time zone", "timestamp without time zone", "date")
_NUMBERS = ("smallint", "integer", "bigint", "numeric")


# Texts of moments are those of this zone, whatever the server's.
BEGIN_SESSION = "SET TIME ZONE 'UTC'"


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def quoted_table(table: str) -> str:
    return ".".join(quoted(part) for part in table.split("."))


def literal(text: str) -> str:
    """Means the same whatever standard_conforming_strings is."""
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def columns_sql(table: str) -> str:
    """`name` and `type` of each column; fails for a table that is not there."""
    return (
        "SELECT attname::text AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute "
        f"WHERE attrelid = {literal(quoted_table(table))}::regclass AND attnum > 0 AND NOT attisdropped"
    )


def value(name: str, type: str) -> str:
    """A column as it is extracted: bytes as they are, all else as text."""
    column = quoted(name)
    if type == "bytea":
        return column
    if type.endswith("[]"):
        return f"to_json({column})::text"
    if re.match(r"character\(|\"?bpchar", type):
        # A cast would cut off the blanks at its end.
        return f"textin(bpcharout({column}))"
    return f"{column}::text"


def part(name: str, type: str, parts: int) -> str:
    """Which of so many parts a row belongs to. NULL is in one of them. Every reader computes it for every row, so whole numbers are not hashed."""
    if type in ("smallint", "integer", "bigint"):
        # Not abs(): the least number has no positive twin.
        return f"mod(mod(coalesce({quoted(name)}, 0)::bigint, {parts}) + {parts}, {parts})"
    return f"mod(abs(coalesce(hashtext({quoted(name)}::text), 0)::bigint), {parts})"


def is_watermark(type: str) -> bool:
    return plain(type) in (*_MOMENTS, *_NUMBERS)


def plain(type: str) -> str:
    """Without lengths."""
    return re.sub(r"\(\d+(,\d+)?\)", "", type)


def upper_bound_sql(table: str, column: str, type: str, lag_seconds: int) -> str:
    """`upper`: the highest value that is older than `lag_seconds`, as text, NULL for none; `all_null`: whether no row of a filled table has a value."""
    name = quoted(column)
    zoned, settled = plain(type) == "timestamp with time zone", "TRUE"
    if plain(type) in _MOMENTS:
        now = "now()" if zoned else "(now() AT TIME ZONE 'UTC')"
        settled = f"{name} <= {now} - interval '{int(lag_seconds)} seconds'"
    # Each part of it is answered by an index on the column, where there is one.
    highest = f"(SELECT max({name}) FROM {quoted_table(table)} WHERE {settled})"
    has = f"EXISTS (SELECT FROM {quoted_table(table)}{{}})".format
    return f"SELECT ({highest})::text AS upper, {has('')} AND NOT {has(f' WHERE {name} IS NOT NULL')} AS all_null"


def rows_sql(table: str, columns: dict[str, str], window: str, split: str | None) -> str:
    """`columns`: name → type. `window`: SQL of a condition, or empty."""
    selected = [f"{value(name, type)} AS {quoted(name)}" for name, type in columns.items()]
    selected += [f"{split} AS \"__part\""] if split else []
    return f"SELECT {', '.join(selected)} FROM {quoted_table(table)}" + (f" WHERE {window}" if window else "")


def window(column: str, type: str, lower: str | None, upper: str) -> str:
    """From the lower bound on, which is read again, to the upper one. Rows without a watermark are read each time: no window would have them."""
    bounds = [f"{quoted(column)} <= {literal(upper)}::{plain(type)}"]
    if lower is not None:
        bounds.insert(0, f"{quoted(column)} >= {literal(lower)}::{plain(type)}")
    return f"({' AND '.join(bounds)} OR {quoted(column)} IS NULL)"
