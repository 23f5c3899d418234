"""Gold: what a change of a source rebuilds, and what stops a batch before anything is published."""

from __future__ import annotations

import json

import pytest
from gold_lake import BY_MONTH, CUSTOMERS, ORDERS, GoldLake, gold_contract
from sluice_etl.errors import ConfigurationError, ContractChangedError, FileGoneError, GoldKeyError, GoldQueryError, ReconcileError
from sluice_etl.lake.store import StoredObject
from sluice_etl.tables.parquet import published_table
from test_compact import split

FIRST_ORDERS = [("a", 1, "10.00", "2025-01-05", 1), ("b", 2, "20.00", "2025-01-20", 1), ("c", 1, "5.50", "2025-02-01", 1)]
FIRST_CUSTOMERS = [(1, "home", 1), (2, "shop", 1)]
REVENUE = gold_contract(
    reconcile={
        "revenue": {
            "gold": "SELECT sum(revenue) FROM monthly_revenue",
            "sources": "SELECT sum(amount) FROM orders JOIN customers USING (customer_id)",
            "tolerance": 0,
            "whole": False,
        }
    }
)


@pytest.fixture
def lake(spark, tmp_path):
    lake = GoldLake(spark, tmp_path)
    lake.source(ORDERS, FIRST_ORDERS)
    lake.source(CUSTOMERS, FIRST_CUSTOMERS)
    return lake


def paths(manifest: dict) -> list[str]:
    return [partition["path"] for partition in manifest["partitions"]]


@pytest.mark.nightly
def test_the_first_batch_computes_the_whole_table_and_tells_what_it_read(lake):
    manifest = lake.gold(REVENUE, lake.published[:2])
    assert manifest["rows"] == {"read": 3, "written": 3, "duplicates": 0, "superseded": 0, "quarantined": 0}
    assert manifest["gold"]["rebuilt"] == "everything"
    assert manifest["gold"]["sources"]["orders"]["files"] == 3
    assert manifest["gold"]["reconciled"] == {"revenue": {"gold": "35.50", "sources": "35.50"}}
    assert manifest["gold"]["columns"] == {
        "order_month": [["orders", "order_date"]], "segment": [["customers", "segment"]], "orders": [], "revenue": [["orders", "amount"]],
    }
    assert lake.rows(REVENUE) == [
        ("2025-01-01", "home", "1", "10.00"),
        ("2025-01-01", "shop", "1", "20.00"),
        ("2025-02-01", "home", "1", "5.50"),
    ]


@pytest.mark.nightly
def test_a_source_that_is_being_rebuilt_to_another_kind_is_not_read(lake):
    uri = f"file:{lake.lake.root}/lake/tables/orders.json"
    kind = lake.lake.store.read_text(uri)
    lake.lake.store.write_text(uri, json.dumps({**json.loads(kind), "unfinished": "orders-9"}))
    with pytest.raises(ContractChangedError, match="monthly_revenue reads the table of orders, which has partitions of two kinds until its rebuild orders-9 has ended"):
        lake.gold(REVENUE, lake.published[:2])
    lake.lake.store.write_text(uri, kind)
    assert lake.gold(REVENUE, lake.published[:2])["rows"]["written"] == 3


def test_a_publication_rebuilds_the_partitions_that_it_reaches_and_no_others(lake):
    lake.gold(REVENUE)
    lake.source(ORDERS, [("d", 2, "1.00", "2025-02-03", 1)])
    manifest = lake.gold(REVENUE, lake.published[-1:])
    assert paths(manifest) == ["order_month=2025-02-01"]
    assert (manifest["rows"]["read"], manifest["gold"]["rebuilt"]) == (2, 1)
    assert manifest["gold"]["reconciled"] == {"revenue": {"gold": "6.50", "sources": "6.50"}}
    assert ("2025-02-01", "shop", "1", "1.00") in lake.rows(REVENUE)


