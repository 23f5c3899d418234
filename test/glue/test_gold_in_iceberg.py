"""Gold tables in Iceberg: what is computed again is taken out and added in one commit, and what stays is not written again."""

from __future__ import annotations

import pytest
from gold_lake import BY_MONTH, ORDERS, GoldLake, gold_contract
from iceberg_lake import iceberg
from sluice_etl.errors import ContractChangedError, GoldKeyError, ReconcileError
from test_gold_keys import FIRST
from test_gold_keys import TOTALS as PARQUET_TOTALS

TOTALS = iceberg(PARQUET_TOTALS)
REVENUE = iceberg(
    gold_contract(
        sources={"orders": {"rebuilds": BY_MONTH}},
        sql="SELECT trunc(order_date, 'MM') AS order_month, count(*) AS orders, sum(amount) AS revenue FROM orders GROUP BY 1",
        columns={"order_month": "date", "orders": "bigint", "revenue": "decimal(22,2)"},
        primary_key=["order_month"],
        reconcile={"revenue": {"gold": "SELECT sum(revenue) FROM monthly_revenue", "sources": "SELECT sum(amount) FROM orders", "tolerance": 0, "whole": True}},
    )
)
JANUARY, FEBRUARY, MARCH = "2025-01-01", "2025-02-01", "2025-03-01"


@pytest.fixture
def lake(spark, iceberg_lake, tmp_path):
    lake = GoldLake(spark, tmp_path, iceberg_lake)
    lake.source(ORDERS, FIRST)
    return lake


def revenue(lake) -> dict[str, tuple[str, str]]:
    return {month: (orders, amount) for month, orders, amount in lake.rows(REVENUE)}


def totals(lake) -> dict[str, tuple[str, str]]:
    return {row[0]: (row[1], row[4]) for row in lake.rows(TOTALS)}


def summary(lake, contract) -> dict[str, str]:
    lake.lake.dataset = contract["dataset"]
    return dict(lake.lake.table().currentSnapshot().summary())


@pytest.mark.nightly
def test_a_month_is_rebuilt_in_one_commit_and_the_others_keep_their_files(lake):
    first = lake.gold(REVENUE, lake.published[:1])
    assert (first["gold"]["rebuilt"], revenue(lake)) == ("everything", {JANUARY: ("2", "30.00"), FEBRUARY: ("2", "6.50")})
    assert (first["table"]["format"], first["commit"]["branch"]) == ("iceberg", f"batch_{first['batchId']}")
    lake.source(ORDERS, [("b", 2, "21.00", "2025-01-20", 2)])
    second = lake.gold(REVENUE, lake.published[-1:])
    assert (second["gold"]["rebuilt"], second["gold"]["reconciled"]) == (1, {"revenue": {"gold": "37.50", "sources": "37.50"}})
    assert revenue(lake) == {JANUARY: ("2", "31.00"), FEBRUARY: ("2", "6.50")}
    said = summary(lake, REVENUE)
    assert (said["added-data-files"], said["deleted-data-files"], said.get("added-delete-files")) == ("1", "1", None)


def test_rows_of_changed_keys_are_taken_out_by_their_place(lake):
    lake.gold(TOTALS, lake.published[:1])
    lake.source(ORDERS, [("c", 2, "5.50", "2025-02-01", 2)])
    manifest = lake.gold(TOTALS, lake.published[-1:])
    assert (manifest["gold"]["rebuilt"], manifest["rows"]["written"]) == (2, 3)
    assert totals(lake) == {"a": ("1", "10.00"), "b": ("2", "20.00"), "c": ("2", "25.50"), "d": ("None", "1.00")}
    said = summary(lake, TOTALS)
    assert (said["added-records"], said["added-position-deletes"], said.get("deleted-data-files")) == ("3", "3", None)


