"""What must hold of the staged rows before anything else is asked of them."""

from __future__ import annotations

from decimal import Decimal

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ..batch import Batch
from ..errors import GoldKeyError, ReconcileError
from ..formats.sources import quoted
from .own.own_table import OwnTable, Rebuilt
from .reach import Affected
from .tables import gold_rows

# Of as many rows, one core finds keys that come twice sooner than a shuffle between two is planned and run.
FEW_ROWS = 100_000


def check_keys(batch: Batch, affected: Affected, own: OwnTable, rebuilt: Rebuilt) -> None:
    """
    Raises GoldKeyError for a key that is NULL or comes twice. Partition columns are part of the key, so what was not rebuilt cannot hold the same one. Where
    the columns of the reach are too, neither can rows that stay as they are beside computed ones.
    """
    contract = batch.contract
    if not rebuilt.staged.files:
        return
    apart = not affected.by_key or all(set(each.columns) <= set(contract.primary_key) for each in affected.reached)
    rows = gold_rows(batch, *rebuilt.computed) if apart else own.beside_computed(rebuilt)
    if apart and rebuilt.staged.written <= FEW_ROWS:
        # In one partition, so that Spark needs no shuffle to group them.
        rows = rows.coalesce(1)
    keys = [F.col(quoted(name)) for name in contract.primary_key]
    with batch.timed("checkKeys"):
        groups = rows.groupBy(*keys).agg(F.count(F.lit(1)).alias("__rows"))
        is_null = " OR ".join(f"{quoted(name)} IS NULL" for name in contract.primary_key)
        twice, null = groups.selectExpr("count_if(__rows > 1)", f"coalesce(sum(if({is_null}, __rows, 0)), 0)").first()
    named = ", ".join(contract.primary_key)
    if twice:
        raise GoldKeyError(
            f"gold.sql of {contract.dataset} gives {twice} {'key' if twice == 1 else 'keys'} more than once; primary_key is ({named}). "
            "Group by those columns, or name the columns that tell the rows apart"
        )
    if null:
        raise GoldKeyError(
            f"gold.sql of {contract.dataset} gives {null} {'row' if null == 1 else 'rows'} in which a column of primary_key ({named}) is NULL. "
            "Leave such rows out, or give them a value with coalesce"
        )


def reconcile(batch: Batch, sources: dict[str, DataFrame], affected: Affected, own: OwnTable, rebuilt: Rebuilt) -> dict:
    """Raises ReconcileError where gold and sources give numbers that are too far apart. Returns what both gave, by name."""
    told = {}
    for name, check in batch.contract.reconcile.items():
        with batch.timed("reconcile"):
            whole = check["whole"] or affected.everything or not all(_can_reach(batch, source, affected) for source in sources)
            rows = own.as_published(rebuilt) if whole else gold_rows(batch, *rebuilt.computed)
            rows.createOrReplaceTempView(batch.contract.dataset)
            for source, frame in sources.items():
                rebuilds = batch.contract.gold.rebuilds[source]
                if not whole and isinstance(rebuilds, dict):
                    frame = affected.rows_of(frame, lambda column, of=rebuilds: F.expr(of[column]))
                frame.createOrReplaceTempView(source)
            gold, expected = (batch.spark.sql(check[side]).first()[0] for side in ("gold", "sources"))
        if not _agree(gold, expected, check["tolerance"]):
            over = "the whole table" if whole else f"the {'keys' if affected.by_key else 'partitions'} that were rebuilt"
            raise ReconcileError(
                f"reconcile.{name} of {batch.contract.dataset}: over {over} gold gives {gold} and the sources give {expected}; tolerance is {check['tolerance']}"
            )
        told[name] = {"gold": str(gold), "sources": str(expected)}
    return told


def _can_reach(batch: Batch, source: str, affected: Affected) -> bool:
    """Whether rows of the source can be told that belong to what was rebuilt."""
    rebuilds = batch.contract.gold.rebuilds[source]
    return isinstance(rebuilds, str) or all(set(each.columns) <= set(rebuilds) for each in affected.reached)


def _agree(gold, expected, tolerance) -> bool:
    if gold is None or expected is None:
        return gold is None and expected is None
    if isinstance(gold, float) or isinstance(expected, float):
        return abs(float(gold) - float(expected)) <= float(tolerance)
    return abs(Decimal(gold) - Decimal(expected)) <= Decimal(str(tolerance))
