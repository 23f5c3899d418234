"""The profile of a batch: what its good rows look like, by column."""

import json
import random

import pytest
from lake import contract_with
from sluice_etl.profile import observed
from pyspark.sql.types import DateType, DoubleType, LongType, StringType
from sluice_etl.profile.summary import _order, distinct, histogram

PEOPLE = contract_with(
    columns={
        "id": "bigint", "at": "timestamp", "email": {"type": "string", "sensitive": True}, "salary": {"type": "int", "sensitive": True},
        "note": "string", "share": "decimal(20,18)", "tags": "array<string>", "is_new": "boolean",
    },
    derive={"on_day": "to_date(at)", "mail_host": "split(`email`, '@')[1]", "host_letters": "length(mail_host)"},
    source={"format": "json", "options": {}},
    quarantine={"rules": {"no_id": "id < 0"}, "warn_rate": 1, "halt_rate": 1},
)  # fmt: skip


def person(id: int, **values) -> dict:
    return {"id": id, "at": f"2025-01-01 00:00:{id % 60:02d}", "email": f"{id}@secret.example", "salary": 10**6 + id, "tags": ["a"], **values}


def lines(rows: list[dict]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.mark.nightly
def test_each_column_has_its_nulls_values_and_range_and_sensitive_ones_show_none(lake):
    lake.dataset = "orders"
    rows = [person(n, note="x" * 100 + str(n % 3) if n else None, share="0" if n else "0.5", is_new=n % 2 == 0) for n in range(40)]
    key = lake.land("day=1/a.json", lines([*rows, person(-1, note="zz")]))
    manifest = lake.batch(PEOPLE, keys=[key])
    found = manifest["profile"]
    assert (found["rows"], found["sampled"]) == (40, 40)
    columns = found["columns"]
    assert columns["id"] == {"nulls": 0, "distinct": 40, "min": "0", "max": "39", "histogram": {"from": 0, "width": 5, "counts": [5] * 8}}
    assert columns["at"] == {"nulls": 0, "distinct": 40, "min": "2025-01-01 00:00:00", "max": "2025-01-01 00:00:39"}
    assert columns["note"] == {"nulls": 1, "distinct": 3, "min": "x" * 64 + "…", "max": "x" * 64 + "…"}
    assert (columns["share"]["min"], columns["share"]["max"]) == ("0." + "0" * 18, "0.5" + "0" * 17)
    assert columns["tags"] == {"nulls": 0, "distinct": 1}
    assert columns["is_new"] == {"nulls": 0, "distinct": 2}
    for name, values in {"email": 40, "salary": 40, "mail_host": 1, "host_letters": 1}.items():
        assert columns[name] == {"nulls": 0, "distinct": values, "hidden": True}
    assert "secret" not in json.dumps(found)


@pytest.mark.nightly
def test_of_many_rows_a_sample_is_looked_at(lake, monkeypatch):
    monkeypatch.setattr(observed, "SAMPLED_ROWS", 300)
    rows = [f"k{n},2025-01-0{1 + n % 3} 10:00:00,{n if n % 4 else ''}\n" for n in range(8000)]
    manifest = lake.batch(keys=[lake.land("day=1/a.csv", "id,at,amount\n" + "".join(rows))])
    found = manifest["profile"]
    assert found["rows"] == 8000 and 100 < found["sampled"] < 1200
    amount, at, id = (found["columns"][name] for name in ("amount", "at", "id"))
    assert 1600 < amount["nulls"] < 2400
    assert 1 <= float(amount["min"]) < 500 and 7500 < float(amount["max"]) <= 7999
    assert at["distinct"] == 3 and id["distinct"] == 8000
    assert sum(amount["histogram"]["counts"]) < found["sampled"]


@pytest.mark.nightly
def test_a_batch_without_good_rows_has_no_profile(lake):
    assert "profile" not in lake.batch(keys=[lake.land("day=1/a.csv", "id,at,amount\na,soon,1\n")])


def test_a_task_with_far_more_rows_than_their_bytes_let_expect_takes_ever_fewer(spark, monkeypatch):
    from pyspark.sql import functions as F

    monkeypatch.setattr(observed, "SAMPLED_ROWS", 100)
    rows = spark.range(50_000, numPartitions=1).select(F.xxhash64("id").alias("__key_hash"), F.monotonically_increasing_id().alias("__row"))
    assert 100 <= rows.where(observed._is_sampled(1, 3)).count() < 1500


@pytest.mark.parametrize(
    "values, found",
    [
        (["1", "2", "19"], {"from": 1, "width": 1, "counts": [1, 1, *[0] * 16, 1]}),
        (["-0.3", "0.05"], {"from": -0.3, "width": 0.02, "counts": [1, *[0] * 16, 1]}),
        (["7", "7"], {"from": 7, "width": 1, "counts": [2]}),
        (["NaN", "Infinity", "-Infinity"], None),
        (["1e300", "-1e300", "NaN"], {"from": -1e300, "width": 2e299, "counts": [1, *[0] * 9, 1]}),
    ],
)
def test_buckets_have_round_edges_that_two_batches_share(values, found):
    assert histogram(values) == found


@pytest.mark.parametrize(
    "type, values, least, most",
    [
        (LongType(), ["9", "10", "-2"], "-2", "10"),
        (DoubleType(), ["Infinity", "NaN", "-Infinity", "1E10"], "-Infinity", "NaN"),
        (DateType(), ["2025-01-02", "+12025-01-01", "-0044-03-15", "0009-01-01"], "-0044-03-15", "+12025-01-01"),
        (StringType(), ["9", "10", "b"], "10", "b"),
    ],
)
def test_least_and_most_are_those_of_spark(spark, type, values, least, most):
    order = _order(type)
    assert (min(values, key=order), max(values, key=order)) == (least, most)
    found = spark.createDataFrame([(value,) for value in values if value != "+12025-01-01"], "v STRING").selectExpr(f"CAST(v AS {type.simpleString()}) AS v")
    ends = found.selectExpr("CAST(min(v) AS STRING)", "CAST(max(v) AS STRING)").first()
    assert ends[0] == least and (ends[1] == most or most.startswith("+"))


def test_a_histogram_has_every_number_and_few_buckets():
    for scale in (1e-9, 0.003, 1, 77, 1e12):
        counts = histogram([str(n * scale) for n in range(-500, 1300, 7)])["counts"]
        assert sum(counts) == len(range(-500, 1300, 7)) and 8 <= len(counts) <= 21


def test_distinct_values_are_exact_of_all_rows_and_near_of_a_sample():
    everything = [str(n % 700) for n in range(10_000)]
    assert distinct(everything, 10_000) == 700
    assert 650 < distinct(random.Random(1).sample(everything, 1500), 10_000) < 750
    assert distinct([str(n) for n in range(500)], 100_000) == 100_000
    assert distinct([], 0) == 0
