"""Writes one Parquet file as Spark does: snappy, dictionaries, decimals as integers. usage: staged_files.py FILE"""

import sys
from decimal import Decimal
from hashlib import sha512

import pyarrow as pa
import pyarrow.parquet as pq

rows = 1100
table = pa.table(
    {
        "origin": ["PHL" if row < 144 else None if row == 1000 else "EWR" for row in range(rows)],
        "seats": pa.array([row for row in range(rows)], pa.int32()),
        "id": pa.array([row // 2 * 10**15 for row in range(rows)], pa.int64()),
        "note": [sha512(str(row).encode()).hexdigest() for row in range(rows)],
        "fare": pa.array([Decimal(row) / 100 for row in range(rows)], pa.decimal128(10, 2)),
    }
)
pq.write_table(table, sys.argv[1], compression="snappy", row_group_size=400, store_decimal_as_integer=True)
