"""Quarantined rows of a folder of Parquet files, with the partition values of their folders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pyarrow.parquet

REASONS = "_errors"


def quarantined_rows(folder: Path, reason: str | None = None) -> Iterator[dict]:
    for file in sorted(folder.rglob("*.parquet")):
        keys = partition_keys(folder, file)
        for batch in pyarrow.parquet.ParquetFile(file).iter_batches():
            for row in batch.to_pylist():
                if reason is None or reason in (row[REASONS] or []):
                    yield {**row, **keys}


def partition_keys(folder: Path, file: Path) -> dict[str, str]:
    parts = (part.partition("=") for part in file.relative_to(folder).parts[:-1])
    return {unquote(name): unquote(value) for name, equals, value in parts if equals}
