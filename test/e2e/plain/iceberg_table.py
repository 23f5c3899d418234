"""
The rows of an Iceberg table in a folder, as pyiceberg reads them, and the files that it names outside of the folder, as JSON on stdout.

usage: iceberg_table.py FOLDER
"""

import json
import sys
from pathlib import Path

from pyiceberg.table import StaticTable

from table import plain


def main(folder: Path) -> None:
    table = StaticTable.from_metadata(str(folder))
    rows = [{name: plain(value) for name, value in row.items()} for row in table.scan().to_arrow().to_pylist()]
    tasks = list(table.scan().plan_files())
    named = [file.file_path for task in tasks for file in [task.file, *task.delete_files]]
    named += [manifest.manifest_path for manifest in table.current_snapshot().manifests(table.io)]
    named += [table.metadata.location, *(snapshot.manifest_list for snapshot in table.metadata.snapshots)]
    elsewhere = sorted({path for path in named if not path.startswith(folder.resolve().as_uri())})
    deletes = sum(len(task.delete_files) for task in tasks)
    json.dump({"rows": rows, "elsewhere": elsewhere, "deletes": deletes, "format": table.metadata.format_version}, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
