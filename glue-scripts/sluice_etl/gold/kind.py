"""Whether the query gives what the contract says."""

from __future__ import annotations

from pyspark.sql import DataFrame

from ..batch import Batch
from ..errors import ConfigurationError
from ..judge.judge import curated_types


def check_types(batch: Batch, rows: DataFrame) -> None:
    """Raises ConfigurationError where the query gives other columns than the contract has: a source's contract may have changed since."""
    given = {field.name: field.dataType.simpleString() for field in rows.schema}
    for field in curated_types(batch.spark, batch.contract):
        name, wanted = field.name, field.dataType.simpleString()
        if given.get(name) != wanted:
            found = f"gives {name} as {given[name]}" if name in given else f"does not give {name}"
            raise ConfigurationError(f"gold.sql of {batch.contract.dataset} {found}, and the contract has {wanted}. Run sluice validate, and change the one or the other")
