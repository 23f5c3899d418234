"""A batch in an Iceberg table: on a branch of its own, merge-on-read, which pyiceberg reads as Spark does."""

import json
import os
import random
import re
import sys
from pathlib import Path

import pyarrow.parquet
import pytest
from iceberg_lake import iceberg
from lake import ORDERS, contract_with
from pyiceberg.table import StaticTable
from pyspark.sql.types import StringType, StructField, StructType
from sluice_etl.merge.sizes import MOST_FILES_OF_A_TASK, writers_of_few
from sluice_etl.errors import ConfigurationError, ContractChangedError
from sluice_etl.stages import staged
from sluice_etl.tables.iceberg import branch, table
from sluice_etl.tables.iceberg.catalog import IcebergName
from sluice_etl.tables.iceberg.evolution.types import widens
from test_deletes import HEADER as REMOVALS
from test_deletes import Feed
from test_deletes import contract as removals
from test_oracle import SEEDS, Dataset, check_batches

sys.path.append(str(Path(__file__).resolve().parents[2] / "laptop" / "glue"))
from relocated_tables import relocate  # noqa: E402

HEADER = "id,at,amount\n"
FIRST = "a,2025-01-01 10:00:00,1\nb,2025-01-01 11:00:00,2\nc,2025-01-02 10:00:00,3\n"


@pytest.fixture
def published(iceberg_lake):
    iceberg_lake.batch(keys=[iceberg_lake.land("day=1/a.csv", HEADER + FIRST)])
    return iceberg_lake


def ids(rows) -> list[tuple]:
    return sorted((row["id"], int(row["amount"])) for row in rows)


def pyiceberg_rows(lake):
    return lake.pyiceberg().scan().to_arrow().to_pylist()


def in_a_folder(lake, folder: Path) -> StaticTable:
    """What `sluice run` leaves of the table."""
    request = {"database": lake.database, "table": "orders", "folder": str(folder), "named": f"file://{folder}", "staging": f"{folder}-staging"}
    relocate(lake.spark, request)
    return StaticTable.from_metadata(str(folder))


def test_readers_see_nothing_of_a_batch_before_it_is_published_and_all_of_it_afterwards(published):
    before = ids(published.curated())
    manifest = published.curate(keys=[published.land("day=1/b.csv", HEADER + "a,2025-01-01 12:00:00,9\nd,2025-01-03 10:00:00,4\n")], batch_id="orders-2")
    assert manifest["rows"] == {"read": 2, "written": 2, "duplicates": 0, "superseded": 0, "quarantined": 0}
    assert ids(published.curated()) == ids(pyiceberg_rows(published)) == before == [("a", 1), ("b", 2), ("c", 3)]
    published.publish(manifest)
    assert ids(published.curated()) == ids(pyiceberg_rows(published)) == [("a", 9), ("b", 2), ("c", 3), ("d", 4)]


def test_a_correction_adds_position_deletes_and_writes_no_other_row_again(published):
    manifest = published.batch(keys=[published.land("day=1/b.csv", HEADER + "a,2025-01-01 12:00:00,9\n")], batch_id="orders-2")
    summary = dict(published.table().currentSnapshot().summary())
    assert (summary["added-records"], summary["total-records"], summary["total-position-deletes"]) == ("1", "4", "1")
    assert summary.get("deleted-data-files") is None
    assert summary["sluice.batch-id"] == "orders-2"
    assert manifest["metrics"]["rowsReplaced"] == 1
    assert [(p["path"], p["rows"], p["replaces"]) for p in manifest["partitions"]] == [("on_day=2025-01-01", 1, [])]


