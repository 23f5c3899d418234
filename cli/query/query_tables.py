"""Runs one SELECT over table folders by DuckDB: reads the request as JSON from stdin, prints one JSON object a line.

Request: {"sql", "limit": rows or null, "tables": [{"name", "folder", "columns": {column: Spark type}, "iceberg": {"location", "at": batch or null, "limit": rows or null} or null}]}.
`columns` needs to have only the partition columns, whose values stand in paths; one that it lacks is a string.
The first line is {"columns": [{"name", "type"}]}, each further one a row: a list of texts and nulls. A row more than `limit` is never read.
A problem of the SQL ends the program with exit code 2 and DuckDB's message.
"""

import json
import os
import re
import sys
from pathlib import Path

import duckdb

# What else has a partition column of a contract: texts, numbers of these names, dates and timestamps.
HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"
DUCKDB_TYPES = {"string": "VARCHAR", "byte": "TINYINT", "short": "SMALLINT", "long": "BIGINT", "int": "INTEGER"}


def main() -> None:
    request = json.load(sys.stdin)
    connection = duckdb.connect(":memory:")
    connection.execute("SET TimeZone='UTC'")
    for table in request["tables"]:
        _create_view(connection, **table)
    folders = [str(Path(table["folder"]).resolve()) for table in request["tables"]]
    # The SQL may come from another person: it reads the tables, and no other file.
    connection.execute("SET allowed_directories = ?", [folders])
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    statements = connection.extract_statements(request["sql"])
    if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
        raise duckdb.Error("give one SELECT: a query only reads")
    relation = connection.sql(statements[0].query)
    names, types = relation.columns, [str(kind) for kind in relation.types]
    _print({"columns": [{"name": name, "type": kind} for name, kind in zip(names, types, strict=True)]})
    # As texts, so that no number loses a digit on its way.
    places = [f"c{place}" for place in range(len(names))]
    texts = ", ".join(f"CAST({place} AS VARCHAR)" for place in places)
    limit = "" if request["limit"] is None else f" LIMIT {int(request['limit'])}"
    printed = relation.query("result", f"SELECT {texts} FROM result AS result({', '.join(places)}){limit}")
    while rows := printed.fetchmany(5_000):
        for row in rows:
            _print(row)


def _create_view(connection: duckdb.DuckDBPyConnection, name: str, folder: str, columns: dict[str, str], iceberg: dict | None = None) -> None:
    if iceberg:
        # Not loaded where no table needs it.
        from iceberg_table import UnknownBatchError, read

        try:
            connection.register(f"{name} in memory", read(**iceberg))
        except UnknownBatchError as error:
            raise duckdb.Error(str(error)) from error
        _show(connection, name, _quoted(f"{name} in memory"), {})
        return
    first = next(Path(folder).rglob("*.parquet"), None)
    if first is None:
        return
    keys = [part.partition("=")[0] for part in first.relative_to(folder).parts[:-1] if "=" in part]
    hive_types = ", ".join(f"{_quoted(key)}: VARCHAR" for key in keys)
    options = f"hive_partitioning = true, hive_types = {{{hive_types}}}" if keys else "hive_partitioning = false"
    # Files of an older contract lack the columns that came later.
    files = f"{folder}/**/*.parquet".replace("'", "''")
    rows = f"read_parquet('{files}', union_by_name = true, {options})"
    exact = {key: f"CAST(nullif({_quoted(key)}, '{HIVE_NULL}') AS {_duckdb_type(columns.get(key, 'string'))})" for key in keys}
    _show(connection, name, rows, exact)


def _show(connection: duckdb.DuckDBPyConnection, name: str, rows: str, exact: dict[str, str]) -> None:
    for column, kind, *_ in connection.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall():
        # The times of a table are UTC, as Athena and Spark show them.
        if kind == "TIMESTAMP WITH TIME ZONE":
            exact[column] = f"CAST({_quoted(column)} AS TIMESTAMP)"
    replaced = ", ".join(f"{value} AS {_quoted(column)}" for column, value in exact.items())
    connection.execute(f"CREATE VIEW {_quoted(name)} AS SELECT *{f' REPLACE ({replaced})' if exact else ''} FROM {rows}")


def _duckdb_type(spark_type: str) -> str:
    return DUCKDB_TYPES.get(spark_type, "VARCHAR" if re.match(r"(var)?char\(", spark_type) else spark_type.upper())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _print(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    try:
        main()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    except duckdb.Error as error:
        print(re.sub(r"^[A-Z]\w+ Error: ", "", str(error)), file=sys.stderr)
        sys.exit(2)
