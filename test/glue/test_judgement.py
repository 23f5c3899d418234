"""Casts, reasons, three-valued logic."""

import json

import pytest
from lake import Lake, contract_with
from sluice_etl.judge import as_read


@pytest.mark.nightly
def test_rules_are_true_false_or_not_judged(lake):
    contract = contract_with(
        quarantine={
            "rules": {
                "negative_amount": "amount < 0",
                "not_positive": "NOT amount > 0",
                "old": "on_day < DATE'2020-01-01'",
                "odd_day": "day = '13'",
                "no_amount": "amount IS NULL",
            }
        },
        columns={"id": "string", "at": {"type": "timestamp", "format": "yyyy-MM-dd HH:mm:ss"}, "amount": {"type": "decimal(12,2)", "round": "half_up"}},
    )
    rows = [
        "null_amount,2025-01-01 10:00:00,",
        "two,2025-01-01 10:00:00,-1",
        "uncast,2025-01-01 10:00:00,1.2.3",
        "old_and_uncast,2019-01-01 10:00:00,x",
        "no_time,,1",
        ",2025-01-01 10:00:00,1",
        "strict,2025-02-30 10:00:00,1",
        "short,2025-2-3 10:00:00,1",
        "good,2025-01-01 10:00:00,0.005",
    ]
    keys = [lake.land("day=1/a.csv", "id,at,amount\n" + "\n".join(rows)), lake.land("day=13/b.csv", "id,at,amount\nq,2025-01-01 10:00:00,1\n")]
    lake.batch(contract, keys=keys)
    assert {row["id"]: row["_errors"] for row in lake.quarantined()} == {
        "null_amount": ["no_amount"],
        "two": ["negative_amount", "not_positive"],
        "uncast": ["invalid_type:amount"],
        "old_and_uncast": ["invalid_type:amount", "old"],
        "no_time": ["null_partition:on_day"],
        None: ["null_key:id"],
        "strict": ["invalid_type:at"],
        "short": ["invalid_type:at"],
        "q": ["odd_day"],
    }
    assert [(row["id"], str(row["amount"])) for row in lake.curated()] == [("good", "0.01")]


@pytest.mark.nightly
def test_a_partition_of_bad_rows_only_and_an_empty_batch(lake):
    key = lake.land("day=1/a.csv", "id,at,amount\na,x,1\nb,y,2\n")
    manifest = lake.batch(keys=[key])
    assert (manifest["rows"]["quarantined"], manifest["partitions"], lake.catalog.staged) == (2, [], {})
    manifest = lake.batch(keys=[], batch_id="orders-2")
    assert manifest["rows"] == {"read": 0, "written": 0, "duplicates": 0, "superseded": 0, "quarantined": 0}


@pytest.mark.nightly
def test_partition_values_with_any_character_and_empty_ones(lake):
    contract = contract_with(
        columns={"id": "string", "place": "string"},
        derive={},
        latest_by=[],
        quarantine={"rules": {}},
        curated={"partition_by": ["place", "day"], "target_file_mb": 128},
    )
    places = ["a/b", "c d", "e=f", "100%", "ü", "g:h", "{i}", "j+k"]
    lines = [f"{number},{place}" for number, place in enumerate(places)]
    key = lake.land("day=1/a.csv", "id,place\n" + "\n".join(lines) + '\nnone,""\n')
    manifest = lake.batch(contract, keys=[key])
    assert manifest["quarantinedByRule"] == {"null_partition:place": 1}
    assert sorted(partition["values"]["place"] for partition in manifest["partitions"]) == sorted(places)
    assert sorted(values[1:] for values in lake.catalog.staged.values()) == sorted((place, "1") for place in places)
    assert not any("__HIVE_DEFAULT_PARTITION__" in path for path in lake.files("curated"))
    # Again, so that the existing partitions must be found under their escaped names.
    manifest = lake.batch(contract, keys=[key], batch_id="orders-2")
    assert manifest["rows"]["duplicates"] == len(places)
    assert sorted(row["place"] for row in lake.curated()) == sorted(places)


