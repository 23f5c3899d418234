"""An Iceberg table whose columns and partitioning follow its contract: by field ids, and visible with the batch that is published."""

import json
from pathlib import Path

import pytest
from iceberg_lake import iceberg
from lake import ORDERS, contract_with
from sluice_etl.contract import parse_contract
from sluice_etl.errors import ConfigurationError, ContractChangedError
from sluice_etl.tables.iceberg import branch
from sluice_etl.tables.iceberg.evolution.noted import evolved_kind
from test_iceberg import pyiceberg_rows
from test_migration import note, taken_over

AT = ORDERS["columns"]["at"]
COLUMNS = {"id": "string", "at": AT, "amount": "int", "note": "string"}
RENAMED = {"at": AT, "order_id": {"type": "string", "renamed_from": "id"}, "total": {"type": "bigint", "renamed_from": "amount"}}
HEADER = "id,at,amount,note\n"


def contract(version: int, columns: dict = COLUMNS, dropped: tuple = (), partition_by: tuple = ("on_day",), **more) -> dict:
    curated = {"partition_by": list(partition_by), "target_file_mb": 128, **({"drop_columns": list(dropped)} if dropped else {})}
    return contract_with(columns=columns, version=f"{version:012d}", curated=curated, quarantine={"rules": {}, "warn_rate": 1, "halt_rate": 1}, **more)


def batch(lake, under, number: int, *lines: str, header: str = HEADER) -> dict:
    manifest = lake.batch(iceberg(under), keys=[lake.land(f"day=1/{number}.csv", header + "".join(f"{line}\n" for line in lines))], batch_id=f"orders-{number}")
    if "table" in manifest:
        note(lake, manifest)
    return manifest


def by_id(lake, key: str, *columns: str) -> dict:
    """The same for Spark and pyiceberg."""
    spark, plain = ({row[key]: tuple(row[name] for name in columns) for row in rows} for rows in (lake.curated(), pyiceberg_rows(lake)))
    assert spark == plain
    return plain


def roll_back(lake, batch_id: str) -> None:
    to = next(each for each in lake.table().snapshots() if each.summary().get("sluice.batch-id") == batch_id)
    lake.table().manageSnapshots().replaceBranch("main", to.snapshotId()).commit()


@pytest.mark.nightly
def test_columns_are_renamed_dropped_and_put_in_order_with_the_batch_that_is_published(iceberg_lake):
    lake, header = iceberg_lake, "at,order_id,total\n"
    batch(lake, contract(1), 1, "a,2025-01-01 10:00:00,1,x", "b,2025-01-02 10:00:00,2,y")
    before, ids = pyiceberg_rows(lake), {field.name: field.field_id for field in lake.pyiceberg().schema().fields}
    under = contract(2, RENAMED, ("note",), primary_key=["order_id"])
    manifest = lake.curate(iceberg(under), keys=[lake.land("day=1/2.csv", header + "2025-01-01 12:00:00,a,9000000000\n2025-01-03 12:00:00,d,4\n")], batch_id="orders-2")
    # A type that gets wider is what readers may see before.
    assert pyiceberg_rows(lake) == before and [row["note"] for row in lake.curated()] == ["x", "y"]
    lake.publish(manifest)
    note(lake, manifest)
    assert manifest["table"]["columns"] == {"at": "timestamp", "order_id": "string", "total": "bigint", "on_day": "date"}
    assert manifest["table"]["renamed"] == {"id": "order_id", "amount": "total"} and manifest["table"]["primaryKey"] == ["order_id"]
    expected = {"a": (9000000000,), "b": (2,), "d": (4,)}
    assert by_id(lake, "order_id", "total") == expected
    now = {field.name: field.field_id for field in lake.pyiceberg().schema().fields}
    assert list(now) == ["at", "order_id", "total", "on_day"]
    assert (now["order_id"], now["total"]) == (ids["id"], ids["amount"])
    entry = lake.glue.get_table(DatabaseName=lake.database, Name="orders")["Table"]["StorageDescriptor"]["Columns"]
    assert [column["Name"] for column in entry if column["Parameters"]["iceberg.field.current"] == "true"] == list(now)
    # The batch's own snapshot is read with the names that it was published with.
    at_batch = lake.pyiceberg().scan(snapshot_id=int(manifest["commit"]["snapshotId"])).to_arrow()
    assert at_batch.column_names == list(now)

    # An earlier contract, and what no table can become.
    for other, message in [
        (contract(1), "column id has become order_id, so this contract is an earlier one"),
        (contract(3, {**RENAMED, "total": {"type": "int", "renamed_from": "amount"}}, ("note",), primary_key=["order_id"]), "column total is int, and was bigint"),
    ]:
        with pytest.raises(ContractChangedError, match=message):
            lake.curate(iceberg(other), keys=["raw/orders/day=1/1.csv"], batch_id="orders-x")

    # A dropped name comes back as another column, in which older rows have nothing; an earlier snapshot has the earlier names.
    last = lake.pyiceberg().metadata.last_column_id
    again = contract(4, {"at": AT, "order_id": "string", "note": "string", "total": "bigint"}, primary_key=["order_id"])
    roll_back(lake, "orders-1")
    assert by_id(lake, "order_id", "total") == {"a": (1,), "b": (2,)}
    batch(lake, again, 4, "2025-01-02 12:00:00,b,new,7", header="at,order_id,note,total\n")
    assert by_id(lake, "order_id", "total", "note") == {"a": (1, None), "b": (7, "new")}
    assert [field.name for field in lake.pyiceberg().schema().fields] == ["at", "order_id", "note", "total", "on_day"]
    assert lake.pyiceberg().schema().find_field("note").field_id == last + 1
    compacted = lake.batch(iceberg(again), source="curated", batch_id="orders-compact", checkKeys=True)
    assert compacted["compacted"]["filesAfter"] == 1 and by_id(lake, "order_id", "total", "note") == {"a": (1, None), "b": (7, "new")}


