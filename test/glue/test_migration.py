"""A Parquet table that is taken over into an Iceberg table: its files stay as they are, and every row of them is read again."""

import json
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from iceberg_lake import iceberg
from lake import ORDERS, contract_with
from sluice_etl.errors import ConfigurationError, ContractChangedError
from test_deletes import Feed
from test_deletes import contract as removals
from test_iceberg import ids, in_a_folder, pyiceberg_rows

HEADER = "id,at,amount\n"
FIRST = "a,2025-01-01 10:00:00,1\nb,2025-01-01 11:00:00,2\nc,2025-01-02 10:00:00,3\n"


def note(lake, manifest) -> None:
    """What publish-batch does with the manifest's kind of table."""
    lake.store.write_text(lake.settings("orders-1").table_kind_uri, json.dumps(manifest["table"]))


def taken_over(lake, contract, batch_id="orders-migrate") -> dict:
    manifest = lake.curate(iceberg(contract), source="migration", reads="parquet", batch_id=batch_id)
    lake.publish(manifest)
    note(lake, manifest)
    return manifest


def contents(lake) -> dict[str, bytes]:
    root = lake.root / "lake/curated/orders"
    return {str(path.relative_to(root)): path.read_bytes() for path in root.glob("*=*/*.parquet")}


@pytest.fixture
def parquet(iceberg_lake):
    note(iceberg_lake, iceberg_lake.batch(ORDERS, keys=[iceberg_lake.land("day=1/a.csv", HEADER + FIRST)]))
    return iceberg_lake


def test_files_stay_where_they_are_and_readers_see_the_same_rows(parquet):
    before, rows = contents(parquet), parquet._rows("curated")
    manifest = parquet.curate(iceberg(ORDERS), source="migration", reads="parquet", batch_id="orders-migrate")
    assert parquet.curated() == []
    assert manifest["compacted"] == {"rows": 3, "files": 2, "filesAfter": 2, "bytes": sum(map(len, before.values()))}
    assert {part["path"]: part["rows"] for part in manifest["partitions"]} == {"on_day=2025-01-01": 2, "on_day=2025-01-02": 1}
    assert set(manifest["rows"].values()) == {0} and manifest["table"]["format"] == "iceberg"
    parquet.publish(manifest)
    note(parquet, manifest)
    assert [{**row, "on_day": str(row["on_day"])} for row in parquet.curated()] == rows
    assert ids(pyiceberg_rows(parquet)) == [("a", 1), ("b", 2), ("c", 3)]
    assert contents(parquet) == before
    [first] = parquet.pyiceberg().scan(row_filter="on_day = '2025-01-02'").plan_files()
    assert first.file.record_count == 1


@pytest.mark.nightly
def test_batches_go_on_with_corrections_a_new_column_a_compaction_and_a_rebuild(parquet, tmp_path):
    # A row without a partition value, as earlier tables may have.
    nowhere = parquet.root / "lake/curated/orders/on_day=__HIVE_DEFAULT_PARTITION__/orders-0-0.parquet"
    nowhere.parent.mkdir()
    pq.write_table(pa.table({"id": ["n"], "at": pa.array([None], pa.timestamp("us", "UTC")), "amount": pa.array([Decimal(6)], pa.decimal128(12, 2))}), nowhere)
    before = contents(parquet)
    taken_over(parquet, ORDERS)
    columns = {**ORDERS["columns"], "note": {"type": "string"}}
    wider = iceberg(contract_with(columns=columns, version="222222222222"))
    manifest = parquet.batch(wider, keys=[parquet.land("day=1/b.csv", "id,at,amount,note\na,2025-01-01 12:00:00,9,x\nd,2025-01-02 10:00:00,4,y\nn,2025-01-02 10:00:00,7,y\n")], batch_id="orders-2")
    assert manifest["metrics"]["rowsReplaced"] == 2
    expected = [("a", 9), ("b", 2), ("c", 3), ("d", 4), ("n", 7)]
    assert ids(parquet.curated()) == ids(pyiceberg_rows(parquet)) == expected
    assert {row["id"]: row["note"] for row in pyiceberg_rows(parquet)} == {"a": "x", "b": None, "c": None, "d": "y", "n": "y"}
    assert contents(parquet) == before, "a correction is a delete beside the file"
    copied = in_a_folder(parquet, tmp_path / "output" / "curated" / "orders")
    assert ids(copied.scan().to_arrow().to_pylist()) == expected
    parquet.batch(wider, source="curated", batch_id="orders-compact")
    assert ids(parquet.curated()) == ids(pyiceberg_rows(parquet)) == expected
    parquet.batch(wider, source="raw", batch_id="orders-rebuild", rebuild=True)
    assert ids(parquet.curated()) == ids(pyiceberg_rows(parquet)) == expected


