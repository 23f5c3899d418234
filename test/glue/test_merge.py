"""Latest wins, in any order and however often."""

import json

import pytest
from dry_run import dry_run
from lake import ORDERS, contract_with
from sluice_etl.contract import parse_contract

HEADER = "id,at,amount\n"


@pytest.mark.nightly
def test_the_same_batch_again_replaces_its_own_files_and_no_others(lake):
    other = lake.land("day=1/a.csv", HEADER + "a,2025-01-01 10:00:00,1\n!,x,1\n")
    key = lake.land("day=1/b.csv", HEADER + "b,2025-01-01 10:00:00,1\nc,2025-01-02 10:00:00,1\nd,x,1\n")
    lake.batch(keys=[other])
    lake.batch(keys=[key], batch_id="orders-2")
    before = lake.curated(), lake.quarantined(), lake.files("curated"), lake.files("quarantine")
    # Its staging may hold more than it writes this time, left by an attempt that was cut off.
    stray = lake.root / "lake/staged/orders/batch_id=orders-2/on_day=2020-01-01/orders-2-7.parquet"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"cut off")
    manifest = lake.batch(keys=[key], batch_id="orders-2")
    assert manifest["rows"] == {"read": 3, "written": 0, "duplicates": 2, "superseded": 0, "quarantined": 1}
    assert (lake.curated(), lake.quarantined(), lake.files("curated"), lake.files("quarantine")) == before
    assert not stray.exists()


@pytest.mark.nightly
def test_a_table_may_hold_nothing_beside_its_key(lake):
    only = contract_with(columns={"id": "string"}, derive={}, latest_by=[], quarantine={"rules": {}}, curated={"partition_by": [], "target_file_mb": 128})
    manifest = lake.batch(only, keys=[lake.land("day=1/a.csv", "id\na\nb\na\n")])
    assert manifest["rows"] == {"read": 3, "written": 2, "duplicates": 1, "superseded": 0, "quarantined": 0}
    assert lake.curated() == [{"id": "a"}, {"id": "b"}]


@pytest.mark.nightly
def test_names_like_those_of_the_jobs_own_columns_are_names_like_any_other(lake):
    columns = {"_row": "string", "_content": "bigint", "path": "int", "_key_hash": "string", "values": "string"}
    contract = contract_with(
        columns=columns,
        source={"partition_keys": ["origin"]},
        derive={"_bad": "values"},
        primary_key=["_row"],
        latest_by=["_content"],
        quarantine={"rules": {"reasons": "origin = 'shop' AND path < 0"}},
        curated={"partition_by": [], "target_file_mb": 128},
    )
    lines = ["a,1,1,x,v", "a,2,1,y,w", "a,2,1,y,w", "b,1,-1,x,v", "c,one,1,x,v"]
    manifest = lake.batch(contract, keys=[lake.land("origin=shop/a.csv", ",".join(columns) + "\n" + "\n".join(lines))])
    assert manifest["rows"] == {"read": 5, "written": 1, "duplicates": 1, "superseded": 1, "quarantined": 2}
    assert lake.curated() == [{"_row": "a", "_content": 2, "path": 1, "_key_hash": "y", "values": "w", "_bad": "w"}]
    assert {(row["_row"], *row["_errors"], row["origin"]) for row in lake.quarantined()} == {
        ("b", "reasons", "shop"),
        ("c", "invalid_type:_content", "shop"),
    }


@pytest.mark.nightly
def test_a_manual_run_replaces_the_quarantine_of_its_partitions(lake):
    lake.land("day=1/a.csv", HEADER + "a,2025-01-01 10:00:00,-1\nb,2025-01-01 10:00:00,1\n")
    lake.land("day=2/b.csv", HEADER + "c,x,1\n")
    lake.batch()
    forgiving = {**ORDERS, "quarantine": {"rules": {}}}
    manifest = lake.batch(forgiving, batch_id="orders-2", predicates=["day = '1'"])
    assert manifest["quarantine"]["files"] == []
    assert manifest["quarantine"]["replaces"] == ["quarantine/orders/day=1/orders-1-0.parquet"]
    assert [row["id"] for row in lake.curated()] == ["a", "b"]
    assert [row["id"] for row in lake.quarantined()] == ["c"]


@pytest.mark.nightly
def test_replay_merges_what_passes_today_and_rewrites_the_rest(lake):
    lines = "a,2025-01-01 10:00:00,-1\nb,soon,-1\nc\nd,2025-01-01 10:00:00,5\n"
    key = lake.land("day=1/a.csv", HEADER + lines)
    lake.batch(keys=[key])
    forgiving = {**ORDERS, "quarantine": {"rules": {"early": "at < TIMESTAMP'2020-01-01'"}}, "version": "ffffffffffff"}
    foreseen = dry_run(lake.spark, lake.root / "lake/quarantine/orders", parse_contract(json.dumps(forgiving)), None)
    assert foreseen == {"rows": 3, "pass": 1, "fail": 2, "byReason": {"invalid_type:at": 1, "malformed_record": 1}, "quality": None}
    expected = {"read": 3, "written": 1, "duplicates": 0, "superseded": 0, "quarantined": 2}
    manifest = lake.curate(forgiving, source="quarantine", batch_id="orders-2")
    assert manifest["rows"] == expected
    # Cut off before publishing, and run again: its own quarantine file is no input yet.
    manifest = lake.batch(forgiving, source="quarantine", batch_id="orders-2")
    assert (manifest["rows"], manifest["quarantinedByRule"]) == (expected, {"invalid_type:at": 1, "malformed_record": 1})
    assert [row["id"] for row in lake.curated()] == ["a", "d"]
    left = lake.quarantined()
    assert sorted(str(row["_raw_record"] or row["id"]) for row in left) == ["b", "c"]
    assert {row["_source_file"] for row in left} == {f"file:{lake.root}/raw/{key}"}
    assert {row["_contract_version"] for row in left} == {"ffffffffffff"}
    # And once more after publishing: nothing is lost, nothing doubled.
    manifest = lake.batch(forgiving, source="quarantine", batch_id="orders-2")
    assert manifest["rows"] == {"read": 2, "written": 0, "duplicates": 0, "superseded": 0, "quarantined": 2}
    assert lake.quarantined() == left