@pytest.mark.nightly
@pytest.mark.parametrize("written_again", [False, True], ids=["files copied", "rows written again"])
def test_partitions_of_each_type_are_replaced_and_the_others_stay(lake, written_again):
    parts = {
        "word": ("string", "concat('é=/% ''\\\\', day(order_date))"),
        "first": ("boolean", "day(order_date) = 1"),
        "price": ("decimal(6,2)", "CAST(day(order_date) + 0.50 AS DECIMAL(6,2))"),
        "half": ("double", "CAST(day(order_date) / 2 AS DOUBLE)"),
        "day": ("date", "order_date"),
        "number": ("bigint", "CAST(-day(order_date) AS BIGINT)"),
    }
    # Of a list Spark's files are others than Iceberg's.
    more = {"orders": ("array<string>", "sort_array(collect_list(order_id))") if written_again else ("string", "max(order_id)")}
    columns = {name: type_ for name, (type_, _) in {**parts, **more}.items()}
    contract = iceberg(
        gold_contract(
            "parts",
            {"orders": {"rebuilds": {name: sql for name, (_, sql) in parts.items()}}},
            f"SELECT {', '.join(f'{sql} AS {name}' for name, (_, sql) in {**parts, **more}.items())} FROM orders GROUP BY order_date",
            columns,
            primary_key=list(parts),
            curated={"partition_by": list(parts), "target_file_mb": 128},
        )
    )
    lake.gold(contract, lake.published[:1])
    lake.source(ORDERS, [("e", 1, "1", "2025-01-20", 1), ("f", 1, "1", "2025-03-01", 1)])
    manifest = lake.gold(contract, lake.published[-1:])
    assert manifest["gold"]["rebuilt"] == 2
    found = {row[4]: row[-1] for row in lake.rows(contract)}
    list_of = (lambda *ids: str(list(ids))) if written_again else (lambda *ids: ids[-1])
    assert found == {"2025-01-05": list_of("a"), "2025-01-20": list_of("b", "e"), "2025-02-01": list_of("c", "d"), "2025-03-01": list_of("f")}
    said = summary(lake, contract)
    assert (said["deleted-data-files"], said["added-data-files"], said.get("added-delete-files")) == ("1", "2", None)


@pytest.mark.nightly
def test_a_month_without_orders_leaves_the_table(lake):
    lake.gold(REVENUE, lake.published[:1])
    removing = {**ORDERS, "delete_when": "amount < 0", "version": "ba9876543210"}
    lake.lake.store.remove([f"file:{lake.lake.root}/lake/tables/orders.json"])
    lake.source(removing, [("c", 1, "-1", "2025-02-01", 2), ("d", "", "-1", "2025-02-01", 2)])
    manifest = lake.gold(REVENUE, lake.published[-1:])
    assert (manifest["partitions"], "commit" in manifest, revenue(lake)) == ([], True, {JANUARY: ("2", "30.00")})


@pytest.mark.nightly
def test_a_query_without_rows_is_published_empty_and_what_follows_fills_it(lake):
    nothing = {**REVENUE, "gold": {**REVENUE["gold"], "sql": REVENUE["gold"]["sql"].replace("FROM orders", "FROM orders WHERE amount > 1000")}, "reconcile": {}}
    lake.gold(nothing)
    assert (revenue(lake), lake.has("tables/monthly_revenue.json")) == ({}, True)
    lake.source(ORDERS, [("e", 1, "2000", "2025-03-01", 1)])
    lake.gold(nothing, lake.published[-1:])
    assert revenue(lake) == {MARCH: ("1", "2000.00")}


@pytest.mark.nightly
def test_what_is_refused_leaves_the_table_as_it_was(lake):
    lake.gold(TOTALS, lake.published[:1])
    before = totals(lake)
    lake.source(ORDERS, [("e", 1, "100.00", "2025-01-06", 1)])
    wrong = {**TOTALS, "reconcile": {"amount": {**TOTALS["reconcile"]["amount"], "sources": "SELECT sum(amount) + 1 FROM orders", "whole": True}}}
    with pytest.raises(ReconcileError, match=r"over the whole table gold gives 136\.50 and the sources give 137\.50"):
        lake.stage(wrong, lake.published[-1:], "running_totals-refused")
    assert totals(lake) == before
    # Its claims come again, and nothing is left of its branch.
    lake.gold(TOTALS, lake.published[-1:])
    assert totals(lake)["c"] == ("1", "115.50")
    assert "batch_running_totals-refused" not in set(lake.lake.table().refs())


@pytest.mark.nightly
def test_a_computed_key_that_a_row_of_another_key_has_fails_the_batch(lake):
    by_month = iceberg({**PARQUET_TOTALS, "primary_key": ["order_month", "total"]})
    lake.gold(by_month, lake.published[:1])
    lake.source(ORDERS, [("e", 3, "10.00", "2025-01-06", 1)])
    with pytest.raises(GoldKeyError, match=r"gives 1 key more than once"):
        lake.stage(by_month, lake.published[-1:])


