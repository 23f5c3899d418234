"""A table that somebody else has changed: what would make of its rows something else is named, before anything is written."""

from __future__ import annotations

import json

from py4j.java_gateway import JavaObject

from ...batch import Batch
from ...errors import ConfigurationError


def refuse_changed(batch: Batch, table: JavaObject) -> None:
    """
    Rows that others have added or deleted are rows of the table as any. Raises ConfigurationError for a column that batches have written and that is no longer
    there (added again, it would be empty in every older row), and for another partitioning.
    """
    dataset, schema = batch.contract.dataset, table.schema()
    text = batch.store.read_text_if_there(batch.settings.table_kind_uri)
    noted = json.loads(text) if text else None
    if noted is None or noted.get("format") != "iceberg":
        return
    gone = [name for name in noted["columns"] if schema.caseInsensitiveFindField(name) is None]
    if gone:
        raise ConfigurationError(
            f"table {dataset} has no column {', '.join(gone)} any more, which its batches have written: somebody has renamed or dropped it in the table."
            " Give the column its name back there, by a rename; a dropped one comes back with an earlier metadata file"
        )
    fields = table.spec().fields()
    found = tuple(f"{schema.findColumnName(field.sourceId())}:{field.transform()}" for field in fields)
    if found != tuple(f"{name}:identity" for name in noted["partitionBy"]):
        raise ConfigurationError(
            f"table {dataset} is partitioned by {', '.join(found) or 'nothing'}, and its batches have it by {', '.join(noted['partitionBy']) or 'nothing'}:"
            " somebody has changed its partitioning. Change it back in the table"
        )