def test_of_the_table_only_the_columns_that_order_its_rows_are_read_unless_two_versions_of_a_key_are_of_one_time(published, monkeypatch):
    read, keep = [], staged.keep

    def noted(batch, name, rows, *more):
        plan = rows._jdf.queryExecution().optimizedPlan().toString()
        read.append((name, set(re.findall(r"(\w+)#", re.search(r"RelationV2\[(.*?)\]", plan)[1]))))
        return keep(batch, name, rows, *more)

    monkeypatch.setattr(staged, "keep", noted)
    few = {"id", "at", "on_day", "_file", "_pos"}
    newer = published.batch(keys=[published.land("day=1/b.csv", HEADER + "a,2025-01-01 12:00:00,9\nb,2025-01-01 10:00:00,9\n")], batch_id="orders-2")
    assert read == [("ordered", few)]
    assert newer["rows"] == {"read": 2, "written": 1, "duplicates": 0, "superseded": 1, "quarantined": 0}
    # Of one time, the greater values win, and equal ones are duplicates.
    rows = "a,2025-01-01 12:00:00,10\nb,2025-01-01 11:00:00,1\nc,2025-01-02 10:00:00,3\n"
    tied = published.batch(keys=[published.land("day=1/c.csv", HEADER + rows)], batch_id="orders-3")
    assert read[1:] == [("ordered", few), ("merged", {*few, "amount"})]
    assert tied["rows"] == {"read": 3, "written": 1, "duplicates": 1, "superseded": 1, "quarantined": 0}
    assert ids(published.curated()) == ids(pyiceberg_rows(published)) == [("a", 10), ("b", 2), ("c", 3)]


@pytest.mark.nightly
def test_files_of_the_table_are_copies_of_the_staged_ones_with_every_column_and_its_id(published):
    files = published.pyiceberg().inspect.files().to_pylist()
    staged = {path.name.removesuffix(".parquet"): path.read_bytes() for path in (published.root / "lake/staged").rglob("*.parquet")}
    for file in files:
        path = Path(file["file_path"].removeprefix("file:"))
        assert path.read_bytes() == staged[path.stem.rpartition("-")[0]]
        fields = pyarrow.parquet.read_schema(path)
        ids_in_file = {field.name: int(field.metadata[b"PARQUET:field_id"]) for field in fields}
        assert ids_in_file == {field.name: field.field_id for field in published.pyiceberg().schema().fields}
    bounds = [file["readable_metrics"]["amount"] for file in files]
    assert sorted((each["value_count"], int(each["lower_bound"]), int(each["upper_bound"])) for each in bounds) == [(1, 3, 3), (2, 1, 2)]


@pytest.mark.nightly
def test_positions_of_replaced_rows_are_written_as_the_specification_has_them(published):
    published.batch(keys=[published.land("day=1/b.csv", HEADER + "b,2025-01-01 12:00:00,8\na,2025-01-01 12:00:00,9\n")], batch_id="orders-2")
    [deletes] = [file for file in published.pyiceberg().inspect.files().to_pylist() if file["content"] == 1]
    [data] = [file for file in published.pyiceberg().inspect.files().to_pylist() if "on_day=2025-01-01/orders-1" in file["file_path"]]
    path = deletes["file_path"].removeprefix("file:")
    fields = pyarrow.parquet.read_schema(path)
    # "Position Delete Files": ids, required, and sorted by file and position.
    assert [(f.name, str(f.type), f.nullable, f.metadata[b"PARQUET:field_id"]) for f in fields] == [("file_path", "string", False, b"2147483546"), ("pos", "int64", False, b"2147483545")]
    rows = pyarrow.parquet.read_table(path, partitioning=None).to_pylist()
    assert rows == [{"file_path": data["file_path"], "pos": 0}, {"file_path": data["file_path"], "pos": 1}]
    # One commit, and what is read of the table is read once.
    snapshots = published.pyiceberg().metadata.snapshots
    assert len(snapshots) == 3 and snapshots[-1].parent_snapshot_id == snapshots[-2].snapshot_id


@pytest.mark.nightly
def test_a_table_without_partitions_gets_positions_only_where_rows_are_replaced(iceberg_lake):
    lake, whole = iceberg_lake, iceberg(contract_with(derive={}, curated={"partition_by": [], "target_file_mb": 128}))
    lake.batch(whole, keys=[lake.land("day=1/a.csv", HEADER + FIRST)])
    for number, (row, deletes) in enumerate([("d,2025-01-01 12:00:00,4\n", 0), ("b,2025-01-01 12:00:00,8\n", 1)]):
        lake.batch(whole, keys=[lake.land(f"day=1/{number}.csv", HEADER + row)], batch_id=f"orders-{number + 2}")
        assert [file["record_count"] for file in lake.pyiceberg().inspect.files().to_pylist() if file["content"] == 1] == [1] * deletes
    assert ids(lake.curated()) == ids(pyiceberg_rows(lake)) == [("a", 1), ("b", 8), ("c", 3), ("d", 4)]