@pytest.mark.nightly
def test_a_batch_reads_rows_of_the_source_partitions_that_it_needs_and_of_no_others(lake):
    lake.gold(REVENUE)
    lake.source(ORDERS, [("d", 2, "1.00", "2025-02-03", 1)])
    for day in ("2025-01-05", "2025-01-20"):
        (file,) = (lake.lake.root / "lake/curated/orders" / f"order_date={day}").glob("*.parquet")
        content = file.read_bytes()
        footer = int.from_bytes(content[-8:-4], "little") + 8
        # Its footer is whole, and its rows cannot be read.
        file.write_bytes(content[:4] + bytes(len(content) - 4 - footer) + content[-footer:])
    assert lake.stage(REVENUE, lake.published[-1:])["rows"]["written"] == 2
    with pytest.raises(GoldQueryError):
        lake.stage(REVENUE)


def test_a_source_that_publishes_while_its_files_are_looked_at_is_listed_again(lake, monkeypatch):
    known, calls = published_table.footers, []

    def replaced_once(store, files):
        if not calls:
            path = lake.lake.root / files[0].uri.partition(f"{lake.lake.root}/")[2]
            path.rename(path.with_name(f"again-{path.name}"))
        calls.append(files)
        return known(store, files)

    monkeypatch.setattr(published_table, "footers", replaced_once)
    assert lake.stage(REVENUE)["rows"]["written"] == 3
    monkeypatch.setattr(published_table, "footers", lambda store, files: known(store, [StoredObject(f"{file.uri}.gone", 1) for file in files]))
    with pytest.raises(FileGoneError, match=r"^\S+\.gone went away while the job read it\. Redrive the batch$"):
        lake.stage(REVENUE)


@pytest.mark.nightly
def test_an_order_that_moves_to_another_month_rebuilds_both_and_leaves_no_row_behind(lake):
    lake.gold(REVENUE)
    lake.source(ORDERS, [("c", 1, "5.50", "2025-03-09", 2)])
    manifest = lake.gold(REVENUE, lake.published[-1:])
    assert paths(manifest) == ["order_month=2025-02-01", "order_month=2025-03-01"]
    assert manifest["partitions"][0]["files"] == []
    assert [row[0] for row in lake.rows(REVENUE)] == ["2025-01-01", "2025-01-01", "2025-03-01"]


@pytest.mark.nightly
def test_a_dimension_that_reaches_all_rebuilds_all_and_one_that_reaches_none_nothing(lake):
    lake.gold(REVENUE)
    lake.source(CUSTOMERS, [(1, "firm", 2)])
    assert lake.stage(REVENUE, lake.published[-1:])["gold"]["rebuilt"] == "everything"
    quiet = gold_contract("quiet_revenue", {"orders": {"rebuilds": BY_MONTH}, "customers": {"rebuilds": "none"}})
    lake.gold(quiet)
    lake.source(CUSTOMERS, [(2, "firm", 2)])
    manifest = lake.gold(quiet, lake.published[-1:])
    assert (manifest["partitions"], manifest["gold"]["rebuilt"], manifest["rows"]["read"]) == ([], 0, 0)


@pytest.mark.nightly
def test_another_contract_makes_the_table_anew(lake):
    lake.gold(REVENUE)
    other = gold_contract(version="ba9876543210", sql=REVENUE["gold"]["sql"].replace("JOIN customers", "LEFT JOIN customers"))
    manifest = lake.gold(other, lake.published[:1])
    assert manifest["gold"]["rebuilt"] == "everything"
    assert manifest["table"]["contractVersion"] == "ba9876543210"


@pytest.mark.nightly
def test_a_whole_computation_that_was_published_in_part_is_made_again(lake):
    lake.publish_part(lake.stage(REVENUE, lake.published[:2], "monthly_revenue-cut-off"), 1)
    assert [row[0] for row in lake.rows(REVENUE)] == ["2025-01-01", "2025-01-01"]
    lake.source(ORDERS, [("d", 2, "1.00", "2025-03-03", 1)])
    # It claims March alone, but February is not there either.
    assert lake.gold(REVENUE, lake.published[-1:])["gold"]["rebuilt"] == "everything"
    assert sorted({row[0] for row in lake.rows(REVENUE)}) == ["2025-01-01", "2025-02-01", "2025-03-01"]
    lake.source(ORDERS, [("e", 2, "1.00", "2025-03-04", 1)])
    assert lake.gold(REVENUE, lake.published[-1:])["gold"]["rebuilt"] == 1


