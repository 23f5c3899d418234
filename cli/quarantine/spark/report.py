"""What a report shows of a folder of quarantine files: rows by partition from the files' footers, and by reason a few
examples from the newest files. Reads no more rows than that, however many there are.

usage: report.py FOLDER   (JSON on stdout)
"""

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from urllib.parse import unquote

import pyarrow.parquet
from rows import REASONS
from summary import readable

EXAMPLES = 5
ROWS_LOOKED_AT = 50_000
LONGEST_VALUE = 300


def main(folder: Path) -> None:
    partitions, files, examples = Counter(), defaultdict(Counter), defaultdict(list)
    looked_at = 0
    # A file's name begins with its batch, and a batch's with its time.
    for file in sorted(folder.rglob("*.parquet"), key=lambda path: path.name, reverse=True):
        opened = pyarrow.parquet.ParquetFile(file)
        folders = [unquote(part) for part in file.relative_to(folder).parts[:-1] if "=" in part]
        partitions["/".join(folders)] += opened.metadata.num_rows
        keys = dict(part.split("=", 1) for part in folders)
        for batch in opened.iter_batches() if looked_at < ROWS_LOOKED_AT else ():
            looked_at += batch.num_rows
            for row in batch.to_pylist():
                for reason in row[REASONS] or []:
                    files[reason][row["_source_file"] or ""] += 1
                    if len(examples[reason]) < EXAMPLES:
                        examples[reason].append(shortened({**readable(row), **keys}))
    reasons = [{"reason": name, "files": dict(files[name].most_common(EXAMPLES)), "examples": examples[name]} for name in files]
    json.dump({"rows": sum(partitions.values()), "partitions": partitions, "reasons": reasons}, sys.stdout)


def shortened(row: dict) -> dict:
    texts = {name: None if value is None else str(value) for name, value in row.items()}
    return {name: text if text is None or len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…" for name, text in texts.items()}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
