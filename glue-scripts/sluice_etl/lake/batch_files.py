"""Names of the Parquet files that a batch writes: they hold its id, so that running it again replaces its own files and no others."""

from __future__ import annotations

import hashlib
import re


def file_name(batch_id: str, number: int) -> str:
    return f"{batch_id}-{number}.parquet"


def name_without(name: str, batch_id: str) -> str:
    """Of what is left of a file of quarantine, when rows of it have been read again by this batch."""
    stem = re.sub(r"(-without-[0-9a-f]{8})?\.parquet$", "", name)
    return f"{stem}-without-{hashlib.sha256(batch_id.encode()).hexdigest()[:8]}.parquet"


def own_files(uris: list[str], batch_id: str) -> list[str]:
    own = re.compile(re.escape(batch_id) + r"-\d+(-without-[0-9a-f]{8})?\.parquet$")
    return [uri for uri in uris if own.search(uri.rpartition("/")[2])]