@pytest.mark.nightly
def test_a_row_is_taken_out_of_a_partition_that_has_no_value_or_an_empty_one(spark, iceberg_lake):
    """No batch writes such rows; others may."""
    columns = {"id": "string", "at": {"type": "timestamp", "format": "yyyy-MM-dd HH:mm:ss"}, "amount": "bigint", "place": "string"}
    placed = iceberg(contract_with(columns=columns, derive={}, curated={"partition_by": ["place"], "target_file_mb": 128}))
    lake, header = iceberg_lake, "id,at,amount,place\n"
    lake.batch(placed, keys=[lake.land("day=1/a.csv", header + "a,2025-01-01 10:00:00,1,x\n")])
    values = ", ".join(f"('{id}', TIMESTAMP '2025-01-01 10:00:00', 1, {place})" for id, place in [("null", "NULL"), ("empty", "''"), ("kept", "''"), ("odd", "'a=%/b'")])
    lake._session().sql(f"INSERT INTO {IcebergName(lake.database, 'orders').sql} VALUES {values}")
    rows = "".join(f"{id},2025-01-01 11:00:00,2,{place}\n" for id, place in [("null", "x"), ("empty", "y"), ("odd", "a=%/b"), ("new", "x")])
    lake.batch(placed, keys=[lake.land("day=1/b.csv", header + rows)], batch_id="orders-2")
    wanted = [("a", 1), ("empty", 2), ("kept", 1), ("new", 2), ("null", 2), ("odd", 2)]
    assert ids(lake.curated()) == ids(pyiceberg_rows(lake)) == wanted


@pytest.mark.nightly
def test_the_rules_are_shown_exactly_the_rows_that_become_visible(published):
    """Staged are the rows of the batch that win, and no others."""
    late = HEADER + "a,2025-01-01 09:00:00,7\nb,2025-01-01 12:00:00,8\nb,2025-01-01 11:30:00,5\nc,2025-01-02 10:00:00,3\n"
    manifest = published.curate(keys=[published.land("day=1/b.csv", late)], batch_id="orders-2")
    assert manifest["rows"] == {"read": 4, "written": 1, "duplicates": 1, "superseded": 2, "quarantined": 0}
    staged = [row for row in published.arrow("staged") if row["amount"] == 8]
    assert len(staged) == 1 and len(manifest["partitions"]) == 1


@pytest.mark.nightly
def test_a_batch_with_many_partitions_keeps_one_file_open_at_a_time(published, monkeypatch):
    monkeypatch.setattr(branch, "MOST_OPEN_FILES", 2)
    # Iceberg's own writer has a part only where staged files cannot be the table's.
    monkeypatch.setattr(table, "column_ids", lambda *_: None)
    store = published.spark._jsparkSession.sharedState().statusStore()

    def executions():
        listed = store.executionsList()
        return {each.executionId(): each for each in (listed.apply(index) for index in range(listed.size()))}

    # The store forgets the oldest ones.
    before = set(executions())
    published.batch(keys=[published.land("day=1/b.csv", HEADER + "".join(f"d{day},2025-03-{day:02d} 10:00:00,1\n" for day in range(1, 5)))], batch_id="orders-2")
    plans = [each.physicalPlanDescription() for number, each in executions().items() if number not in before]
    [appended] = [plan for plan in plans if "AppendData" in plan]
    assert "Sort" in appended and len(published.curated()) == 7


@pytest.mark.nightly
def test_a_few_corrections_of_many_partitions_are_written_side_by_side(published):
    days = [f"2025-{month:02d}-{day:02d}" for month in (3, 4, 5) for day in range(1, 23)]
    published.batch(keys=[published.land("day=1/b.csv", HEADER + "".join(f"{day},{day} 10:00:00,1\n" for day in days))], batch_id="orders-2")
    published.batch(keys=[published.land("day=1/c.csv", HEADER + "".join(f"{day},{day} 11:00:00,2\n" for day in days))], batch_id="orders-3")
    assert len(days) > MOST_FILES_OF_A_TASK
    assert ids(published.curated()) == ids(pyiceberg_rows(published)) == sorted([("a", 1), ("b", 2), ("c", 3), *((day, 2) for day in days)])
    files = published.pyiceberg().inspect.files().to_pylist()
    # A file for each partition, and one of deletes.
    assert sorted(file["content"] for file in files if "orders-1" not in file["file_path"]) == [0] * 2 * len(days) + [1] * len(days)