@pytest.mark.nightly
def test_a_publication_whose_run_is_no_longer_known_rebuilds_everything(lake):
    lake.gold(REVENUE)
    assert lake.stage(REVENUE, ["published/orders/orders-1/00000000"])["gold"]["rebuilt"] == "everything"


@pytest.mark.nightly
def test_gold_is_made_of_gold(lake):
    lake.gold(REVENUE)
    yearly = gold_contract(
        "yearly_revenue",
        {"monthly_revenue": {"rebuilds": {"year": "year(order_month)"}}},
        "SELECT year(order_month) AS year, sum(revenue) AS revenue FROM monthly_revenue GROUP BY 1",
        {"year": "int", "revenue": "decimal(32,2)"},
        primary_key=["year"],
        curated={"partition_by": ["year"], "target_file_mb": 128},
    )
    assert lake.gold(yearly, lake.published[-1:])["rows"]["read"] == 1
    assert lake.rows(yearly) == [("2025", "35.50")]


@pytest.mark.nightly
def test_an_empty_result_is_a_table_without_rows(lake):
    empty = gold_contract("no_revenue", sql=REVENUE["gold"]["sql"].replace("GROUP BY", "WHERE amount < 0 GROUP BY"))
    manifest = lake.gold(empty)
    assert (manifest["partitions"], manifest["rows"]["read"]) == ([], 0)
    assert manifest["table"]["columns"]["revenue"] == "decimal(22,2)"


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("sql", "columns", "message"),
    [
        (
            "SELECT trunc(order_date, 'MM') AS order_month, 'x' AS segment FROM orders",
            {"order_month": "date", "segment": "string"},
            r"gives 1 key more than once; primary_key is \(order_month, segment\)",
        ),
        (
            "SELECT trunc(order_date, 'MM') AS order_month, CAST(NULL AS STRING) AS segment FROM orders WHERE order_id = 'c'",
            {"order_month": "date", "segment": "string"},
            r"gives 1 row in which a column of primary_key \(order_month, segment\) is NULL",
        ),
    ],
)
def test_a_key_that_comes_twice_or_is_null_fails_the_batch(lake, sql, columns, message):
    with pytest.raises(GoldKeyError, match=message):
        lake.stage(gold_contract("broken", {"orders": {"rebuilds": BY_MONTH}}, sql, columns))


@pytest.mark.nightly
def test_sql_that_fails_on_a_row_is_named_by_its_expression_and_without_the_value(lake):
    sql = "SELECT trunc(order_date, 'MM') AS order_month, order_id AS segment, CAST(concat('secret', order_id) AS BIGINT) AS orders FROM orders"
    contract = gold_contract("broken", {"orders": {"rebuilds": BY_MONTH}}, sql, {"order_month": "date", "segment": "string", "orders": "bigint"})
    with pytest.raises(GoldQueryError) as raised:
        lake.stage(contract)
    assert 'gold.sql of broken fails at "CAST(concat(\'secret\', order_id) AS BIGINT)": CAST_INVALID_INPUT' in str(raised.value)
    assert "secreta" not in str(raised.value)


@pytest.mark.nightly
def test_gold_that_differs_from_its_sources_is_not_published(lake):
    check = {"gold": "SELECT sum(orders) FROM lossy", "sources": "SELECT count(*) FROM orders", "tolerance": 0, "whole": False}
    sql = REVENUE["gold"]["sql"].replace("GROUP BY", "WHERE segment = 'home' GROUP BY")
    with pytest.raises(ReconcileError, match=r"reconcile\.rows of lossy: over the whole table gold gives 2 and the sources give 3; tolerance is 0"):
        lake.stage(gold_contract("lossy", sql=sql, reconcile={"rows": check}))
    near = gold_contract("lossy", sql=sql, reconcile={"rows": {**check, "tolerance": 1}})
    assert lake.stage(near)["gold"]["reconciled"] == {"rows": {"gold": "2", "sources": "3"}}


