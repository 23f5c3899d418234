"""What SQLite makes of predicates: JSON on stdin (columns, rows, predicates), for each predicate the selected rows on stdout."""

import json
import re
import sqlite3
import sys
from decimal import Decimal

asked = json.load(sys.stdin)
database = sqlite3.connect(":memory:")
database.execute("PRAGMA case_sensitive_like = ON")
# A number compares with the number that a text spells; a text that spells none is NULL, as a failed TRY_CAST is.
database.create_function(
    "spelled", 1, lambda text: float(Decimal(text)) if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text) else None, deterministic=True
)
columns = ", ".join(f"`{name}` TEXT" for name in asked["columns"])
database.execute(f"CREATE TABLE partitions (id INTEGER, {columns})")
database.executemany(
    f"INSERT INTO partitions VALUES ({', '.join('?' * (len(asked['columns']) + 1))})",
    [(index, *row) for index, row in enumerate(asked["rows"])],
)
for predicate in asked["predicates"]:
    selected = database.execute(f"SELECT id FROM partitions WHERE {predicate} ORDER BY id").fetchall()
    print(json.dumps([index for (index,) in selected]))