@pytest.mark.nightly
def test_few_rows_of_many_partitions_have_more_than_one_writer():
    assert writers_of_few(1_000, cores=8, partitions=MOST_FILES_OF_A_TASK) is None
    assert writers_of_few(1_000, cores=8, partitions=3 * MOST_FILES_OF_A_TASK) == 3
    assert writers_of_few(1_000, cores=8, partitions=100 * MOST_FILES_OF_A_TASK) == 8
    assert writers_of_few(64 * 2**20, cores=8, partitions=1_000) is None


@pytest.mark.nightly
def test_the_same_batch_again_commits_nothing(published):
    at = published.metadata_location()
    manifest = published.batch(keys=["raw/orders/day=1/a.csv"])
    assert manifest["rows"] == {"read": 3, "written": 0, "duplicates": 3, "superseded": 0, "quarantined": 0}
    assert "commit" not in manifest and manifest["partitions"] == []
    assert ids(published.curated()) == [("a", 1), ("b", 2), ("c", 3)]
    assert published.table().refs().keySet().size() <= 2 and at is not None


@pytest.mark.nightly
def test_a_batch_that_failed_leaves_a_branch_that_the_next_batch_removes(published):
    published.curate(keys=[published.land("day=1/b.csv", HEADER + "x,2025-01-01 12:00:00,9\n")], batch_id="orders-2")
    assert "batch_orders-2" in list(published.table().refs().keySet())
    published.batch(keys=[published.land("day=1/c.csv", HEADER + "y,2025-01-01 12:00:00,9\n")], batch_id="orders-3")
    assert sorted(published.table().refs().keySet()) == ["batch_orders-3", "main"]
    assert ids(published.curated()) == [("a", 1), ("b", 2), ("c", 3), ("y", 9)]


@pytest.mark.nightly
def test_a_key_that_moves_to_another_partition_is_there_once(published):
    published.batch(keys=[published.land("day=1/b.csv", HEADER + "a,2025-03-01 10:00:00,5\n")], batch_id="orders-2")
    assert ids(published.curated()) == ids(pyiceberg_rows(published)) == [("a", 5), ("b", 2), ("c", 3)]


@pytest.mark.nightly
def test_a_rebuild_replaces_every_row(published):
    (published.root / "raw/raw/orders/day=1/a.csv").write_text(HEADER + "z,2025-05-01 10:00:00,1\n")
    published.batch(source="raw", batch_id="orders-2", rebuild=True)
    assert ids(published.curated()) == ids(pyiceberg_rows(published)) == [("z", 1)]


@pytest.mark.nightly
def test_a_new_column_of_the_contract_is_empty_in_older_rows(published):
    columns = {**ORDERS["columns"], "note": {"type": "string"}}
    wider = iceberg(contract_with(columns=columns, version="222222222222"))
    published.batch(wider, keys=[published.land("day=1/b.csv", "id,at,amount,note\nd,2025-01-01 10:00:00,4,x\n")], batch_id="orders-2")
    assert [(row["id"], row["note"]) for row in published.curated()] == [("a", None), ("b", None), ("c", None), ("d", "x")]
    narrower = published.batch(keys=[published.land("day=1/c.csv", HEADER + "d,2025-01-01 11:00:00,5\n")], batch_id="orders-3")
    assert narrower["rows"]["written"] == 1
    assert [(row["id"], row["note"]) for row in published.curated()] == [("a", None), ("b", None), ("c", None), ("d", None)]