@pytest.mark.nightly
def test_a_contract_with_other_columns_and_partitions_computes_the_whole_table_anew(lake):
    lake.gold(REVENUE, lake.published[:1])
    other = {
        **REVENUE,
        "version": "ba9876543210",
        "columns": {"order_month": {"type": "date"}, "year": {"type": "int"}, "revenue": {"type": "decimal(24,2)"}},
        "gold": {**REVENUE["gold"], "sql": "SELECT trunc(order_date, 'MM') AS order_month, year(order_date) AS year, CAST(sum(amount) AS DECIMAL(24,2)) AS revenue FROM orders GROUP BY 1, 2"},
        "primary_key": ["order_month", "year"],
        "curated": {**REVENUE["curated"], "partition_by": ["year"]},
    }
    other["gold"] = {**other["gold"], "sources": {"orders": {"rebuilds": "all"}}}
    manifest = lake.gold(other, lake.published[:1])
    assert manifest["gold"]["rebuilt"] == "everything"
    assert lake.rows(other) == [(JANUARY, "2025", "30.00"), (FEBRUARY, "2025", "6.50")]
    text = {**REVENUE, "version": "cc9876543210", "columns": {**REVENUE["columns"], "revenue": {"type": "string"}}}
    with pytest.raises(ContractChangedError, match=r"column revenue is string, and was decimal\(24,2\)\. Change the contract back, or rename the dataset or the columns"):
        lake.stage(text, lake.published[:1])


@pytest.mark.nightly
def test_gold_of_gold_follows_rows_that_left_a_partition(lake):
    yearly = gold_contract(
        "yearly",
        {"running_totals": {"rebuilds": {"order_month": "order_month"}}},
        "SELECT order_month, sum(amount) AS revenue FROM running_totals GROUP BY 1",
        {"order_month": "date", "revenue": "decimal(22,2)"},
        primary_key=["order_month"],
    )
    lake.gold(TOTALS, lake.published[:1])
    lake.gold(yearly, lake.published[-1:])
    # An order moves from January to March.
    lake.source(ORDERS, [("b", 2, "20.00", "2025-03-20", 2)])
    lake.gold(TOTALS, lake.published[-1:])
    manifest = lake.gold(yearly, lake.published[-1:])
    assert manifest["gold"]["rebuilt"] == 2
    assert lake.rows(yearly) == [(JANUARY, "10.00"), (FEBRUARY, "6.50"), (MARCH, "20.00")]


@pytest.mark.nightly
def test_deletes_are_compacted_and_the_next_batch_goes_on_by_key(lake):
    lake.gold(TOTALS, lake.published[:1])
    lake.source(ORDERS, [("a", 1, "11.00", "2025-01-05", 2)])
    lake.gold(TOTALS, lake.published[-1:])
    before = totals(lake)
    compacted = lake.lake.curate(TOTALS, None, "running_totals-compacted", source="curated")
    assert compacted["compacted"]["filesAfter"] < compacted["compacted"]["files"]
    assert "table" not in compacted
    lake.lake.publish(compacted)
    assert totals(lake) == before
    lake.source(ORDERS, [("c", 2, "5.50", "2025-02-01", 2)])
    assert lake.gold(TOTALS, lake.published[-1:])["gold"]["rebuilt"] == 2
    assert totals(lake) == {"a": ("1", "11.00"), "b": ("2", "20.00"), "c": ("2", "25.50"), "d": ("None", "1.00")}


@pytest.mark.nightly
def test_a_gold_table_of_parquet_is_taken_over_and_then_computed_by_the_query_of_today(lake):
    lake.gold({**PARQUET_TOTALS, "reconcile": {}}, lake.published[:1])
    doubled = {**TOTALS, "version": "ba9876543210", "gold": {**TOTALS["gold"], "sql": TOTALS["gold"]["sql"].replace("sum(amount) OVER", "sum(CAST(7 AS DECIMAL(12,2))) OVER")}, "reconcile": {}}
    with pytest.raises(ContractChangedError, match="is stored as parquet, and its contract asks for iceberg"):
        lake.stage(doubled, lake.published[:1])
    migrated = lake.lake.curate(doubled, None, "running_totals-migrated", source="migration", reads="parquet")
    lake.lake.publish(migrated)
    lake.write("tables/running_totals.json", migrated["table"])
    assert totals(lake)["c"] == ("1", "15.50")
    assert lake.gold(doubled, lake.published[:1])["gold"]["rebuilt"] == "everything"
    assert totals(lake)["c"] == ("1", "14.00")
