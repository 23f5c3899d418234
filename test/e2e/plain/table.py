"""The rows of a table in a folder of Parquet files, with Hive partitions as columns, as JSON on stdout.

usage: table.py FOLDER [PARTITION_COLUMN...]
"""

import json
import sys
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote

import pyarrow.parquet


def main(folder: Path) -> None:
    rows = []
    for file in sorted(folder.rglob("*.parquet")):
        parts = (part.split("=", 1) for part in file.relative_to(folder).parts[:-1])
        keys = {name: unquote(value) for name, value in parts}
        table = pyarrow.parquet.ParquetFile(file).read()
        rows += [{**{name: plain(value) for name, value in row.items()}, **keys} for row in table.to_pylist()]
    json.dump(rows, sys.stdout, ensure_ascii=False)


def plain(value):
    if hasattr(value, "isoformat"):
        return value.replace(tzinfo=None).isoformat() if hasattr(value, "tzinfo") else value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


if __name__ == "__main__":
    main(Path(sys.argv[1]))
