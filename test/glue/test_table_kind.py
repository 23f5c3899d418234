"""A table has rows of one kind: a contract that would give it another is refused, and a rebuild replaces the whole table."""

import json
from pathlib import Path

import pytest
from lake import ORDERS, contract_with
from sluice_etl.errors import ContractChangedError

HEADER = "id,at,amount\n"
ROWS = "a,2025-01-01 10:00:00,1.50\nb,2025-01-02 10:00:00,2.50\n"


@pytest.fixture
def published(lake):
    """One batch, and its kind noted as publishing notes it."""
    manifest = lake.batch(keys=[lake.land("day=1/a.csv", HEADER + ROWS)])
    note(lake, manifest)
    return lake


def note(lake, manifest) -> None:
    lake.store.write_text(f"file:{lake.root}/lake/tables/orders.json", json.dumps(manifest["table"]))


def changed(**changes) -> dict:
    return contract_with(version="ba9876543210", **changes)


COLUMNS = {"id": "string", "at": ORDERS["columns"]["at"], "amount": "decimal(12,2)"}


@pytest.mark.nightly
def test_the_first_batch_says_what_kind_the_table_is_and_the_next_has_nothing_to_add(published):
    assert json.loads(published.store.read_text(f"file:{published.root}/lake/tables/orders.json")) == {
        "contractVersion": ORDERS["version"],
        "columns": {"id": "string", "at": "timestamp", "amount": "decimal(12,2)", "on_day": "date"},
        "primaryKey": ["id"],
        "partitionBy": ["on_day"],
    }
    assert "table" not in published.batch(keys=[published.land("day=1/b.csv", HEADER + "c,2025-01-03 10:00:00,1\n")], batch_id="orders-2")


@pytest.mark.nightly
@pytest.mark.parametrize(
    "changes, message",
    [
        ({"columns": {**COLUMNS, "amount": "string"}, "quarantine": {"rules": {}}}, "column amount is string, and was decimal(12,2)"),
        ({"columns": {**COLUMNS, "amount": "decimal(14,2)"}}, "column amount is decimal(14,2), and was decimal(12,2)"),
        ({"derive": {"on_day": "date_format(at, 'yyyyMMdd')"}}, "column on_day is string, and was date"),
        ({"primary_key": ["id", "at"]}, "the primary key is id, at, and was id"),
        ({"curated": {"partition_by": []}}, "it is partitioned by nothing, and was by on_day"),
    ],
)
def test_a_contract_of_another_kind_is_refused_by_name_before_anything_is_read(published, changes, message):
    before = published.curated()
    with pytest.raises(ContractChangedError) as refused:
        published.curate(changed(**changes), keys=[published.land("day=1/b.csv", HEADER + ROWS)], batch_id="orders-2")
    assert message in str(refused.value)
    assert "rename the dataset" in str(refused.value) and "npx --no-install sluice backfill orders --rebuild --local" in str(refused.value)
    assert published.curated() == before


@pytest.mark.nightly
def test_a_further_column_goes_through_and_one_that_went_cannot_come_back_as_another_type(published):
    more = changed(columns={**COLUMNS, "note": "string"})
    manifest = published.batch(more, keys=[published.land("day=1/b.csv", "id,at,amount,note\na,2025-01-01 11:00:00,3,x\n")], batch_id="orders-2")
    assert manifest["table"]["columns"]["note"] == "string"
    note(published, manifest)
    fewer = contract_with(version="222222222222")
    note(published, published.batch(fewer, keys=[published.land("day=1/c.csv", HEADER + "d,2025-01-01 11:00:00,3\n")], batch_id="orders-3"))
    other = contract_with(version="333333333333", columns={**COLUMNS, "note": "int"})
    with pytest.raises(ContractChangedError, match="column note is int, and was string"):
        published.curate(other, keys=[published.land("day=1/d.csv", HEADER + ROWS)], batch_id="orders-4")


def test_a_rebuild_replaces_the_whole_table_by_what_raw_has(published):
    raw = published.root / "raw/raw/orders/day=1/a.csv"
    raw.write_text(HEADER + "a,2025-02-01 10:00:00,1.50\n")
    contract = changed(columns={**COLUMNS, "amount": "double"}, primary_key=["id", "at"])
    manifest = published.batch(contract, source="raw", batch_id="orders-2", rebuild=True)
    assert [(p["path"], len(p["files"]), len(p["replaces"])) for p in manifest["partitions"]] == [
        ("on_day=2025-01-01", 0, 1),
        ("on_day=2025-01-02", 0, 1),
        ("on_day=2025-02-01", 1, 0),
    ]
    assert manifest["table"]["columns"]["amount"] == "double" and manifest["table"]["primaryKey"] == ["id", "at"]
    assert [(row["id"], row["amount"]) for row in published.curated()] == [("a", 1.5)]
    assert manifest["rows"] == {"read": 1, "written": 1, "duplicates": 0, "superseded": 0, "quarantined": 0}


@pytest.mark.nightly
def test_a_rebuild_to_another_kind_says_so_until_it_has_ended_and_only_another_rebuild_runs_meanwhile(published):
    contract = changed(columns={**COLUMNS, "amount": "string"}, quarantine={"rules": {}, "warn_rate": 1, "halt_rate": 1})
    rebuilt = published.curate(contract, source="raw", batch_id="orders-2", rebuild=True)
    assert rebuilt["table"]["unfinished"] == "orders-2"
    note(published, rebuilt)
    with pytest.raises(ContractChangedError, match="the rebuild orders-2 of orders has not ended"):
        published.curate(contract, keys=[published.land("day=1/b.csv", HEADER + ROWS)], batch_id="orders-3")
    assert published.curate(contract, source="raw", batch_id="orders-4", rebuild=True)["table"]["unfinished"] == "orders-4"


def test_the_types_that_are_noted_are_those_that_the_rows_have(lake):
    cases = json.loads((Path(__file__).parent.parent / "cases" / "type-names.json").read_text("utf-8"))
    columns = {"id": "string", **{f"c{number}": written for number, written in enumerate(cases)}}
    derive = {"twice": "c5 * 2", "longer": "concat(c0, '-', day)", "money": "c10 + c10 / 3", "first": "c22.b[0]", "known": "c8 IS NOT NULL"}
    contract = contract_with(source={"format": "json", "options": {}}, columns=columns, derive=derive, latest_by=[], curated={"partition_by": []}, quarantine={"rules": {}})
    noted = lake.batch(contract, keys=[lake.land("day=1/a.json", '{"id": "a"}\n')])["table"]["columns"]
    [file] = (lake.root / "lake" / "curated" / "orders").rglob("*.parquet")
    # Texts of any length are texts in a file.
    assert noted == {field.name: field.dataType.simpleString() for field in lake.spark.read.parquet(f"file:{file}").schema}
    assert set(derive) < set(noted)
