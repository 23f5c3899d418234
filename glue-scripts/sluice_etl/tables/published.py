"""The curated table of another dataset, in whichever format it is."""

from __future__ import annotations

import json

from ..batch import Batch
from .iceberg.published import PublishedIceberg, open_iceberg
from .parquet.published_table import PublishedTable as PublishedParquet
from .parquet.published_table import open_parquet

PublishedTable = PublishedParquet | PublishedIceberg
OPEN = {"parquet": open_parquet, "iceberg": open_iceberg}


def open_published(batch: Batch, name: str) -> PublishedTable | None:
    """As of now. None before its first publication."""
    text = batch.store.read_text_if_there(f"{batch.settings.lake_root}/tables/{name}.json")
    if text is None:
        return None
    kind = json.loads(text)
    return OPEN[kind.get("format", "parquet")](batch, name, kind)
