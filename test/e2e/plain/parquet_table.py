"""
A table of Parquet files by pyarrow, with a folder for each day, as a deployment before Iceberg has left one.

usage: parquet_table.py FOLDER
"""

import sys
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = {"2025-01-01": [("a", 1), ("b", 2)], "2025-01-02": [("c", 3)], "__HIVE_DEFAULT_PARTITION__": [("n", 4)]}


def main(folder: Path) -> None:
    for day, rows in ROWS.items():
        target = folder / f"day={day}"
        target.mkdir(parents=True)
        amounts = pa.array([Decimal(amount) for _, amount in rows], pa.decimal128(12, 2))
        pq.write_table(pa.table({"id": [key for key, _ in rows], "amount": amounts}), target / "before-0-0a1b2c3d.parquet")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
