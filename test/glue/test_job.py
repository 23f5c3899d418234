"""The job from plan to manifest: what is written, what is set aside, what is counted."""

import json
from decimal import Decimal

import pytest

FIRST = """id,at,amount
a,2025-01-01 10:00:00,1.50
b,2025-01-01 11:00:00,2.00
b,2025-01-01 11:00:00,2.00
b,2025-01-01 10:30:00,9.00
c,2025-01-02 10:00:00,-3.00
d,yesterday,x
e,2025-01-02 00:00:00
"""


def test_a_batch_is_cast_judged_deduplicated_and_counted(lake):
    key = lake.land("day=1/first.csv", FIRST)
    manifest = lake.batch(keys=[key])
    assert manifest["rows"] == {"read": 7, "written": 2, "duplicates": 1, "superseded": 1, "quarantined": 3}
    assert manifest["quarantinedByRule"] == {
        "negative_amount": 1,
        "invalid_type:at": 1,
        "invalid_type:amount": 1,
        "malformed_record": 1,
    }
    assert [(row["id"], row["amount"], row["on_day"]) for row in lake.curated()] == [
        ("a", Decimal("1.50"), "2025-01-01"),
        ("b", Decimal("2.00"), "2025-01-01"),
    ]
    assert lake.files("curated") == ["on_day=2025-01-01/orders-1-0.parquet"]
    assert lake.files("quarantine") == ["day=1/orders-1-0.parquet"]


def _rows(many, *lines):
    return "\n".join(["id,at,amount", *lines, *(f"k{row},2025-01-01 10:00:00,1" for row in range(many))]) + "\n"


@pytest.mark.nightly
def test_keys_with_many_rows_are_named_in_a_tables_first_batch_alone(lake):
    versions = [f"b,2025-01-01 10:{minute:02}:00,1" for minute in range(60)] + [f"a,2025-01-01 11:{minute:02}:00,1" for minute in range(50)]
    manifest = lake.batch(keys=[lake.land("day=1/first.csv", _rows(20, *versions))])
    assert manifest["repeatedKeys"] == [{"key": {"id": "b"}, "rows": 60}, {"key": {"id": "a"}, "rows": 50}]
    assert (manifest["rows"]["superseded"], manifest["replaced"]) == (108, 0)
    lake.store.write_text(f"file:{lake.root}/lake/tables/orders.json", json.dumps(manifest["table"]))
    newer = lake.land("day=2/second.csv", _rows(0, *(version.replace("01 1", "02 1") for version in versions)))
    manifest = lake.batch(keys=[newer], batch_id="orders-2")
    assert "repeatedKeys" not in manifest
    assert (manifest["rows"]["written"], manifest["rows"]["superseded"], manifest["replaced"]) == (2, 108, 2)


@pytest.mark.nightly
def test_a_first_batch_in_which_few_rows_lose_names_no_key(lake):
    twice = ["k0,2025-01-01 10:00:00,1"] * 99
    manifest = lake.batch(keys=[lake.land("day=1/first.csv", _rows(20, *twice))])
    assert manifest["rows"]["duplicates"] == 99
    assert "repeatedKeys" not in manifest


@pytest.mark.nightly
def test_a_quarantined_row_keeps_what_was_read_and_every_reason(lake):
    key = lake.land("day=1/first.csv", FIRST)
    manifest = lake.batch(keys=[key])
    bad = next(row for row in lake.quarantined() if row["id"] == "d")
    assert bad == {
        "id": "d",
        "at": "yesterday",
        "amount": "x",
        "_errors": ["invalid_type:at", "invalid_type:amount"],
        "_source_file": f"file:{lake.root}/raw/{key}",
        "_batch_id": "orders-1",
        "_contract_version": "0123456789ab",
        "_raw_record": None,
        "_raw_bytes": None,
        "day": "1",
    }
    assert {"key": {"id": "d"}, "reasons": bad["_errors"], "file": bad["_source_file"]} in manifest["quarantine"]["examples"]
    malformed = next(row for row in lake.quarantined() if row["_errors"] == ["malformed_record"])
    assert malformed["_raw_record"] == "e,2025-01-02 00:00:00"


def test_a_later_batch_merges_into_the_partitions_that_it_touches_and_no_others(lake):
    first = lake.land("day=1/first.csv", "id,at,amount\na,2025-01-01 10:00:00,1\nb,2025-01-02 10:00:00,2\nc,2025-01-01 09:00:00,3\n")
    lake.batch(keys=[first])
    second = lake.land("day=2/second.csv", "id,at,amount\na,2025-01-01 12:00:00,5\nc,2025-01-01 09:00:00,3\nc,2025-01-01 08:00:00,4\n")
    manifest = lake.batch(keys=[second], batch_id="orders-2")
    assert manifest["rows"] == {"read": 3, "written": 1, "duplicates": 1, "superseded": 1, "quarantined": 0}
    assert [partition["path"] for partition in manifest["partitions"]] == ["on_day=2025-01-01"]
    assert manifest["partitions"][0]["replaces"] == ["curated/orders/on_day=2025-01-01/orders-1-0.parquet"]
    assert [(row["id"], int(row["amount"])) for row in lake.curated()] == [("a", 5), ("b", 2), ("c", 3)]
    assert lake.files("curated") == ["on_day=2025-01-01/orders-2-0.parquet", "on_day=2025-01-02/orders-1-1.parquet"]


@pytest.mark.nightly
def test_a_dataset_without_partition_keys_is_one_folder(lake):
    from lake import contract_with

    contract = contract_with(source={"partition_keys": []}, derive={}, curated={"partition_by": [], "target_file_mb": 128})
    lake.partition_keys = []
    key = lake.land("plain.csv", "id,at,amount\na,2025-01-01 10:00:00,1\nb,x,1\n")
    manifest = lake.batch(contract, keys=[key])
    assert manifest["partitions"][0]["path"] == ""
    assert lake.files("curated") == lake.files("quarantine") == ["orders-1-0.parquet"]
