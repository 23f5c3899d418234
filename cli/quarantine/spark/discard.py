"""Rows of quarantine files that are to go, and the files without them.

usage: discard.py FOLDER REST RULE FILE   (an empty RULE or FILE selects every row; JSON on stdout)

A file of which every row goes has no file in REST; neither has one of which none goes.
"""

import json
import sys
from collections import Counter
from pathlib import Path

import pyarrow
import pyarrow.compute as pc
import pyarrow.parquet
from rows import REASONS


def main(folder: Path, rest: Path, rule: str, source: str) -> None:
    reasons, files = Counter(), []
    for path in sorted(folder.rglob("*.parquet")):
        file = pyarrow.parquet.ParquetFile(path)
        gone = left = 0
        kept = []
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group)
            goes = pyarrow.array([selects(*row, rule, source) for row in zip(*columns(rows))], pyarrow.bool_())
            reasons.update(pc.list_flatten(rows.filter(goes)[REASONS]).to_pylist())
            kept.append(rows.filter(pc.invert(goes)))
            gone, left = gone + rows.num_rows - kept[-1].num_rows, left + kept[-1].num_rows
        key = path.relative_to(folder).as_posix()
        if gone and left:
            target = rest / key
            target.parent.mkdir(parents=True, exist_ok=True)
            pyarrow.parquet.write_table(pyarrow.concat_tables(kept), target, compression="snappy")
        if gone:
            files.append({"key": key, "discarded": gone, "left": left})
    json.dump({"rows": sum(each["discarded"] for each in files), "reasons": dict(reasons.most_common()), "files": files}, sys.stdout)


def columns(rows: pyarrow.Table) -> list[list]:
    return [rows[name].to_pylist() for name in (REASONS, "_source_file")]


def selects(reasons: list | None, origin: str | None, rule: str, source: str) -> bool:
    """A source file is named by its whole address or by the end of it."""
    return (not rule or rule in (reasons or [])) and (not source or origin == source or (origin or "").endswith(f"/{source}"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4])
