"""Quarantined rows by reason: how many, from which files, with examples.

usage: summary.py FOLDER [EXAMPLES [REASON]]   (JSON on stdout)
"""

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pyarrow
import pyarrow.compute as pc
import pyarrow.parquet
from rows import REASONS, partition_keys

EXAMPLES = 3
FILES = 10


def main(folder: Path, most: int = EXAMPLES, wanted: str | None = None) -> None:
    total, counts, files, examples = 0, Counter(), defaultdict(Counter), defaultdict(list)
    # A file's name begins with its batch, and a batch's with its time: examples are of the newest.
    for path in sorted(folder.rglob("*.parquet"), key=lambda each: each.name, reverse=True):
        file = pyarrow.parquet.ParquetFile(path)
        for group in range(file.num_row_groups):
            # Columns that hold values are read only where an example is still looked for.
            rows = file.read_row_group(group, columns=[REASONS, "_source_file"]).combine_chunks()
            total += rows.num_rows
            parents = pc.list_parent_indices(rows[REASONS])
            reasons = pyarrow.table({"at": parents, "reason": pc.list_flatten(rows[REASONS])})
            reasons = reasons.append_column("file", pc.take(rows["_source_file"], parents))
            for row in reasons.group_by(["reason", "file"]).aggregate([("at", "count"), ("at", "min")]).to_pylist():
                counts[row["reason"]] += row["at_count"]
                files[row["reason"]][row["file"]] += row["at_count"]
            lacking = [reason for reason in counts if len(examples[reason]) < most and wanted in (None, reason)]
            found = {reason: positions(reasons, reason, most - len(examples[reason])) for reason in lacking}
            if any(found.values()):
                whole = file.read_row_group(group)
                for reason, at in found.items():
                    examples[reason] += [{**readable(row), **partition_keys(folder, path)} for row in whole.take(at).to_pylist()]
    reasons = [
        {"reason": reason, "rows": rows, "files": dict(files[reason].most_common(FILES)), "examples": examples[reason]}
        for reason, rows in counts.most_common()
    ]
    json.dump({"rows": total, "reasons": reasons}, sys.stdout, ensure_ascii=False, default=str)


def positions(reasons: pyarrow.Table, reason: str, most: int) -> list[int]:
    return reasons.filter(pc.field("reason") == reason)["at"].slice(0, most).to_pylist()


def readable(row: dict) -> dict:
    """What was read; of a malformed record that is its text."""
    if row["_raw_record"] is not None:
        return {"_raw_record": row["_raw_record"]}
    return {name: value for name, value in row.items() if not name.startswith("_")}


if __name__ == "__main__":
    main(Path(sys.argv[1]), *[int(word) for word in sys.argv[2:3]], *sys.argv[3:4])
