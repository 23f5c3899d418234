"""Compaction: few files of many, the same rows, whatever their types and however large their partition."""

import pyarrow.parquet as pq
import pytest
from lake import ORDERS, contract_with
from sluice_etl.errors import ConservationError, CutOffPublicationError
from sluice_etl.tables.parquet import compaction

HEADER = "id,at,amount\n"
FIRST_DAY = [{"on_day": "2025-01-01"}]


@pytest.fixture
def crowded(lake):
    """Two days, each in five files that other tools have left."""
    rows = "".join(f"k{number},2025-01-0{1 + number % 2} 10:00:00,{number}\n" for number in range(40))
    lake.batch(keys=[lake.land("day=1/a.csv", HEADER + rows)])
    split(lake, 5)
    return lake


def split(lake, pieces: int) -> None:
    for path in lake.files("curated"):
        file = lake.root / "lake/curated" / lake.dataset / path
        table = pq.ParquetFile(file).read()
        size = -(-table.num_rows // pieces)
        for number in range(0, table.num_rows, size):
            pq.write_table(table.slice(number, size), file.with_name(f"small-{number}.parquet"))
        file.unlink()


def compact(lake, contract=ORDERS, **plan) -> dict:
    return lake.batch(contract, source="curated", **plan)


def test_few_files_are_made_of_many_and_no_row_changes(crowded):
    before = crowded.curated()
    manifest = compact(crowded, batch_id="orders-9", partitions=FIRST_DAY)
    assert crowded.curated() == before
    assert manifest["rows"] == dict.fromkeys(("read", "written", "duplicates", "superseded", "quarantined"), 0)
    assert [(p["path"], p["rows"], len(p["files"]), len(p["replaces"])) for p in manifest["partitions"]] == [("on_day=2025-01-01", 20, 1, 5)]
    assert manifest["compacted"]["rows"] == 20 and manifest["compacted"]["files"] == 5
    assert len(crowded.files("curated")) == 6
    assert compact(crowded, batch_id="orders-10", partitions=FIRST_DAY)["partitions"] == []


@pytest.mark.nightly
def test_without_partitions_named_every_one_is_looked_at(crowded):
    before = crowded.curated()
    assert len(compact(crowded, batch_id="orders-9")["partitions"]) == 2
    assert crowded.curated() == before and len(crowded.files("curated")) == 2
    nothing = compact(crowded, batch_id="orders-10")
    assert nothing["partitions"] == [] and nothing["compacted"] == {"rows": 0, "files": 0, "bytes": 0}


@pytest.mark.nightly
def test_run_again_it_stages_the_same_and_leaves_nothing_of_its_first_run(crowded):
    first = crowded.curate(source="curated", batch_id="orders-9")
    stale = crowded.root / "lake/staged/orders/batch_id=orders-9/on_day=2025-01-01/orders-9-77.parquet"
    stale.write_bytes(b"left by an attempt that was cut off")
    again = crowded.curate(source="curated", batch_id="orders-9")
    keys = [[file["key"] for p in manifest["partitions"] for file in p["files"]] for manifest in (first, again)]
    assert keys[0] == keys[1] and not stale.exists()


@pytest.mark.nightly
def test_a_large_partition_becomes_as_many_files_as_its_bytes_ask_for_and_then_rests(crowded, monkeypatch):
    before = crowded.curated()
    monkeypatch.setattr(compaction, "MB", 1024)
    size = sum((crowded.root / "lake/curated/orders" / path).stat().st_size for path in crowded.files("curated"))
    contract = contract_with(curated={"partition_by": ["on_day"], "target_file_mb": -(-size // (2 * 1024 * 3))})
    manifest = compact(crowded, contract, batch_id="orders-9")
    assert all(1 < len(partition["files"]) <= 3 for partition in manifest["partitions"])
    assert crowded.curated() == before
    for number in range(10, 20):
        if not compact(crowded, contract, batch_id=f"orders-{number}")["partitions"]:
            break
    else:
        raise AssertionError("it finds something to do each time")
    assert crowded.curated() == before


@pytest.mark.nightly
def test_a_table_without_partitions_is_one(lake):
    contract = contract_with(curated={"partition_by": [], "target_file_mb": 128})
    lake.batch(contract, keys=[lake.land("day=1/a.csv", HEADER + "".join(f"k{n},2025-01-01 10:00:00,1\n" for n in range(9)))])
    split(lake, 3)
    before = lake.curated()
    assert len(compact(lake, contract, batch_id="orders-9")["partitions"][0]["files"]) == 1
    assert lake.curated() == before and len(lake.files("curated")) == 1


@pytest.mark.nightly
def test_a_partition_with_files_of_two_publications_is_refused(crowded):
    folder = crowded.root / "lake/curated/orders/on_day=2025-01-01"
    for number, path in enumerate(sorted(folder.glob("small-*"))):
        path.rename(folder / f"orders-{number % 2 + 1}-{number}-0badcaf{number % 2}.parquet")
    with pytest.raises(CutOffPublicationError, match="partition on_day=2025-01-01 of orders .* 2 publications .orders-1 and orders-2."):
        crowded.curate(source="curated", batch_id="orders-9")


@pytest.mark.nightly
def test_rows_of_any_type_and_of_earlier_contracts_stay_what_they_are(lake):
    contract = contract_with(
        source={"format": "json", "options": {}},
        columns={"id": "string", "at": "timestamp", "tags": "map<string,int>", "parts": "array<struct<n:int,t:string>>", "ratio": "double"},
        quarantine={"rules": {}, "warn_rate": 1, "halt_rate": 1},
        curated={"partition_by": ["at", "on_day"], "target_file_mb": 128},
    )
    line = '{"id":"%s","at":"2025-01-01T10:0%d:00.123456","tags":{"b":2,"a":%d},"parts":[{"n":1,"t":"x"},{"n":null}],"ratio":%s}\n'
    rows = [line % (f"k{n}", n % 2, n, "null" if n % 3 else "-0.0") for n in range(12)]
    lake.batch(contract, keys=[lake.land("day=1/a.json", "".join(rows))])
    split(lake, 3)
    wider = {**contract, "columns": {**contract["columns"], "later": {"type": "string"}}}
    before = [{**row, "later": None} for row in lake.curated()]
    manifest = compact(lake, wider, batch_id="orders-9")
    assert len(manifest["partitions"]) == 2 and manifest["compacted"]["rows"] == 12
    assert sorted(lake.curated(), key=repr) == sorted(before, key=repr)


@pytest.mark.nightly
def test_rows_that_change_on_the_way_are_found_out(crowded, monkeypatch):
    before, honest = crowded.files("curated"), compaction.write_files

    def careless(batch, rows, target):
        return honest(batch, rows.selectExpr("id", "at", "amount + 1 AS amount", "on_day"), target)

    monkeypatch.setattr(compaction, "write_files", careless)
    with pytest.raises(ConservationError, match="differ from those in the partitions"):
        crowded.curate(source="curated", batch_id="orders-9")
    monkeypatch.setattr(compaction, "write_files", lambda batch, rows, target: honest(batch, rows.limit(3), target))
    with pytest.raises(ConservationError, match="have 40 rows, and 3 are staged"):
        crowded.curate(source="curated", batch_id="orders-9")
    assert crowded.files("curated") == before