@pytest.mark.nightly
def test_files_keep_the_partitioning_that_they_were_written_with_until_a_compaction(iceberg_lake):
    lake, by_month = iceberg_lake, {"derive": {"on_day": "to_date(at)", "on_month": "CAST(trunc(at, 'MM') AS DATE)"}}
    batch(lake, contract(1), 1, "a,2025-01-01 10:00:00,1,x", "b,2025-01-02 10:00:00,2,y", "c,2025-02-01 10:00:00,3,y")
    monthly = contract(2, partition_by=("on_month",), **by_month)
    waits = lake.curate(iceberg(monthly), source="curated", batch_id="orders-too-early")
    assert waits["compacted"]["files"] == 0 and "commit" not in waits
    manifest = batch(lake, monthly, 2, "a,2025-01-01 12:00:00,5,z", "d,2025-03-01 10:00:00,4,y")
    assert manifest["replaced"] == 1 and manifest["table"]["partitionBy"] == ["on_month"]
    rows = {"a": (5,), "b": (2,), "c": (3,), "d": (4,)}
    assert by_id(lake, "id", "amount") == rows
    assert sorted(task.file.spec_id for task in lake.pyiceberg().scan().plan_files()) == [0, 0, 0, 1, 1]
    # A key of an old file, and one of a new one.
    batch(lake, monthly, 3, "c,2025-02-01 12:00:00,6,z", "d,2025-03-01 12:00:00,7,z")
    rows |= {"c": (6,), "d": (7,)}
    assert by_id(lake, "id", "amount") == rows
    compacted = lake.batch(iceberg(monthly), source="curated", batch_id="orders-compact", checkKeys=True)
    assert (compacted["compacted"]["rows"], compacted["compacted"]["filesAfter"], compacted["metrics"]["keysChecked"]) == (4, 4, 4)
    # Rows of before have no month: they were written without one.
    assert by_id(lake, "id", "amount") == rows and {task.file.spec_id for task in lake.pyiceberg().scan().plan_files()} == {1}
    assert lake.table().currentSnapshot().summary()["total-delete-files"] == "0"
    assert lake.curate(iceberg(monthly), source="curated", batch_id="orders-again")["compacted"]["files"] == 0
    # Of a key whose partition follows it: older rows have none, and are found.
    by_key = contract(5, partition_by=("shard",), derive={"on_day": "to_date(at)", "on_month": "CAST(NULL AS DATE)", "shard": "left(id, 1)"})
    batch(lake, by_key, 8, "a,2025-01-01 13:00:00,10,z")
    batch(lake, by_key, 9, "a,2025-01-01 14:00:00,11,z", "b,2025-01-02 11:00:00,12,z")
    rows |= {"a": (11,), "b": (12,)}
    assert by_id(lake, "id", "amount") == rows
    # And to no partition at all.
    flat = contract(3, partition_by=(), **by_month)
    batch(lake, flat, 4, "b,2025-01-02 12:00:00,8,z")
    assert lake.pyiceberg().spec().fields == ()
    assert by_id(lake, "id", "amount") == rows | {"b": (8,)}
    # A column that files are partitioned by keeps its name, though the contract no longer partitions by it.
    renamed = contract(4, {**COLUMNS, "month": {"type": "date", "renamed_from": "on_month"}}, partition_by=(), derive={"on_day": "to_date(at)"})
    with pytest.raises(ConfigurationError, match="column on_month of table orders can be neither renamed nor dropped: files of the table are partitioned by it"):
        lake.curate(iceberg(renamed), keys=["raw/orders/day=1/4.csv", lake.land("day=1/5.csv", "id,at,amount,note,month\nz,2025-01-02 12:00:00,8,z,2025-01-01\n")], batch_id="orders-5")


