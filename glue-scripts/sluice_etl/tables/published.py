"""The curated table of another dataset, in whichever format it is."""

from __future__ import annotations

import json

from ..batch import Batch
from ..errors import ContractChangedError
from .iceberg.published import PublishedIceberg, open_iceberg
from .parquet.published_table import PublishedTable as PublishedParquet
from .parquet.published_table import open_parquet

PublishedTable = PublishedParquet | PublishedIceberg
OPEN = {"parquet": open_parquet, "iceberg": open_iceberg}


def open_published(batch: Batch, name: str) -> PublishedTable | None:
    """As of now. None before its first publication. Raises ContractChangedError while a rebuild replaces it by a table of another kind."""
    text = batch.store.read_text_if_there(f"{batch.settings.lake_root}/tables/{name}.json")
    if text is None:
        return None
    kind = json.loads(text)
    if unfinished := kind.get("unfinished"):
        raise ContractChangedError(
            f"{batch.contract.dataset} reads the table of {name}, which has partitions of two kinds until its rebuild {unfinished} has ended:"
            " redrive that batch, then this one"
        )
    return OPEN[kind.get("format", "parquet")](batch, name, kind)