@pytest.mark.nightly
def test_a_comparison_of_the_whole_table_sees_it_as_it_would_be_published(lake):
    contract = {**REVENUE, "reconcile": {"revenue": {**REVENUE["reconcile"]["revenue"], "whole": True}}}
    lake.gold(contract)
    lake.source(ORDERS, [("d", 2, "1.00", "2025-02-03", 1)])
    assert lake.gold(contract, lake.published[-1:])["gold"]["reconciled"] == {"revenue": {"gold": "36.50", "sources": "36.50"}}
    # Someone deletes a month that the next batch does not rebuild.
    for file in (lake.lake.root / "lake/curated/monthly_revenue/order_month=2025-01-01").glob("*.parquet"):
        file.unlink()
    lake.source(ORDERS, [("e", 2, "1.00", "2025-02-03", 1)])
    with pytest.raises(ReconcileError, match=r"over the whole table gold gives 7\.50 and the sources give 37\.50"):
        lake.stage(contract, lake.published[-1:])
    assert lake.stage(REVENUE, lake.published[-1:])["gold"]["reconciled"] == {"revenue": {"gold": "7.50", "sources": "7.50"}}


@pytest.mark.nightly
def test_rows_whose_parent_is_not_there_are_published_and_counted_of_those_that_were_computed(lake):
    sql = "SELECT trunc(order_date, 'MM') AS order_month, coalesce(customer_id, 0) AS customer_id, sum(amount) AS spent FROM orders GROUP BY 1, 2"
    contract = gold_contract(
        "spent",
        {"orders": {"rebuilds": BY_MONTH}},
        sql,
        {"order_month": "date", "customer_id": "bigint", "spent": "decimal(22,2)"},
        primary_key=["order_month", "customer_id"],
        foreign_keys={"customer_id": {"in": "customers.customer_id", "on_missing": "warn"}},
    )
    lake.source(ORDERS, [("d", 3, "1.00", "2025-01-03", 1), ("e", "", "1.00", "2025-02-03", 1)])
    manifest = lake.gold(contract)
    assert (manifest["rows"]["written"], manifest["missingReferences"]) == (5, {"customer_id": 2})
    lake.source(ORDERS, [("f", 3, "1.00", "2025-02-03", 1)])
    assert lake.gold(contract, lake.published[-1:])["missingReferences"] == {"customer_id": 2}
    lake.source(ORDERS, [("d", 1, "1.00", "2025-01-03", 2)])
    assert lake.gold(contract, lake.published[-1:])["missingReferences"] == {"customer_id": 0}


def test_a_source_that_has_published_nothing_is_named(lake):
    with pytest.raises(ConfigurationError, match="late is made of returns, which has published nothing yet"):
        lake.stage(gold_contract("late", {"returns": {"rebuilds": "all"}}))


@pytest.mark.nightly
def test_a_query_that_no_longer_gives_the_columns_of_the_contract_is_refused(lake):
    with pytest.raises(ConfigurationError, match=r"gold\.sql of monthly_revenue gives revenue as decimal\(22,2\), and the contract has decimal\(20,2\)"):
        lake.stage(gold_contract(columns={**{name: kind["type"] for name, kind in REVENUE["columns"].items()}, "revenue": "decimal(20,2)"}))


@pytest.mark.nightly
def test_a_compaction_under_a_new_query_leaves_it_to_the_next_batch_to_compute_the_whole_table(lake):
    lake.gold(REVENUE, lake.published[:2])
    split(lake.lake, 2)
    shops = {**REVENUE, "version": "ba9876543210", "gold": {**REVENUE["gold"], "sql": REVENUE["gold"]["sql"].replace("GROUP BY", "WHERE segment = 'shop' GROUP BY")}, "reconcile": {}}
    compacted = lake.lake.curate(shops, None, "monthly_revenue-compacted", source="curated")
    assert (len(compacted["partitions"]), "table" in compacted) == (1, False)
    lake.lake.publish(compacted)
    lake.source(ORDERS, [("z", 2, "1.00", "2025-03-05", 1)])
    assert lake.gold(shops, lake.published[-1:])["gold"]["rebuilt"] == "everything"
    assert lake.rows(shops) == [("2025-01-01", "shop", "1", "20.00"), ("2025-03-01", "shop", "1", "1.00")]