@pytest.mark.nightly
def test_files_of_a_migrated_table_show_a_renamed_column_and_nothing_of_one_that_was_dropped(iceberg_lake):
    lake = iceberg_lake
    note(lake, lake.batch(contract(1), keys=[lake.land("day=1/1.csv", HEADER + "a,2025-01-01 10:00:00,1,x\nb,2025-01-02 10:00:00,2,y\n")]))
    taken_over(lake, contract(1))
    under = contract(2, RENAMED, ("note",), primary_key=["order_id"])
    batch(lake, under, 2, "2025-01-01 12:00:00,a,9", header="at,order_id,total\n")
    assert by_id(lake, "order_id", "total") == {"a": (9,), "b": (2,)}
    again = contract(3, {"at": AT, "order_id": "string", "total": "bigint", "note": "string"}, primary_key=["order_id"])
    batch(lake, again, 3, "2025-01-03 12:00:00,d,4,new", header="at,order_id,total,note\n")
    assert by_id(lake, "order_id", "total", "note") == {"a": (9, None), "b": (2, None), "d": (4, "new")}


@pytest.mark.nightly
def test_a_row_that_was_set_aside_under_the_earlier_name_comes_in_under_the_new_one(iceberg_lake):
    lake = iceberg_lake
    batch(lake, contract(1), 1, "a,2025-01-01 10:00:00,1,x", "b,soon,2,y")
    under = contract(2, {"at": "string", "order_id": {"type": "string", "renamed_from": "id"}, "total": {"type": "int", "renamed_from": "amount"}}, derive={}, partition_by=(), primary_key=["order_id"], latest_by=[])
    other = {**under, "dataset": "orders"}
    (lake.root / "lake/tables/orders.json").unlink()
    manifest = lake.curate(iceberg(other), source="quarantine", batch_id="orders-2")
    assert manifest["rows"]["written"] == 1
    assert [(row["order_id"], row["total"]) for row in lake.arrow("staged") if row.get("order_id") == "b"] == [("b", 2)]


class Killed(Exception):
    pass


@pytest.mark.nightly
def test_a_job_that_is_killed_after_any_of_its_changes_leaves_readers_what_they_had_and_is_run_again(iceberg_lake, monkeypatch):
    lake = iceberg_lake
    batch(lake, contract(1), 1, "a,2025-01-01 10:00:00,1,x", "b,2025-01-02 10:00:00,2,y")
    before = pyiceberg_rows(lake)
    under = iceberg(contract(2, {"at": AT, "id": "string", "total": {"type": "int", "renamed_from": "amount"}}, ("note",)))
    landed = [lake.land("day=1/2.csv", "at,id,total\n2025-01-01 12:00:00,a,9\n2025-01-03 12:00:00,d,4\n")]
    for step in ("evolve", "_placed", "_delete_replaced", "live_counts"):
        done = getattr(branch, step)

        def killed(*arguments, done=done):
            done(*arguments)
            raise Killed

        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(branch, step, killed)
            lake.curate(under, keys=landed, batch_id="orders-2")
        assert pyiceberg_rows(lake) == before, step
    manifest = lake.batch(under, keys=landed, batch_id="orders-2")
    assert (manifest["rows"]["written"], manifest["replaced"]) == (2, 1)
    assert by_id(lake, "id", "total") == {"a": (9,), "b": (2,), "d": (4,)}
    assert list(lake.table().refs().keySet()) == ["main"]


@pytest.mark.nightly
def test_names_that_the_contract_gives_to_what_is_noted_are_the_same_in_both_languages():
    for case in json.loads((Path(__file__).parents[1] / "cases" / "evolved-tables.json").read_text())["cases"]:
        columns = {name: {"type": "string", **({"renamed_from": before} if before else {})} for name, before in case["columns"].items()}
        content = contract_with(columns=columns, derive={}, primary_key=case["primaryKey"], latest_by=case["latestBy"], curated={"partition_by": [], "drop_columns": case["dropColumns"]})
        kind, problems = evolved_kind(case["noted"], parse_contract(json.dumps(content)))
        assert (kind["columns"], kind["primaryKey"], problems) == (case["columnsAfter"], case["primaryKeyAfter"], case["problems"]), case["what"]
