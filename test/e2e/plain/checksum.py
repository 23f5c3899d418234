"""Rows of a folder of Parquet files, and a sum over them that does not depend on their order: as the SQL of database.test.ts has it."""

import hashlib
import json
import sys

import pyarrow.dataset as dataset

rows = total = 0
for batch in dataset.dataset(sys.argv[1], partitioning=None).to_batches(columns=["order_id", "status", "amount", "updated_at"]):
    columns = (batch.column(name) for name in ("order_id", "status", "amount"))
    moments = batch.column("updated_at").cast("int64").to_pylist()
    for order_id, status, amount, moment in zip(*(column.to_pylist() for column in columns), moments, strict=True):
        text = f"{order_id}|{status}|{amount}|{moment}"
        total += int(hashlib.md5(text.encode()).hexdigest()[:12], 16)
        rows += 1
print(json.dumps({"rows": str(rows), "total": str(total)}))