@pytest.mark.nightly
def test_nested_and_small_types_come_back_as_they_were_written(iceberg_lake):
    columns = {
        "id": "string", "small": "smallint", "tiny": "tinyint", "ratio": "double", "day": "date",
        "tags": "array<string>", "place": "struct<city:string,codes:array<int>>", "extra": "map<string,bigint>",
    }  # fmt: skip
    contract = iceberg(contract_with(columns=columns, derive={}, latest_by=[], quarantine={"rules": {}}, source={"format": "json", "options": {}, "partition_keys": ["d"]}, curated={"partition_by": ["day"], "target_file_mb": 128}))
    line = '{"id":"a","small":1,"tiny":2,"ratio":0.5,"day":"2025-01-01","tags":["x",null],"place":{"city":"Köln","codes":[1,2]},"extra":{"k":1}}\n'
    iceberg_lake.batch(contract, keys=[iceberg_lake.land("d=1/a.json", line)])
    again = iceberg_lake.batch(contract, keys=[iceberg_lake.land("d=1/b.json", line.replace('"ratio":0.5', '"ratio":0.75'))], batch_id="orders-2")
    assert again["rows"]["written"] == 1
    row = iceberg_lake.curated()[0]
    assert (row["small"], row["tiny"], row["ratio"], row["tags"], row["place"], row["extra"]) == (
        1, 2, 0.75, ["x", None], {"city": "Köln", "codes": [1, 2]}, {"k": 1},
    )  # fmt: skip
    assert len(pyiceberg_rows(iceberg_lake)) == 1


@pytest.mark.nightly
def test_a_parquet_table_is_not_taken_over_in_silence(iceberg_lake):
    manifest = iceberg_lake.curate(ORDERS, keys=[iceberg_lake.land("day=1/a.csv", HEADER + FIRST)])
    iceberg_lake.store.write_text(f"file:{iceberg_lake.root}/lake/tables/orders.json", json.dumps(manifest["table"]))
    with pytest.raises(ContractChangedError, match="stored as parquet, and its contract asks for iceberg"):
        iceberg_lake.curate({**iceberg(ORDERS), "version": "ffffffffffff"}, keys=["raw/orders/day=1/a.csv"], batch_id="orders-2")


@pytest.mark.nightly
def test_an_entry_of_the_catalog_that_is_not_iceberg_is_named(iceberg_lake):
    iceberg_lake.glue.create_table(DatabaseName=iceberg_lake.database, TableInput={"Name": "orders", "StorageDescriptor": {"Location": "s3://x/y"}})
    with pytest.raises(ConfigurationError, match="table orders of database .* is in the catalog already, and is not an Iceberg table"):
        iceberg_lake.curate(keys=[iceberg_lake.land("day=1/a.csv", HEADER + FIRST)])


@pytest.mark.nightly
def test_a_missing_metadata_file_is_named_and_nothing_is_written(published):
    Path(re.sub("^file:/+", "/", published.metadata_location())).unlink()
    with pytest.raises(ConfigurationError, match=r"the metadata of table orders cannot be read: .*\.metadata\.json"):
        published.curate(keys=[published.land("day=1/b.csv", HEADER + "x,2025-01-01 12:00:00,9\n")], batch_id="orders-2")


@pytest.mark.nightly
def test_rows_that_others_wrote_are_rows_of_the_table_and_changes_of_its_columns_are_named(iceberg_lake):
    lake = iceberg_lake
    manifest = lake.batch(keys=[lake.land("day=1/a.csv", HEADER + FIRST)])
    lake.store.write_text(lake.settings("orders-1").table_kind_uri, json.dumps(manifest["table"]))
    name, others = IcebergName(lake.database, "orders").sql, lake._session()
    others.sql(f"INSERT INTO {name} VALUES ('a', TIMESTAMP '2025-01-01 11:00:00', 7, DATE '2025-01-05'), ('z', TIMESTAMP '2025-01-01 11:00:00', 8, DATE '2025-01-05')")
    manifest = lake.batch(keys=[lake.land("day=1/b.csv", HEADER + "a,2025-01-01 12:00:00,9\nz,2025-01-01 10:00:00,1\n")], batch_id="orders-2")
    assert manifest["rows"] == {"read": 2, "written": 1, "duplicates": 0, "superseded": 1, "quarantined": 0}
    assert ids(lake.curated()) == ids(pyiceberg_rows(lake)) == [("a", 9), ("b", 2), ("c", 3), ("z", 8)]

    late = [lake.land("day=1/c.csv", HEADER + "x,2025-01-01 12:00:00,9\n")]
    renamed, added = "has no column amount any more, which its batches have written", "is partitioned by on_day:identity, id:identity, and its batches have it by on_day"
    for change, back, named in [
        (lambda table: table.updateSchema().renameColumn("amount", "total"), lambda table: table.updateSchema().renameColumn("total", "amount"), renamed),
        (lambda table: table.updateSpec().addField("id"), lambda table: table.updateSpec().removeField("id"), added),
    ]:
        change(lake.table()).commit()
        at = lake.metadata_location()
        with pytest.raises(ConfigurationError, match=named):
            lake.curate(keys=late, batch_id="orders-3")
        assert lake.metadata_location() == at
        back(lake.table()).commit()
    lake.batch(keys=late, batch_id="orders-3")
    assert len(lake.curated()) == 5