@pytest.mark.nightly
def test_the_fast_way_to_read_a_timestamp_agrees_with_the_strict_one(spark):
    from sluice_etl.judge.cast import typed
    from sluice_etl.contract import Column
    from sluice_etl.formats.sources import SourceColumn

    texts = ["2025-01-01 10:00:00", "2025-01-01T10:00:00", "2024-02-29 23:59:59", "2023-02-29 00:00:00", "0000-01-01 00:00:00"]
    texts += ["2025-13-01 10:00:00", "2025-01-01 24:00:00", "2025-01-01 10:00:60", " 025-01-01 10:00:00", "2025-01-01 10:00:0 ", "2025-01-01 10:00:0Z"]
    texts += ["2025-01-01 10:00:00 ", "2025-1-01 010:00:00", "-025-01-01 10:00:00", "+025-01-01 10:00:00", "2025-01-01 10:00:+0", "2025-01-01", "20250-1-01 10:00:00"]
    texts += ["2025-01-1", "2025-02-30", "0000-01-01", "12025-01-1", "2025-01-01 ", "٢٠٢٥-01-01", "2025-01-0x", "2025-01- 1", "1500-02-29", "9999-12-31"]
    frame = spark.createDataFrame([(text,) for text in texts], "s string")
    spark.conf.set("spark.sql.legacy.timeParserPolicy", "CORRECTED")
    for kind, pattern in [("timestamp", "yyyy-MM-dd HH:mm:ss"), ("timestamp", "yyyy-MM-dd'T'HH:mm:ss"), ("date", "yyyy-MM-dd"), ("timestamp", "yyyy-MM-dd")]:
        parsed = f'try_to_timestamp(s, "{pattern}")'
        slow = f"CASE WHEN {parsed} >= TIMESTAMP'0001-01-01 00:00:00' THEN CAST({parsed} AS {kind}) END"
        fast = typed(SourceColumn("s"), Column("t", kind, pattern))
        differing = frame.selectExpr("s", f"{slow} AS slow", f"{fast} AS fast").where("NOT slow <=> fast").select("s").collect()
        assert differing == []


@pytest.mark.nightly
def test_sql_that_fails_in_a_row_is_a_failure_of_that_row_alone(lake):
    contract = contract_with(
        columns={"id": "string", "qty": "int", "price": "int", "day_text": "string"},
        derive={"total": "qty * price", "twice": "total * 2", "share": "100 / qty", "on_day": "CAST(day_text AS DATE)", "sure": "coalesce(price, 0) * 2000000000"},
        latest_by=[],
        quarantine={"rules": {"too_much": "qty * price > 1000000000", "too_little": "qty * price < -5", "late": "on_day > DATE'2030-01-01'"}},
        curated={"partition_by": [], "target_file_mb": 128},
    )
    rows = ["good,2,1,2025-01-01", "wraps,2000000,2000,2025-01-01", "half,1200,1000000,2025-01-01", "zero,0,1,2025-01-01", "no_day,1,1,x", "bad,x,1,2025-01-01", "much,1,2,2025-01-01"]
    manifest = lake.batch(contract, keys=[lake.land("day=1/a.csv", "id,qty,price,day_text\n" + "\n".join(rows) + "\n")])
    assert [(row["id"], row["total"], row["twice"], row["share"]) for row in lake.curated()] == [("good", 2, 4, 50.0)]
    assert {row["id"]: row["_errors"] for row in lake.quarantined()} == {
        "wraps": ["invalid_derive:total", "invalid_derive:sure", "too_much", "too_little"],
        "half": ["invalid_derive:twice", "invalid_derive:sure", "too_much"],
        "zero": ["invalid_derive:share"],
        "no_day": ["invalid_derive:on_day"],
        "bad": ["invalid_type:qty"],
        "much": ["invalid_derive:sure"],
    }
    assert manifest["rows"]["quarantined"] == 6


