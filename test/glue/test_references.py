"""Foreign keys: rows that refer to a key that the table of another dataset does not have."""

from __future__ import annotations

import pytest
from gold_lake import CUSTOMERS, ORDERS, GoldLake

ROWS = [("a", 1, "10.00", "2025-01-05", 1), ("b", 3, "20.00", "2025-01-20", 1), ("c", "", "5.50", "2025-02-01", 1), ("d", "x", "1.00", "2025-02-01", 1)]


def orders(on_missing: str, **changes) -> dict:
    return {**ORDERS, "foreign_keys": {"customer_id": {"in": "customers.customer_id", "on_missing": on_missing}}, **changes}


@pytest.fixture
def lake(spark, tmp_path):
    lake = GoldLake(spark, tmp_path)
    lake.source(CUSTOMERS, [(1, "home", 1), (2, "shop", 1)])
    return lake


def published(lake) -> list[str]:
    return sorted(row["order_id"] for row in lake.lake.arrow("curated"))


@pytest.mark.nightly
def test_rows_without_a_parent_are_published_and_counted(lake):
    manifest = lake.source(orders("warn"), ROWS)
    assert manifest["missingReferences"] == {"customer_id": 1}
    assert manifest["quarantinedByRule"] == {"invalid_type:customer_id": 1}
    assert published(lake) == ["a", "b", "c"]


@pytest.mark.nightly
def test_rows_without_a_parent_are_set_aside_with_their_reason_and_what_was_read(lake):
    manifest = lake.source(orders("quarantine"), ROWS)
    assert manifest["rows"] == {"read": 4, "written": 2, "duplicates": 0, "superseded": 0, "quarantined": 2}
    # A value that did not cast refers to nothing that is known: it has one reason.
    assert manifest["quarantinedByRule"] == {"invalid_type:customer_id": 1, "missing_reference:customer_id": 1}
    set_aside = {row["order_id"]: (row["customer_id"], row["_errors"]) for row in lake.lake.arrow("quarantine")}
    assert set_aside["b"] == ("3", ["missing_reference:customer_id"])
    assert published(lake) == ["a", "c"]


@pytest.mark.nightly
def test_a_replay_brings_rows_in_once_the_parent_has_their_key(lake):
    contract = orders("quarantine")
    lake.source(contract, ROWS[:3])
    lake.source(CUSTOMERS, [(3, "late", 1)])
    manifest = lake.lake.curate(contract, None, "orders-replay", source="quarantine")
    lake.lake.publish(manifest)
    assert manifest["rows"]["written"] == 1
    assert published(lake) == ["a", "b", "c"]


@pytest.mark.nightly
def test_rows_that_wait_are_counted_and_come_in_with_their_parent_while_those_with_another_reason_stay(lake):
    contract = orders("wait", quarantine={"rules": {"negative": "amount < 0"}, "warn_rate": 1, "halt_rate": 1})
    first = lake.source(contract, [*ROWS, ("e", 4, "7.00", "2025-02-01", 1), ("f", 9, "-1.00", "2025-02-01", 1)])
    assert first["quarantinedByRule"] == {"invalid_type:customer_id": 1, "waiting_for:customer_id": 3, "negative": 1}
    # One of the three has a broken rule as well, which no parent mends.
    assert first["waiting"]["rows"] == 2
    lake.source(CUSTOMERS, [(3, "late", 1)])
    replay = lake.lake.curate(contract, None, "orders-replay", source="quarantine")
    lake.lake.publish(replay)
    assert published(lake) == ["a", "b", "c"]
    # The row that still waits has waited since the first batch.
    assert replay["waiting"] == {"rows": 1, "since": first["waiting"]["since"]}
    lake.source(CUSTOMERS, [(4, "later", 1), (9, "latest", 1)])
    last = lake.lake.curate(contract, None, "orders-replay-2", source="quarantine")
    lake.lake.publish(last)
    assert (published(lake), "waiting" in last, last["quarantinedByRule"]) == (["a", "b", "c", "e"], False, {"invalid_type:customer_id": 1, "negative": 1})


def test_before_its_first_publication_a_parent_has_no_key(spark, tmp_path):
    lake = GoldLake(spark, tmp_path)
    first = lake.source(orders("warn"), ROWS[:3])
    assert (first["missingReferences"], first["unpublishedParents"]) == ({"customer_id": 2}, ["customer_id"])
    lake.source(CUSTOMERS, [(9, "latest", 1)])
    assert "unpublishedParents" not in lake.source(orders("warn"), ROWS[:3])


@pytest.mark.nightly
def test_a_row_that_removes_its_key_needs_no_parent(lake):
    for on_missing in ("warn", "quarantine"):
        contract = orders(on_missing, dataset=f"orders_{on_missing}", delete_when="amount < 0")
        manifest = lake.source(contract, [("a", 1, "10.00", "2025-01-05", 1), ("b", 9, "-1.00", "2025-01-05", 1)])
        assert (manifest["rows"]["quarantined"], manifest.get("missingReferences", {"customer_id": 0})) == (0, {"customer_id": 0})


@pytest.mark.nightly
def test_parents_that_are_too_many_for_every_task_give_the_same(lake, spark):
    spark.conf.set("spark.sql.autoBroadcastJoinThreshold", "-1")
    spark.conf.set("spark.sql.adaptive.autoBroadcastJoinThreshold", "-1")
    try:
        assert lake.source(orders("quarantine"), ROWS)["rows"]["quarantined"] == 2
        assert lake.source(orders("warn", dataset="orders_warn"), ROWS)["missingReferences"] == {"customer_id": 1}
    finally:
        spark.conf.unset("spark.sql.autoBroadcastJoinThreshold")
        spark.conf.unset("spark.sql.adaptive.autoBroadcastJoinThreshold")
