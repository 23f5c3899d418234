"""Sequences whose gold tables are not what DuckDB makes of the published sources, and how many rows each table has, as JSON on stdout.

usage: gold_sequences.py FOLDER_OF_AN_EXPORT
"""

import json
import sys
from pathlib import Path

import duckdb

TABLES = {
    "purchases": {"seq": "INTEGER", "day": "DATE"},
    "buyers": {"seq": "INTEGER"},
    "monthly_sales": {"seq": "INTEGER", "month": "DATE"},
    "buyer_totals": {"seq": "INTEGER"},
    "yearly_sales": {"seq": "INTEGER", "year": "INTEGER"},
}
MONTHLY = """
SELECT p.seq, date_trunc('month', p.day)::DATE AS month, b.segment, count(*) AS purchases, sum(p.amount) AS revenue
FROM purchases p JOIN buyers b USING (seq, buyer_id) GROUP BY ALL
"""
QUERIES = {
    "monthly_sales": MONTHLY,
    "buyer_totals": """
        SELECT p.seq, p.purchase_id, p.buyer_id, b.segment, p.amount,
               sum(p.amount) OVER (PARTITION BY p.seq, p.buyer_id ORDER BY p.day, p.purchase_id ROWS UNBOUNDED PRECEDING) AS total
        FROM purchases p LEFT JOIN buyers b USING (seq, buyer_id)
    """,
    "yearly_sales": f"SELECT seq, year(month)::INTEGER AS year, sum(revenue) AS revenue, sum(purchases) AS purchases FROM ({MONTHLY}) GROUP BY ALL",
}


def main(curated: Path) -> None:
    database = duckdb.connect()
    there = [name for name in TABLES if any((curated / name).rglob("*.parquet"))]
    for name in there:
        files = sorted(map(str, (curated / name).rglob("*.parquet")))
        types = ", ".join(f"'{key}': {type_}" for key, type_ in TABLES[name].items())
        database.execute(f"CREATE TABLE {name} AS SELECT * FROM read_parquet({files}, hive_partitioning = true, hive_types = {{{types}}})")
    wrong, rows = {}, {}
    for name, query in QUERIES.items():
        if name not in there:
            continue
        expected = database.execute(f"SELECT * FROM ({query}) ORDER BY ALL").fetchall()
        columns = ", ".join(column[0] for column in database.description)
        found = database.execute(f"SELECT {columns} FROM {name} ORDER BY ALL").fetchall()
        wrong[name] = sorted({row[0] for row in set(expected) ^ set(found)} or ({"twice"} if expected != found else set()))
        rows[name] = len(found)
    json.dump({"wrong": wrong, "rows": rows}, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]) / "curated")
