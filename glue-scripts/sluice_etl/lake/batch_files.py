"""Names of the Parquet files that a batch writes: they hold its id, so that running it again replaces its own files and no others."""

from __future__ import annotations

import re


def file_name(batch_id: str, number: int) -> str:
    return f"{batch_id}-{number}.parquet"


def own_files(uris: list[str], batch_id: str) -> list[str]:
    own = re.compile(re.escape(batch_id) + r"-\d+\.parquet$")
    return [uri for uri in uris if own.search(uri.rpartition("/")[2])]
