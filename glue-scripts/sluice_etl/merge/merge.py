"""
Latest wins: of all versions of a key, in the batch and in the curated partitions it touches, one is kept.

Most keys come once. So the kept rows are read three times, which is cheap, and sorted hardly at all, which is not: a look at the hashes of
their keys finds those that may come more than once, a window over these rows alone finds which of them lose, and all rows but
those are written. They are compared where they are, without a shuffle.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F

from ..contract import Contract
from ..formats.sources import quoted
from ..judge.judge import DELETED
from .deletes import merged_columns
from .kept import Versions
from .keys import EXISTS, KEY_HASH, PLACE, ROW, comparable, content_hash, numbered_as_existing


def with_existing(batch: DataFrame, existing: DataFrame | None, contract: Contract, names: Sequence[str]) -> DataFrame:
    """Numbered rows of both, to be kept together: existing ones with the columns `names`, and with PLACE if they have it. Others are NULL."""
    rows = batch.select(*merged_columns(contract), KEY_HASH, ROW)
    if existing is None:
        return rows
    places = [name for name in PLACE if name in existing.columns]
    taken = existing.select(*(F.col(quoted(name)) for name in names), *places)
    return rows.unionByName(numbered_as_existing(taken, contract.primary_key), allowMissingColumns=True)


def ordering_columns(contract: Contract) -> list[str]:
    """Of `merged_columns` those that tell which version of a key is the newest, and where it is, unless two are of one time: see `has_ties`."""
    used = {*contract.primary_key, *contract.latest_by, *contract.partition_by, DELETED}
    return [name for name in merged_columns(contract) if name in used]


def has_ties(versions: Versions, contract: Contract) -> bool:
    """Whether a row that the table had is of the same time as one of the batch of its key: their other values decide then."""
    exists = F.expr(EXISTS)
    times = versions.contested().groupBy(KEY_HASH, *(F.col(quoted(name)) for name in contract.latest_by))
    return times.agg(F.bool_or(exists).alias("__stored"), F.bool_or(~exists).alias("__new")).where("__stored AND __new").count() > 0


def merge(versions: Versions, contract: Contract, observation: Observation) -> DataFrame:
    """
    Observes how many of the numbered rows lose: `duplicates` and `superseded`, which are the batch's own, and `replaced`, which the table
    had; `forgotten` are tombstones among these, `removed` rows that a removal outdoes. The rows have their number still.
    """
    losers = _losers(versions.contested(), contract, observation)
    return versions.without(losers).selectExpr(*map(quoted, merged_columns(contract)), ROW)


def replaced(versions: Versions, contract: Contract) -> DataFrame:
    """Rows that the table had and that lose: PLACE, and their partition. The versions have PLACE."""
    rows = versions.contested()
    ranked = rows.selectExpr("*", f"row_number() OVER ({_newest_first(_content(rows, contract), contract)}) AS __number")
    return ranked.where(f"__number > 1 AND {PLACE[0]} IS NOT NULL").select(*PLACE, *contract.partition_by)


def _newest_first(content: Sequence[str], contract: Contract) -> str:
    """SQL of a window over the versions of each key. A hash may be that of two keys, hence the key itself beside it."""
    key = ", ".join([KEY_HASH, *map(quoted, contract.primary_key)])
    order = [f"{value} DESC NULLS LAST" for value in (*map(quoted, contract.latest_by), *content)]
    return f"PARTITION BY {key} ORDER BY {', '.join([*order, ROW])}"


def _losers(rows: DataFrame, contract: Contract, observation: Observation) -> DataFrame:
    content = _content(rows, contract)
    newest_first = _newest_first(content, contract)
    deletes = [f"{DELETED} AS __is_deleted", f"first({DELETED}) OVER ({newest_first}) AS __by_removal"] if contract.delete_when else []
    ranked = rows.selectExpr("*", f"{content_hash(content)} AS __content").selectExpr(
        KEY_HASH, ROW, f"row_number() OVER ({newest_first}) AS __number", f"__content = first(__content) OVER ({newest_first}) AS __same", *deletes
    )
    counts = {"duplicates": f"NOT ({EXISTS}) AND __same", "superseded": f"NOT ({EXISTS}) AND NOT __same", "replaced": EXISTS}
    if contract.delete_when:
        counts |= {"forgotten": f"{EXISTS} AND __is_deleted", "removed": f"{EXISTS} AND NOT __is_deleted AND __by_removal"}
    counted = [F.expr(f"count_if({condition}) AS {name}") for name, condition in counts.items()]
    return ranked.where("__number > 1").observe(observation, *counted).select(KEY_HASH, ROW)


def _content(rows: DataFrame, contract: Contract) -> list[str]:
    """SQL by which versions of one time are ordered, and known to be equal. A row that removes its key goes before the others."""
    content = {name: comparable(rows, name) for name in contract.curated_columns if name not in contract.primary_key}
    if not contract.delete_when:
        return list(content.values())
    # Where a key was is no part of its removal: not every row tells it.
    places = [name for name in contract.partition_by if name in content and name not in contract.latest_by]
    return [DELETED, *{**content, **{name: f"CASE WHEN NOT {DELETED} THEN {content[name]} END" for name in places}}.values()]