@pytest.mark.nightly
def test_a_migration_that_was_cut_off_is_run_again(parquet):
    before, contract = contents(parquet), iceberg(ORDERS)
    parquet.curate(contract, source="migration", reads="parquet", batch_id="orders-m1")
    again = parquet.curate(contract, source="migration", reads="parquet", batch_id="orders-m2")
    assert again["compacted"]["files"] == 2
    parquet.publish(again)
    # Cut off before the kind of the table was noted.
    last = parquet.curate(contract, source="migration", reads="parquet", batch_id="orders-m3")
    assert (last["compacted"]["files"], last["partitions"], last.get("commit"), last["table"]["format"]) == (0, [], None, "iceberg")
    assert (ids(parquet.curated()), contents(parquet)) == ([("a", 1), ("b", 2), ("c", 3)], before)


@pytest.mark.nightly
def test_types_nested_values_and_escapes_come_over(iceberg_lake):
    columns = {"id": "string", "small": "smallint", "tiny": "tinyint", "price": "decimal(20,3)", "seen": "timestamp", "city": "string",
               "tags": "array<string>", "place": "struct<city:string,codes:array<int>>", "extra": "map<string,bigint>"}  # fmt: skip
    contract = contract_with(columns=columns, derive={}, latest_by=[], quarantine={"rules": {}}, source={"format": "json", "options": {}, "partition_keys": ["d"]}, curated={"partition_by": ["city"], "target_file_mb": 128})
    lines = [
        {"id": "a", "small": 1, "tiny": 2, "price": "1.250", "seen": "2025-01-01T10:00:00Z", "city": "Zürich/West=100%", "tags": ["x", None], "place": {"city": "Köln", "codes": [1, 2]}, "extra": {"k": 1}},
        {"id": "b", "small": -1, "tiny": -2, "price": None, "seen": None, "city": "x", "tags": None, "place": None, "extra": None},
    ]
    landed = iceberg_lake.batch(contract, keys=[iceberg_lake.land("d=1/a.json", "".join(json.dumps(line) + "\n" for line in lines))])
    assert landed["rows"]["written"] == 2, landed["quarantinedByRule"]
    note(iceberg_lake, landed)
    taken_over(iceberg_lake, contract)
    for rows in (iceberg_lake.curated(), sorted(pyiceberg_rows(iceberg_lake), key=lambda row: row["id"])):
        first, second = sorted(rows, key=lambda row: row["id"])
        assert (first["small"], first["tiny"], str(first["price"]), first["city"], first["tags"], first["place"], dict(first["extra"])) == (
            1, 2, "1.250", "Zürich/West=100%", ["x", None], {"city": "Köln", "codes": [1, 2]}, {"k": 1},
        )  # fmt: skip
        assert f"{first['seen']:%H:%M}" == "10:00"
        assert {name: value for name, value in second.items() if value is not None} == {"id": "b", "small": -1, "tiny": -2, "city": "x"}


@pytest.mark.nightly
def test_removed_keys_are_remembered_across(iceberg_lake):
    feed = Feed(iceberg_lake, removals())
    feed.land("a 10 1 U bern", "b 10 1 U bern")
    note(iceberg_lake, iceberg_lake.batch(removals(), keys=[iceberg_lake.land("day=1/d.csv", "id,at,amount,op,place\na,2025-01-01 12:00:00,,D,bern\nx,2025-01-01 12:00:00,,D,\n")], batch_id="orders-d"))
    old = iceberg_lake.files("tombstones")
    taken_over(iceberg_lake, removals())
    feed.under = iceberg(removals())
    feed.land("a 11 1 U genf", "x 11 1 U bern", "c 10 1 U bern")
    assert {row["id"] for row in iceberg_lake.curated()} == {"b", "c"}
    assert set(old) < set(iceberg_lake.files("tombstones"))


@pytest.mark.nightly
def test_what_cannot_be_taken_over_is_named_and_changes_nothing(parquet):
    before = contents(parquet)
    other = contract_with(primary_key=["id", "at"], version="333333333333")
    with pytest.raises(ContractChangedError, match="cannot be taken over as it is: the primary key is id, at, and was id"):
        taken_over(parquet, other)
    renamed = contract_with(columns={"id": "string", "at": ORDERS["columns"]["at"], "total": {"type": "decimal(12,2)", "renamed_from": "amount"}}, quarantine={"rules": {}}, version="444444444444")
    with pytest.raises(ContractChangedError, match="cannot be taken over as it is: column amount gets the name total"):
        taken_over(parquet, renamed)
    # What an earlier version, or somebody else, wrote there.
    stray = parquet.root / "lake/curated/orders/on_day=2025-01-03/x.parquet"
    stray.parent.mkdir()
    pq.write_table(pa.table({"id": ["z"], "amount": ["12"]}), stray)
    with pytest.raises(ConfigurationError, match=r"on_day=2025-01-03/x\.parquet has column amount as string, and the table has decimal\(12,2\)"):
        taken_over(parquet, ORDERS)
    stray.unlink()
    (parquet.root / "lake/curated/orders/stray.parquet").write_bytes(next(iter(before.values())))
    with pytest.raises(ConfigurationError, match=r"stray\.parquet is in no partition of table orders"):
        taken_over(parquet, ORDERS)
    (parquet.root / "lake/curated/orders/stray.parquet").unlink()
    assert contents(parquet) == before
    taken_over(parquet, ORDERS)
    assert {row["on_day"] for row in parquet.curated()} == {date(2025, 1, 1), date(2025, 1, 2)}