@pytest.mark.nightly
def test_a_rule_with_the_name_of_a_built_in_reason_is_counted_apart(lake):
    contract = contract_with(quarantine={"rules": {"malformed_record": "amount < 0"}})
    manifest = lake.batch(contract, keys=[lake.land("day=1/a.csv", "id,at,amount\na,2025-01-01 10:00:00,-1\nb\n")])
    assert manifest["quarantinedByRule"] == {"malformed_record": 1, "rule:malformed_record": 1}
    assert sorted(row["_errors"] for row in lake.quarantined()) == [["malformed_record"], ["rule:malformed_record"]]


@pytest.mark.nightly
def test_days_of_every_century_are_kept(lake):
    contract = contract_with(columns={"id": "string", "born": "date", "seen": "timestamp"}, derive={}, latest_by=[], quarantine={"rules": {}}, curated={"partition_by": [], "target_file_mb": 128})
    days = ["0001-01-01", "1582-10-10", "1899-12-30", "9999-12-31"]
    lines = "id,born,seen\n" + "".join(f"{index},{day},{day} 00:00:01\n" for index, day in enumerate(days))
    lake.batch(contract, keys=[lake.land("day=1/a.csv", lines)])
    assert [(str(row["born"]), str(row["seen"])) for row in sorted(lake.arrow("curated"), key=lambda row: row["id"])] == [(day, f"{day} 00:00:01+00:00") for day in days]


TYPES = {"n": "int", "price": "decimal(8,2)", "share": "double", "on": "date", "sure": "boolean", "word": "string", "more": "array<int>"}
VALUES = [
    ("a", "2025-01-01 10:00:00", "1", "2.50", "0.1", "2025-01-31", "true", "x", [1]),
    ("b", "2025-01-01 10:00:00", "1.5", "2.555", "0.10000000000000000001", "2025-02-30", "maybe", "", [1, 2]),
    ("c", "2025-01-01 10:00:00", "", "", "", "", "", "", None),
    ("", "2025-01-01 10:00:00", "7", "9999999.00", "1e999", "2025-01-31", "false", "'; \"", []),
    ("e", "2025-13-01 10:00:00", "2", "3", "1", "2025-01-31", "false", "y", [3]),
]


@pytest.mark.nightly
@pytest.mark.parametrize("form", ["csv", "json"])
def test_rows_of_a_wide_contract_are_judged_and_set_aside_as_those_of_a_narrow_one(spark, tmp_path, monkeypatch, form):
    """What is read of a wide one is carried as one list, of the types that a record has beside texts as before."""
    columns = {"id": {"type": "string"}, "at": {"type": "timestamp", "format": "yyyy-MM-dd HH:mm:ss"}, **{name: {"type": type_} for name, type_ in TYPES.items()}}
    columns["missing"] = {"type": "int"}
    contract = contract_with(columns=columns, source={"format": form, "options": {"header": True} if form == "csv" else {}}, quarantine={"rules": {"two": "n = 2"}, "warn_rate": 1, "halt_rate": 1})
    names = list(columns)[:-1]
    if form == "csv":
        quoted = ('"' + (value if isinstance(value, str) else json.dumps(value) if value is not None else "").replace('"', '""') + '"' for row in VALUES for value in row)
        cells = list(quoted)
        text = "\n".join([",".join(names), *(",".join(cells[at : at + len(names)]) for at in range(0, len(cells), len(names)))])
    else:
        text = "\n".join(json.dumps(dict(zip(names, row))) for row in VALUES)
    found = []
    for most in (100, 3):
        monkeypatch.setattr(as_read, "_MOST_COLUMNS", most)
        lake = Lake(spark, tmp_path / str(most))
        manifest = lake.batch(contract, keys=[lake.land(f"day=1/a.{form}", text)])
        found.append((manifest["rows"], manifest["quarantinedByRule"], lake.curated(), [{**row, "_source_file": None} for row in lake.quarantined()]))
    assert found[0] == found[1]
    assert found[0][0]["quarantined"] >= 3 and found[0][2]
