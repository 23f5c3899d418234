"""A table that was changed by other means: what would make of its rows something else is named, before anything is written."""

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
    contract, schema = batch.contract, table.schema()
    text = batch.store.read_text_if_there(batch.settings.table_kind_uri)
    noted = json.loads(text) if text else None
    if noted is None or noted.get("format") != "iceberg":
        return
    # A publication that was cut off has changed the table, and has not noted it.
    now = {before: name for name, before in contract.renamed.items()}
    columns = [name for name in noted["columns"] if name not in contract.drop_columns]
    gone = [name for name in columns if all(schema.caseInsensitiveFindField(each) is None for each in (name, now.get(name, name)))]
    if gone:
        raise ConfigurationError(
            f"table {contract.dataset} has no column {', '.join(gone)} any more, which its batches have written: it was renamed or dropped in the table itself."
            " Give the column its name back there, by a rename; a dropped one comes back with an earlier metadata file"
        )
    found = [f"{schema.findColumnName(field.sourceId())}:{field.transform()}" for field in table.spec().fields()]
    ours = [{f"{name}:identity" for name in names} for names in (noted["partitionBy"], contract.partition_by)]
    if set(found) not in ours:
        raise ConfigurationError(
            f"table {contract.dataset} is partitioned by {', '.join(found) or 'nothing'}, and its batches have it by {', '.join(noted['partitionBy']) or 'nothing'}:"
            " its partitioning was changed in the table itself. Change it back there"
        )