@pytest.mark.nightly
def test_rows_that_others_deleted_by_value_stay_deleted_until_their_key_comes_again(published):
    """As Flink deletes: it names a key in a file of equality deletes, and no position."""
    jvm, opened = published.spark._jvm, published.table()
    number = opened.schema().findField("id").fieldId()
    key = StructType([StructField("id", StringType(), metadata={"parquet.field.id": number})])
    published.spark.createDataFrame([("c",)], key).coalesce(1).write.parquet(f"file:{published.root}/by-value")
    [file] = (published.root / "by-value").glob("*.parquet")
    numbers = published.spark.sparkContext._gateway.new_array(jvm.int, 1)
    numbers[0] = number
    builder = jvm.org.apache.iceberg.FileMetadata.deleteFileBuilder(opened.spec()).ofEqualityDeletes(numbers).withPath(f"file:{file}")
    deletes = builder.withFormat("PARQUET").withFileSizeInBytes(file.stat().st_size).withRecordCount(1).withPartitionPath("on_day=2025-01-02")
    opened.newRowDelta().addDeletes(deletes.build()).commit()
    assert ids(published.curated()) == [("a", 1), ("b", 2)]
    # Older than the row that was deleted, which is not there to win.
    published.batch(keys=[published.land("day=1/b.csv", HEADER + "a,2025-01-01 12:00:00,9\nc,2025-01-02 09:00:00,5\n")], batch_id="orders-2")
    assert ids(published.curated()) == [("a", 9), ("b", 2), ("c", 5)]


