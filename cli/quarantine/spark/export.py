"""Quarantined rows as CSV or JSON lines, for repair.

usage: export.py FOLDER csv|csv-raw|jsonl OUTPUT [REASON]   (JSON on stdout: rows, and cells that were marked as text)
"""

import csv
import json
import re
import sys
from pathlib import Path

from rows import REASONS, quarantined_rows

# What a spreadsheet runs: https://owasp.org/www-community/attacks/CSV_Injection (with the wide forms that Excel takes for them).
_FORMULA = re.compile("[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?(\d[\d.,]*|\.\d+)([eE][+-]?\d+)?")


def main(folder: Path, kind: str, output: Path, reason: str | None = None) -> None:
    rows = list(quarantined_rows(folder, reason))
    marked = 0

    def cell(value):
        nonlocal marked
        text = value if isinstance(value, str) else None
        if kind == "csv-raw" or text is None or not _FORMULA.match(text) or _NUMBER.fullmatch(text):
            return value
        marked += 1
        return f"'{text}"

    with output.open("w", encoding="utf-8", newline="") as file:
        if kind == "jsonl":
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        else:
            names = list(dict.fromkeys(name for row in rows for name in row))
            # As RFC 4180 has it; with a plain line feed the writer would leave a carriage return in a cell unquoted.
            writer = csv.writer(file, lineterminator="\r\n")
            writer.writerow(map(cell, names))
            texts = ({**row, REASONS: " ".join(row[REASONS] or [])} for row in rows)
            writer.writerows([cell(row.get(name)) for name in names] for row in texts)
    print(json.dumps({"rows": len(rows), "marked": marked}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), *sys.argv[4:5])
