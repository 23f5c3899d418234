"""Gold by key: a change of a source computes the rows of the keys that it changed, and no others."""

from __future__ import annotations

import pytest
from gold_lake import ORDERS, GoldLake, gold_contract
from sluice_etl.errors import ReconcileError
from sluice_etl.gold import affected, recipe
from sluice_etl.gold.keys import changes, digests

TOTALS = gold_contract(
    "running_totals",
    {"orders": {"rebuilds": {"key": "customer_id"}}},
    """
    SELECT order_id, customer_id, trunc(order_date, 'MM') AS order_month, amount,
           sum(amount) OVER (PARTITION BY customer_id ORDER BY order_date, order_id ROWS UNBOUNDED PRECEDING) AS total
    FROM orders
    """,
    {"order_id": "string", "customer_id": "bigint", "order_month": "date", "amount": "decimal(12,2)", "total": "decimal(22,2)"},
    primary_key=["order_month", "order_id"],
    reconcile={"amount": {"gold": "SELECT sum(amount) FROM running_totals", "sources": "SELECT sum(amount) FROM orders", "tolerance": 0, "whole": False}},
)
FIRST = [("a", 1, "10.00", "2025-01-05", 1), ("b", 2, "20.00", "2025-01-20", 1), ("c", 1, "5.50", "2025-02-01", 1), ("d", "", "1.00", "2025-02-01", 1)]


@pytest.fixture
def lake(spark, tmp_path):
    lake = GoldLake(spark, tmp_path)
    lake.source(ORDERS, FIRST)
    lake.gold(TOTALS, lake.published[:1])
    return lake


def totals(lake) -> dict[str, tuple[str, str]]:
    return {row[0]: (row[1], row[4]) for row in lake.rows(TOTALS)}


def test_a_new_order_computes_the_rows_of_its_customer_and_keeps_the_others(lake):
    lake.source(ORDERS, [("e", 1, "100.00", "2025-01-06", 1)])
    manifest = lake.gold(TOTALS, lake.published[-1:])
    assert (manifest["gold"]["rebuilt"], manifest["rows"]["read"], manifest["rows"]["written"]) == (1, 3, 3)
    assert manifest["gold"]["reconciled"] == {"amount": {"gold": "115.50", "sources": "115.50"}}
    assert [partition["rows"] for partition in manifest["partitions"]] == [3, 2]
    assert totals(lake) == {"a": ("1", "10.00"), "b": ("2", "20.00"), "c": ("1", "115.50"), "d": ("None", "1.00"), "e": ("1", "110.00")}


def test_a_small_batch_shuffles_into_few_parts(lake, monkeypatch):
    seen, rebuild = [], recipe.rebuild
    monkeypatch.setattr(recipe, "rebuild", lambda batch, *rest: (seen.append(batch.spark.conf.get("spark.sql.shuffle.partitions")), rebuild(batch, *rest))[1])
    lake.source(ORDERS, [("e", 1, "100.00", "2025-01-06", 1)])
    lake.gold(TOTALS, lake.published[-1:])
    # Each task of a shuffle writes a file for each part.
    assert seen == [str(2 * lake.lake.spark.sparkContext.defaultParallelism)]


@pytest.mark.nightly
def test_an_order_that_moves_to_another_customer_computes_both_and_no_customer_too(lake):
    lake.source(ORDERS, [("c", 2, "5.50", "2025-02-01", 2)])
    assert lake.gold(TOTALS, lake.published[-1:])["gold"]["rebuilt"] == 2
    assert totals(lake)["c"] == ("2", "25.50")
    lake.source(ORDERS, [("b", "", "20.00", "2025-01-20", 2)])
    assert lake.gold(TOTALS, lake.published[-1:])["gold"]["rebuilt"] == 2
    assert totals(lake) == {"a": ("1", "10.00"), "b": ("None", "20.00"), "c": ("2", "5.50"), "d": ("None", "21.00")}


