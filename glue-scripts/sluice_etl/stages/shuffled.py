"""Raw is read once: its rows are cast, judged and counted, and kept by their key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ..batch import Batch
from ..contract import Contract
from ..formats.scan import judged_rows
from ..judge.judge import BAD
from ..judge.references import Parent
from ..lake.sizes import PACKED
from ..merge.deletes import bare
from ..merge.kept import Kept, keep
from ..merge.keys import numbered
from ..profile.observed import PROFILE, profile_of_scan
from ..profile.summary import summarize
from ..tables.table import Table
from .sources import Sources, check_rows, naming_broken_file, open_again

_PACKED_NAMES = (".gz", ".bz2", ".parquet")


@dataclass(frozen=True)
class Shuffled:
    rows: DataFrame
    """Judged rows. Reading them would compute them again: only their columns are of use."""
    kept: Kept

    @property
    def read(self) -> int:
        return self.kept.observed["read"]

    @property
    def bad(self) -> int:
        return self.kept.observed["quarantined"]

    def profile(self, contract: Contract) -> dict | None:
        return summarize(self.kept.observed[PROFILE], self.read - self.bad, contract, self.rows.schema)


def shuffle(batch: Batch, table: Table, sources: Sources, parents: Sequence[Parent] = ()) -> Shuffled | None:
    """None for a batch without files."""
    if not sources.found:
        return None
    with batch.timed("scan"), naming_broken_file(batch, sources):
        shuffled = _keep(batch, table, sources, parents, "judged")
        again = open_again(batch, sources, shuffled.read)
        shuffled = _keep(batch, table, again, parents, "judged-again") if again else shuffled
        check_rows(batch, again or sources, shuffled.read)
        return shuffled


def _keep(batch: Batch, table: Table, sources: Sources, parents: Sequence[Parent], name: str) -> Shuffled:
    rows = bare(judged_rows(batch.spark, sources.found, batch.contract, sources.files, parents), batch.contract)
    size = sum(file.size * (PACKED if file.uri.endswith(_PACKED_NAMES) else 1) for file in sources.inputs.files)
    counted = [F.count(F.lit(1)).alias("read"), F.count(BAD).alias("quarantined")]
    observed = [*counted, *table.observed(rows.schema), profile_of_scan(batch.contract, rows.schema, size)]
    return Shuffled(rows, keep(batch, name, numbered(rows, batch.contract.primary_key), observed, size))
