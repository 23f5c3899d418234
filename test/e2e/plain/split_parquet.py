"""Makes of each file below a folder several small ones with the same rows, as other tools and earlier versions leave them."""

import json
import sys
from pathlib import Path

import pyarrow.parquet as pq

folder, pieces = Path(sys.argv[1]), int(sys.argv[2])
made = {}
for file in sorted(folder.rglob("*.parquet")):
    table = pq.ParquetFile(file).read()
    size = -(-table.num_rows // pieces)
    names = []
    for number in range(0, table.num_rows, size):
        names.append(str(file.with_name(f"small-{number}.parquet").relative_to(folder)))
        pq.write_table(table.slice(number, size), folder / names[-1], use_deprecated_int96_timestamps=False)
    made[str(file.relative_to(folder))] = names
print(json.dumps(made))
