"""Quarantined rows by reason: how many, from which files, with examples.

usage: summary.py FOLDER   (JSON on stdout)
"""

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

from rows import REASONS, quarantined_rows

EXAMPLES = 3
FILES = 10


def main(folder: Path) -> None:
    total, counts, files, examples = 0, Counter(), defaultdict(Counter), defaultdict(list)
    for row in quarantined_rows(folder):
        total += 1
        for reason in row[REASONS] or []:
            counts[reason] += 1
            files[reason][row["_source_file"]] += 1
            if len(examples[reason]) < EXAMPLES:
                examples[reason].append(readable(row))
    reasons = [
        {"reason": reason, "rows": rows, "files": dict(files[reason].most_common(FILES)), "examples": examples[reason]}
        for reason, rows in counts.most_common()
    ]
    json.dump({"rows": total, "reasons": reasons}, sys.stdout, ensure_ascii=False)


def readable(row: dict) -> dict:
    """What was read; of a malformed record that is its text."""
    if row["_raw_record"] is not None:
        return {"_raw_record": row["_raw_record"]}
    return {name: value for name, value in row.items() if not name.startswith("_")}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
