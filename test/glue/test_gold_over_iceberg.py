"""Gold that is made of Iceberg tables, and foreign keys whose parent is one: both read one snapshot."""

from __future__ import annotations

import pytest
from gold_lake import BY_MONTH, CUSTOMERS, ORDERS, GoldLake, gold_contract
from iceberg_lake import iceberg
from test_gold_keys import FIRST, TOTALS

pytestmark = pytest.mark.nightly

REVENUE = gold_contract(
    sources={"orders": {"rebuilds": BY_MONTH}},
    sql="SELECT trunc(order_date, 'MM') AS order_month, count(*) AS orders, sum(amount) AS revenue FROM orders GROUP BY 1",
    columns={"order_month": "date", "orders": "bigint", "revenue": "decimal(22,2)"},
    primary_key=["order_month"],
)
JANUARY, FEBRUARY, MARCH = "2025-01-01", "2025-02-01", "2025-03-01"


@pytest.fixture
def lake(spark, iceberg_lake, tmp_path):
    lake = GoldLake(spark, tmp_path, iceberg_lake)
    lake.source(iceberg(ORDERS), FIRST)
    return lake


def revenue(lake) -> dict[str, tuple[str, str]]:
    return {month: (orders, amount) for month, orders, amount in lake.rows(REVENUE)}


def test_months_are_rebuilt_that_a_row_came_to_or_went_from_and_replaced_rows_count_once(lake):
    first = lake.gold(REVENUE, lake.published[:1])
    assert (first["gold"]["rebuilt"], revenue(lake)) == ("everything", {JANUARY: ("2", "30.00"), FEBRUARY: ("2", "6.50")})
    assert first["gold"]["sources"]["orders"]["snapshot"].isdigit()
    # An order moves from January to March: its manifest names the one partition, its snapshots both.
    lake.source(iceberg(ORDERS), [("b", 2, "20.00", "2025-03-20", 2)])
    moved = lake.gold(REVENUE, lake.published[-1:])
    assert moved["gold"]["rebuilt"] == 2
    assert revenue(lake) == {JANUARY: ("1", "10.00"), FEBRUARY: ("2", "6.50"), MARCH: ("1", "20.00")}
    assert lake.gold(REVENUE)["gold"]["rebuilt"] == "everything"
    assert revenue(lake) == {JANUARY: ("1", "10.00"), FEBRUARY: ("2", "6.50"), MARCH: ("1", "20.00")}


def test_keys_are_followed_through_position_deletes(lake):
    lake.gold(TOTALS, lake.published[:1])
    lake.source(iceberg(ORDERS), [("c", 2, "5.50", "2025-02-01", 2)])
    manifest = lake.gold(TOTALS, lake.published[-1:])
    assert manifest["gold"]["rebuilt"] == 2
    assert {row[0]: (row[1], row[4]) for row in lake.rows(TOTALS)} == {
        "a": ("1", "10.00"), "b": ("2", "20.00"), "c": ("2", "25.50"), "d": ("None", "1.00"),
    }


def test_a_removed_order_leaves_its_month(spark, iceberg_lake, tmp_path):
    contract = iceberg({**ORDERS, "delete_when": "amount < 0"})
    lake = GoldLake(spark, tmp_path, iceberg_lake)
    lake.source(contract, FIRST)
    lake.gold(REVENUE, lake.published[:1])
    removal = lake.source(contract, [("b", 2, "-1.00", "2025-01-20", 2)])
    assert lake.gold(REVENUE, lake.published[-1:])["gold"]["rebuilt"] == 1, removal["partitions"]
    assert revenue(lake) == {JANUARY: ("1", "10.00"), FEBRUARY: ("2", "6.50")}


def test_a_parent_has_the_keys_of_its_snapshot_and_not_those_that_went(spark, iceberg_lake, tmp_path):
    lake = GoldLake(spark, tmp_path, iceberg_lake)
    customers = iceberg({**CUSTOMERS, "delete_when": "segment = 'gone'"})
    lake.source(customers, [(1, "home", 1), (2, "shop", 1)])
    lake.source(customers, [(2, "gone", 2)])
    child = iceberg({**ORDERS, "foreign_keys": {"customer_id": {"in": "customers.customer_id", "on_missing": "quarantine"}}})
    manifest = lake.source(child, FIRST)
    assert manifest["quarantinedByRule"] == {"missing_reference:customer_id": 1}
    assert sorted(row["order_id"] for row in lake.lake.curated()) == ["a", "c", "d"]