@pytest.mark.nightly
@pytest.mark.parametrize("corrections", [1, 2, 3])
def test_a_table_is_copied_to_a_folder_that_pyiceberg_and_spark_read_where_it_is(published, tmp_path, corrections):
    """From the second on, Iceberg replaces files of deletes; after the third, what the first two wrote is compacted."""
    rows = ["a,2025-01-01 12:00:00,9\nc,2025-01-02 12:00:00,3\nd,2025-01-03 10:00:00,4\n", "b,2025-01-01 13:00:00,2\n", "b,2025-01-01 14:00:00,2\n"]
    for number, row in enumerate(rows[:corrections]):
        if number == 2:
            published.batch(source="curated", batch_id="orders-compact")
        published.batch(keys=[published.land(f"day=1/{number}.csv", HEADER + row)], batch_id=f"orders-c{number}")
    folder = tmp_path / "output" / "curated" / "orders"
    in_a_folder(published, folder)
    for path in sorted((published.root / "lake" / "curated").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    expected = [("a", 9), ("b", 2), ("c", 3), ("d", 4)]
    table = StaticTable.from_metadata(str(folder))
    assert ids(table.scan().to_arrow().to_pylist()) == expected
    assert {task.file.file_path.startswith(f"file://{folder}/data/") for task in table.scan().plan_files()} == {True}
    assert ids(row.asDict() for row in published.spark.read.format("iceberg").load(f"file://{folder}").collect()) == expected
    assert not [path for path in folder.rglob("*") if path.is_file() and str(published.root / "lake").encode() in path.read_bytes()]


@pytest.mark.nightly
@pytest.mark.parametrize("seed", SEEDS)
def test_the_table_holds_the_newest_good_version_of_every_key_in_any_order_of_batches(iceberg_lake, seed):
    """The property of Parquet tables: batches in any order, the same again, by hand, replayed and compacted."""
    draw = random.Random(seed)
    dataset = Dataset(draw)
    rows = check_batches(iceberg_lake, draw, dataset, iceberg(dataset.contract))
    if iceberg_lake.exists():
        assert len(pyiceberg_rows(iceberg_lake)) == len(rows)


@pytest.mark.nightly
def test_removed_keys_stay_removed_by_any_order_and_are_remembered_with_the_snapshot(iceberg_lake):
    lake = iceberg_lake
    feed = Feed(lake, iceberg(removals()))
    feed.land("a 10 1 U bern", "b 10 1 U bern", "c 10 1 U genf")
    assert feed.land("a 12 - D -", "c 12 - D genf", "e 12 - D -", "x 10 1 U bern") == {"written": 1, "deleted": 3}
    assert feed.table == {"b 10 bern", "x 10 bern"}
    # Nothing but removals, older ones among them; then rows that are older and newer than what removed them.
    assert feed.land("b 12 - D -", "a 11 - D -") == {"deleted": 1, "superseded": 1}
    assert feed.land("a 11 1 U chur", "e 11 1 U genf", "b 12 2 U bern", "c 13 1 U genf") == {"superseded": 3, "written": 1}
    assert feed.table == {"x 10 bern", "c 13 genf"}
    # The folder of three was larger than what came after it; the next batch makes one of both.
    assert [rows for _, rows in tombstones(lake)] == [3, 1]
    assert feed.land("y 10 - D -", "z 10 - D -") == {"deleted": 2} and [rows for _, rows in tombstones(lake)] == [6]
    again = lake.batch(feed.under, batch_id="orders-again")
    assert set(feed.rows(again)) == {"duplicates", "superseded"} and feed.table == {"x 10 bern", "c 13 genf"}
    lake.batch(feed.under, batch_id="orders-rebuilt", rebuild=True)
    assert feed.table == {"x 10 bern", "c 13 genf"} and [rows for _, rows in tombstones(lake)] == [5]


@pytest.mark.nightly
def test_a_removal_that_was_not_published_removes_nothing(iceberg_lake):
    lake, under = iceberg_lake, iceberg(removals())
    feed = Feed(lake, under)
    feed.land("a 10 1 U bern")
    lake.curate(under, keys=[lake.land("day=1/x.csv", REMOVALS + "a,2025-01-01 12:00:00,,D,\n")], batch_id="orders-x")
    assert feed.land("a 11 2 U bern") == {"written": 1} and feed.table == {"a 11 bern"}


@pytest.mark.nightly
def test_a_compaction_writes_what_is_crowded_again_and_what_is_old_goes(published):
    """Readers see the same rows before and after it; the partition that has one file and no deletes stays as it is."""
    lake = published
    rows = ["a,2025-01-01 12:00:00,9\n", "d,2025-01-01 10:00:00,4\n", "d,2025-01-01 11:00:00,5\n"]
    for number, row in enumerate(rows):
        lake.batch(keys=[lake.land(f"day=1/{number}.csv", HEADER + row)], batch_id=f"orders-{number}")
    expected = [("a", 9), ("b", 2), ("c", 3), ("d", 5)]
    stray = lake.root / "lake/curated/orders/data/stray.parquet"
    stray.write_bytes(b"x")
    os.utime(stray, (0, 0))
    untouched = [str(task.file.file_path) for task in lake.pyiceberg().scan(row_filter="on_day = '2025-01-02'").plan_files()]

    small = {**iceberg(ORDERS), "curated": {**iceberg(ORDERS)["curated"], "history_days": 0}}
    manifest = lake.curate(small, source="curated", batch_id="orders-compact", checkKeys=True)
    assert manifest["compacted"] | {"bytes": 0} == {"rows": 3, "files": 6, "bytes": 0, "filesAfter": 1}
    assert [(each["path"], each["rows"], each["files"]) for each in manifest["partitions"]] == [("on_day=2025-01-01", 3, [])]
    assert (manifest["metrics"]["keysChecked"], manifest["metrics"]["orphansRemoved"], stray.exists()) == (4, 1, False)
    assert manifest["metrics"]["snapshotsExpired"] > 0
    assert ids(lake.curated()) == ids(pyiceberg_rows(lake)) == expected
    lake.publish(manifest)
    summary = dict(lake.table().currentSnapshot().summary())
    assert (summary["total-records"], summary["total-position-deletes"], summary["total-data-files"], summary["sluice.source"]) == ("4", "0", "2", "curated")
    assert ids(lake.curated()) == ids(pyiceberg_rows(lake)) == expected
    assert untouched == [str(task.file.file_path) for task in lake.pyiceberg().scan(row_filter="on_day = '2025-01-02'").plan_files()]

    again = lake.curate(small, source="curated", batch_id="orders-again")
    assert again["compacted"]["files"] == 0 and "commit" not in again and again["partitions"] == []
    # Nothing but what readers of today see is left.
    assert lake.table().currentSnapshot().summary()["sluice.batch-id"] == "orders-compact" and len(lake.pyiceberg().metadata.snapshots) == 1
    data = {path.name for path in (lake.root / "lake/curated/orders/data").rglob("*.parquet")}
    assert data == {str(task.file.file_path).rpartition("/")[2] for task in lake.pyiceberg().scan().plan_files()}
    lake.batch(keys=[lake.land("day=1/last.csv", HEADER + "a,2025-01-01 13:00:00,1\n")], batch_id="orders-last")
    month_end = [("a", 1), ("b", 2), ("c", 3), ("d", 5)]
    assert ids(lake.curated()) == ids(pyiceberg_rows(lake)) == month_end

    # An end of a month stays, with every file that it has.
    at = lake.table().currentSnapshot().snapshotId()
    lake.table().manageSnapshots().createTag("month_2025_01", at).commit()
    lake.batch(keys=[lake.land("day=1/after.csv", HEADER + "a,2025-02-01 13:00:00,7\n")], batch_id="orders-after")
    gone = lake.table().currentSnapshot().snapshotId()
    lake.batch(small, source="curated", batch_id="orders-expire")
    lake.batch(small, source="curated", batch_id="orders-expire-again")
    assert {at} == {each.snapshot_id for each in lake.pyiceberg().metadata.snapshots} - {lake.table().currentSnapshot().snapshotId()}
    assert gone != at and ids(lake.pyiceberg().scan(snapshot_id=at).to_arrow().to_pylist()) == month_end
    assert ids(lake.curated()) == [("a", 7), ("b", 2), ("c", 3), ("d", 5)]


@pytest.mark.nightly
def test_a_type_gets_wider_and_values_stay_as_they_are(iceberg_lake):
    lake, columns = iceberg_lake, {"id": "string", "at": ORDERS["columns"]["at"], "amount": "int"}
    manifest = lake.batch(iceberg(contract_with(columns=columns)), keys=[lake.land("day=1/a.csv", HEADER + FIRST)])
    assert manifest["table"]["format"] == "iceberg"
    lake.store.write_text(lake.settings("orders-1").table_kind_uri, json.dumps(manifest["table"]))
    wider = iceberg(contract_with(columns={**columns, "amount": "bigint"}, version="222222222222"))
    manifest = lake.batch(wider, keys=[lake.land("day=1/b.csv", HEADER + "a,2025-01-01 12:00:00,9000000000\n")], batch_id="orders-2")
    assert manifest["table"]["columns"]["amount"] == "bigint"
    assert ids(lake.curated()) == ids(pyiceberg_rows(lake)) == [("a", 9000000000), ("b", 2), ("c", 3)]
    lake.store.write_text(lake.settings("orders-1").table_kind_uri, json.dumps(manifest["table"]))
    with pytest.raises(ContractChangedError, match="column amount is int, and was bigint"):
        lake.curate({**iceberg(contract_with(columns=columns)), "version": "333333333333"}, keys=["raw/orders/day=1/a.csv"], batch_id="orders-3")


@pytest.mark.nightly
def test_types_that_may_get_wider_are_the_same_in_both_languages():
    cases = json.loads((Path(__file__).parents[1] / "cases" / "wider-types.json").read_text())
    assert [widens(before, after) for before, after in cases["widens"]] == [True] * len(cases["widens"])
    assert [widens(before, after) for before, after in cases["doesNotWiden"]] == [False] * len(cases["doesNotWiden"])


def tombstones(lake) -> list[list]:
    return json.loads(lake.table().properties().get("sluice.tombstones"))