@pytest.mark.nightly
def test_a_partition_that_is_written_again_with_the_same_rows_changes_no_key(lake):
    lake.source(ORDERS, FIRST[2:])
    manifest = lake.gold(TOTALS, lake.published[-1:])
    assert (manifest["gold"]["rebuilt"], manifest["partitions"]) == (0, [])
    assert totals(lake)["c"] == ("1", "15.50")


@pytest.mark.nightly
def test_what_a_failed_batch_has_missed_is_found_by_the_next(lake):
    lake.source(ORDERS, [("e", 2, "1.00", "2025-03-01", 1)])
    lake.stage(TOTALS, lake.published[-1:], "running_totals-failed")
    lake.source(ORDERS, [("f", 1, "1.00", "2025-03-02", 1)])
    # It claims the second publication alone.
    assert lake.gold(TOTALS, lake.published[-1:])["gold"]["rebuilt"] == 2
    assert (totals(lake)["e"], totals(lake)["f"]) == (("2", "21.00"), ("1", "16.50"))


@pytest.mark.nightly
def test_keys_and_versions_that_are_too_many_for_a_query_are_looked_up(lake, monkeypatch):
    monkeypatch.setattr(affected, "MOST_KEYS", 0)
    monkeypatch.setattr(digests, "FEW_VERSIONS", 0)
    lake.source(ORDERS, [("c", "", "5.50", "2025-02-01", 2), ("e", 2, "1.00", "2025-02-09", 1)])
    assert lake.gold(TOTALS, lake.published[-1:])["gold"]["rebuilt"] == 3
    assert totals(lake) == {"a": ("1", "10.00"), "b": ("2", "20.00"), "c": ("None", "5.50"), "d": ("None", "6.50"), "e": ("2", "21.00")}
    # Rows of no customer stay, where no changed key is NULL.
    lake.source(ORDERS, [("f", 2, "1.00", "2025-03-09", 1)])
    assert lake.gold(TOTALS, lake.published[-1:])["gold"]["rebuilt"] == 1
    assert [totals(lake)[order] for order in "cdef"] == [("None", "5.50"), ("None", "6.50"), ("2", "21.00"), ("2", "22.00")]


@pytest.mark.nightly
def test_all_is_computed_where_a_partition_has_more_versions_than_can_be_told_apart(lake, monkeypatch):
    monkeypatch.setattr(changes, "MOST_VERSIONS", 1)
    lake.source(ORDERS, [("e", 1, "100.00", "2025-01-06", 1)])
    assert lake.gold(TOTALS, lake.published[-1:])["gold"]["rebuilt"] == "everything"
    assert totals(lake)["c"] == ("1", "115.50")


@pytest.mark.nightly
def test_publishing_retires_what_earlier_batches_have_noted_and_lost_notes_cost_a_whole_computation(lake):
    lake.source(ORDERS, [("e", 1, "100.00", "2025-01-06", 1)])
    lake.gold(TOTALS, lake.published[-1:])
    notes = lake.lake.root / "lake" / "keys" / "running_totals"
    (only,) = notes.glob("*.json")
    # The first batch has seen the other partitions, which are as they were.
    assert len([folder for folder in notes.iterdir() if folder.is_dir()]) == 2
    only.unlink()
    manifest = lake.gold(TOTALS, lake.published[-1:])
    assert manifest["gold"]["rebuilt"] == "everything"
    assert len(manifest["gold"]["retires"]) > 0
    assert totals(lake)["c"] == ("1", "115.50")


@pytest.mark.nightly
def test_keys_whose_sum_differs_from_the_sources_are_not_published(lake):
    other = {**TOTALS, "version": "ba9876543210", "gold": {**TOTALS["gold"], "sql": TOTALS["gold"]["sql"] + " WHERE amount < 50"}}
    lake.gold(other, lake.published[:1])
    lake.source(ORDERS, [("e", 1, "100.00", "2025-01-06", 1)])
    with pytest.raises(ReconcileError, match=r"over the keys that were rebuilt gold gives 15\.50 and the sources give 115\.50"):
        lake.stage(other, lake.published[-1:])
