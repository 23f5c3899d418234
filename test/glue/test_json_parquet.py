"""JSON lines and Parquet."""

from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lake import contract_with

COMMON = dict(derive={}, latest_by=["n"], quarantine={"rules": {}}, curated={"partition_by": [], "target_file_mb": 128})


def test_json_values_stay_as_they_were_written(lake):
    contract = contract_with(
        source={"format": "json", "options": {}},
        columns={"id": "string", "n": "decimal(30,10)", "tags": "array<string>", "who": "struct<name:string,age:int>", "ok": "boolean"},
        **COMMON,
    )
    lines = [
        '{"id":"a","n":12345678901234567890.1234567890,"tags":["x","y"],"who":{"name":"Zoë","age":7},"ok":true}',
        '{"id":"b","n":"1.5","more":1,"tags":null}',
        '{"id":"c, 5","n":"1.50x","tags":"none"}',
        '{"id":7,"n":-1e3}',
        '{"id":"d"',
        '{"id":"e"} {"id":"f"}',
        '{"id":"g"},',
        "[1]",
        '{"id": 01}',
        "",
    ]
    manifest = lake.batch(contract, keys=[lake.land("day=1/a.json", "\n".join(lines))])
    rows = {row["id"]: row for row in lake.curated()}
    assert rows["a"]["n"] == Decimal("12345678901234567890.1234567890")
    assert (rows["a"]["tags"], rows["a"]["who"], rows["a"]["ok"]) == (["x", "y"], {"name": "Zoë", "age": 7}, True)
    assert rows["b"]["n"] == Decimal("1.5") and rows["7"]["n"] == Decimal("-1000")
    assert manifest["quarantinedByRule"] == {"malformed_record": 5, "invalid_type:n": 1, "invalid_type:tags": 1}
    assert sorted(row["_raw_record"] for row in lake.quarantined() if row["_raw_record"]) == sorted(lines[4:9])
    bad = next(row for row in lake.quarantined() if row["id"] == "c, 5")
    assert (bad["n"], bad["tags"]) == ("1.50x", "none")
    assert manifest["drift"]["unknown"] == {"more": 1}


def late_keys(lake, **drift):
    """Two files: in one, `größe` and `extra` first stand in the last line, far behind the rest; in the other they never do."""
    contract = contract_with(
        source={"format": "json", "options": {}}, columns={"id": "string", "n": "int", "größe": "int"}, drift={"missing": "null", "unknown": "ignore", **drift}, **COMMON
    )
    plain = "".join(f'{{"id":"{{}}{n}","n":{n}}}\n' for n in range(200))
    last = '{"id":"last","n":1,"gr\\u00f6\\u00dfe":7,"extra":1}\n'
    keys = [lake.land("day=1/a b.json", plain.replace("{}", "a") + last), lake.land("day=1/c.json", plain.replace("{}", "c"))]
    return lake.batch(contract, keys=keys)


def test_a_column_that_first_stands_late_in_a_file_is_not_missing(lake, monkeypatch):
    monkeypatch.setattr("sluice_etl.formats.json.keys.LOOK", 100)
    manifest = late_keys(lake, missing="quarantine")
    assert manifest["quarantinedByRule"] == {"missing_column:größe": 200}
    assert manifest["drift"] == {"missing": {"größe": 1}, "unknown": {}}
    assert next(row["größe"] for row in lake.curated() if row["id"] == "last") == 7


def test_a_key_that_fails_the_batch_is_found_wherever_it_stands(lake, monkeypatch):
    monkeypatch.setattr("sluice_etl.formats.json.keys.LOOK", 100)
    with pytest.raises(Exception, match="unknown to the contract of orders: extra"):
        late_keys(lake, unknown="fail")


def test_json_with_bytes_that_are_no_utf8_is_set_aside(lake):
    contract = contract_with(columns={"id": "string", "n": "bigint"}, source={"format": "json", "options": {}}, **COMMON)
    lines = b'{"id": "\xc3\xa9", "n": 1}\n{"id": "\xe9", "n": 2}\n{"id": "\\u00e9", "n": 3}\n'
    manifest = lake.batch(contract, keys=[lake.land("day=1/a.json", lines)])
    assert manifest["rows"] == {"read": 3, "written": 1, "duplicates": 0, "superseded": 1, "quarantined": 1}
    assert [row["_raw_record"] for row in lake.quarantined()] == ['{"id": "\ufffd", "n": 2}']
    assert [row["n"] for row in lake.curated()] == [3]


def test_parquet_files_with_different_types_become_one_table(lake):
    contract = contract_with(source={"format": "parquet", "options": {}}, columns={"id": "string", "n": "bigint", "amount": "decimal(10,2)"}, **COMMON)
    frames = {
        "a": pa.table({"id": ["a", "A"], "n": pa.array([1, 2], pa.int64()), "amount": pa.array([1.005, 2.5])}),
        "b": pa.table({"ID": ["b", "B"], "n": ["3", "x"], "amount": ["4.10", "5"], "extra": [1, 2]}),
        "c": pa.table({"id": ["c", "C", "cc"], "n": pa.array([4.0, 4.5, None]), "amount": pa.array([1, 2, 99999999999], pa.int64())}),
    }
    keys = []
    for name, table in frames.items():
        pq.write_table(table, lake.root / f"{name}.parquet")
        keys.append(lake.land(f"day=1/{name}.parquet", (lake.root / f"{name}.parquet").read_bytes()))
    manifest = lake.batch(contract, keys=keys)
    assert {row["id"]: (row["n"], str(row["amount"])) for row in lake.curated()} == {
        "a": (1, "1.01"),
        "A": (2, "2.50"),
        "b": (3, "4.10"),
        "c": (4, "1.00"),
    }
    assert manifest["quarantinedByRule"] == {"invalid_type:n": 2, "invalid_type:amount": 1}
    assert {(row["id"], row["n"], row["amount"]) for row in lake.quarantined()} == {("B", "x", "5"), ("C", "4.5", "2"), ("cc", None, "99999999999")}
    assert manifest["drift"] == {"missing": {}, "unknown": {"extra": 1}}


def test_parquet_may_have_columns_named_like_sparks_and_the_jobs_own(lake, spark):
    folder = lake.root / "made"
    spark.sql("SELECT 'a' AS id, 1 AS n, 'x' AS _metadata, 'y' AS __path, 'z' AS __c0").coalesce(1).write.parquet(f"file:{folder}")
    key = lake.land("day=1/a.parquet", next(folder.glob("*.parquet")).read_bytes())
    contract = contract_with(
        columns={"id": "string", "n": "int"},
        source={"format": "parquet", "options": {}},
        derive={},
        latest_by=[],
        quarantine={"rules": {"all": "n > 0"}},
        curated={"partition_by": [], "target_file_mb": 128},
    )
    manifest = lake.batch(contract, keys=[key])
    assert manifest["drift"]["unknown"] == {"_metadata": 1, "__path": 1, "__c0": 1}
    assert [row["_source_file"] for row in lake.quarantined()] == [f"file:{lake.root}/raw/{key}"]
