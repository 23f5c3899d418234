"""What the names of published files tell: `<batch id>-<n>-<publisher>.parquet`, see functions/domain/batch/publish/publication.ts."""

from __future__ import annotations

import re

from ...contract import Contract
from ...errors import CutOffPublicationError
from ...lake.store import StoredObject

_PUBLISHED = re.compile(r"([^/]+)-\d+-([0-9a-f]{8})\.parquet$")


def publications_in(files: list[StoredObject]) -> set[tuple[str, ...]]:
    """Batch id and publisher of each file of a partition."""
    return {match.groups() for file in files if (match := _PUBLISHED.search(file.uri))}


def refuse_two_publications(path: str, files: list[StoredObject], contract: Contract) -> None:
    """Every batch publishes whole partitions. What a publisher left that was cut off is no more rows, but rows twice."""
    published = publications_in(files)
    if len(published) > 1:
        batches = " and ".join(sorted({batch for batch, _ in published}))
        where = f"partition {path}" if path else "the table"
        raise CutOffPublicationError(
            f"{where} of {contract.dataset} holds files of {len(published)} publications ({batches}): one of them was cut off."
            " The sweep mends that within half an hour; redrive this batch then"
        )
