"""Quarantined rows as CSV or JSON lines, for whoever is to repair them.

usage: export.py FOLDER csv|jsonl OUTPUT [REASON]   (the number of rows on stdout)
"""

import csv
import json
import sys
from pathlib import Path

from rows import REASONS, quarantined_rows


def main(folder: Path, kind: str, output: Path, reason: str | None = None) -> None:
    rows = list(quarantined_rows(folder, reason))
    with output.open("w", encoding="utf-8", newline="") as file:
        if kind == "jsonl":
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        else:
            names = list(dict.fromkeys(name for row in rows for name in row))
            writer = csv.DictWriter(file, names, lineterminator="\n")
            writer.writeheader()
            writer.writerows({**row, REASONS: " ".join(row[REASONS] or [])} for row in rows)
    print(len(rows))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), *sys.argv[4:5])