@pytest.mark.nightly
def test_a_key_that_moves_to_another_partition_is_said_and_not_doubled(lake):
    lake.batch(keys=[lake.land("day=1/a.csv", HEADER + "a,2025-01-01 10:00:00,1\nb,2025-01-01 10:00:00,1\n")])
    manifest = lake.batch(keys=[lake.land("day=2/b.csv", HEADER + "a,2025-01-03 10:00:00,2\n")], batch_id="orders-2")
    assert manifest["metrics"]["keysFoundInOtherPartitions"] == 1
    assert [(row["id"], row["on_day"]) for row in lake.curated()] == [("a", "2025-01-03"), ("b", "2025-01-01")]
    # Its partition may be left without rows; then it goes.
    lake.batch(keys=[lake.land("day=3/c.csv", HEADER + "a,2025-01-04 10:00:00,2\n")], batch_id="orders-3")
    assert [(row["id"], row["on_day"]) for row in lake.curated()] == [("a", "2025-01-04"), ("b", "2025-01-01")]


@pytest.mark.nightly
def test_a_moved_key_in_a_table_too_large_to_search_fails_the_batch(lake, monkeypatch):
    monkeypatch.setattr("sluice_etl.tables.parquet.moved_keys.MOST_BYTES", 1)
    first = "".join(f"k{day},2025-01-0{day} 10:00:00,1\n" for day in range(1, 5))
    lake.batch(keys=[lake.land("day=1/a.csv", HEADER + first)])
    moved = "".join(f"k{day},2025-02-01 10:00:00,1\n" for day in range(1, 5))
    with pytest.raises(Exception, match="partition_by .on_day. changes for keys of orders"):
        lake.curate(keys=[lake.land("day=2/b.csv", HEADER + moved)], batch_id="orders-2")


@pytest.mark.nightly
def test_in_a_large_table_partitions_near_the_touched_ones_are_searched_first(lake, monkeypatch):
    days = "".join(f"k{day},2025-01-0{day} 10:00:00,1\n" for day in range(1, 10))
    lake.batch(keys=[lake.land("day=1/a.csv", HEADER + days)])
    largest = max((lake.root / "lake/curated/orders" / path).stat().st_size for path in lake.files("curated"))
    monkeypatch.setattr("sluice_etl.tables.parquet.moved_keys.MOST_BYTES", 4 * largest)
    with pytest.raises(Exception, match="partition_by .on_day. changes for keys of orders: 1 of this batch"):
        lake.curate(keys=[lake.land("day=2/b.csv", HEADER + "k5,2025-01-06 10:00:00,1\n")], batch_id="orders-2")


@pytest.mark.nightly
def test_ties_fall_by_content_whatever_the_order(lake):
    contract = contract_with(latest_by=[], derive={}, curated={"partition_by": [], "target_file_mb": 128})
    one, two = HEADER + "a,2025-01-01 10:00:00,1\n", HEADER + "a,2025-01-01 10:00:00,2\na,2024-01-01 10:00:00,9\n"
    keys = [lake.land("day=1/a.csv", one), lake.land("day=1/b.csv", two)]
    lake.batch(contract, keys=keys[:1])
    lake.batch(contract, keys=keys[1:], batch_id="orders-2")
    forwards = lake.curated()
    lake.batch(contract, keys=keys[:1], batch_id="orders-3")
    assert lake.curated() == forwards and len(forwards) == 1


@pytest.mark.nightly
def test_curated_files_of_an_older_contract_are_read_as_todays(lake):
    lake.batch(keys=[lake.land("day=1/a.csv", HEADER + "a,2025-01-01 10:00:00,1.5\n")])
    columns = {**ORDERS["columns"], "amount": {"type": "decimal(20,4)"}, "note": {"type": "string"}}
    wider = contract_with(columns=columns, derive={**ORDERS["derive"], "shout": "upper(id)"})
    lake.batch(wider, keys=[lake.land("day=2/b.csv", HEADER + "b,2025-01-01 10:00:00,2.25\n")], batch_id="orders-2")
    assert [(row["id"], str(row["amount"]), row["note"], row["shout"]) for row in lake.curated()] == [
        ("a", "1.5000", None, "A"),
        ("b", "2.2500", None, "B"),
    ]
    narrower = contract_with(columns={**ORDERS["columns"], "amount": {"type": "bigint"}})
    with pytest.raises(Exception, match="curated holds values of amount"):
        lake.batch(narrower, keys=[lake.land("day=3/c.csv", HEADER + "c,2025-01-01 10:00:00,2\n")], batch_id="orders-3")


@pytest.mark.nightly
def test_a_batch_over_many_partitions_makes_one_file_in_each(lake, monkeypatch):
    monkeypatch.setattr("sluice_etl.merge.sizes.LEAST_TASK_BYTES", 1)
    rows = [f"k{number},2025-01-{1 + number % 9:02d} 10:00:00,1\n" for number in range(90)]
    manifest = lake.batch(keys=[lake.land("day=1/a.csv", HEADER + "".join(rows))])
    assert manifest["rows"]["written"] == 90
    assert [len(partition["files"]) for partition in manifest["partitions"]] == [1] * 9
