"""Which rows are compared with others of their key, and that it is those that must be."""

import random

import pytest
from lake import needs_internals
from pyspark.sql import functions as F
from sluice_etl import spark_expressions
from sluice_etl.merge import sizes
from sluice_etl.merge.kept_shuffle import KeptShuffle

HEADER = "id,at,amount\n"


def versions(draw: random.Random, rows: int, keys: int) -> list[tuple[str, int, int]]:
    """Key, minute and amount; some stand twice."""
    made = [(f"k{draw.randrange(keys)}", draw.randrange(60), draw.randrange(3)) for _ in range(rows)]
    return [*made, *draw.sample(made, rows // 10)]


def land(lake, name: str, rows) -> str:
    return lake.land(f"day=1/{name}.csv", HEADER + "".join(f"{key},2025-01-01 10:{minute:02}:00,{amount}\n" for key, minute, amount in rows))


def newest(rows) -> dict[str, tuple[int, int]]:
    """Key → the last of its times, and of these the largest amount."""
    return {key: max((minute, amount) for other, minute, amount in rows if other == key) for key in {key for key, *_ in rows}}


def counted(rows, before) -> dict[str, int]:
    last = newest([*before, *rows])
    kept = [row for row in rows if row[1:] == last[row[0]]]
    written = len(set(kept) - set(before))
    return {"read": len(rows), "written": written, "duplicates": len(kept) - written, "superseded": len(rows) - len(kept), "quarantined": 0}


def in_table(lake) -> dict[str, tuple[int, int]]:
    rows = lake.curated()
    found = {row["id"]: (row["at"].minute, int(row["amount"])) for row in rows}
    assert len(found) == len(rows)
    return found


# How many bits of the two filters a row has. With few, most rows seem to come again.
@pytest.mark.parametrize("bits", [pytest.param(10, id="as they are"), pytest.param(1, id="filters that are too small")])
@pytest.mark.parametrize("keys", [3, 400, 100_000])
def test_the_newest_version_of_each_key_stays_however_often_keys_come_and_however_good_the_filters_are(lake, monkeypatch, bits, keys):
    monkeypatch.setattr(spark_expressions, "BITS_A_VALUE", bits)
    monkeypatch.setattr(sizes, "LEAST_BITS", 64 * bits)
    monkeypatch.setattr(sizes, "BITS_A_ROW", bits / 50)
    draw = random.Random(keys)
    first, second = versions(draw, 600, keys), versions(draw, 300, keys)
    a = lake.batch(keys=[land(lake, f"a{part}", first[part::3]) for part in range(3)])
    assert in_table(lake) == newest(first)
    b = lake.batch(keys=[land(lake, "b", second)], batch_id="orders-2")
    assert in_table(lake) == newest([*first, *second])
    assert a["rows"] == counted(first, before=[])
    assert b["rows"] == counted(second, before=first)


@needs_internals
def test_of_keys_that_come_once_hardly_any_is_compared(lake, monkeypatch):
    compared, look = [], KeptShuffle.contested
    monkeypatch.setattr(KeptShuffle, "contested", lambda kept: compared.append(look(kept).count()) or look(kept))
    manifest = lake.batch(keys=[land(lake, "a", [(f"k{number}", 0, 1) for number in range(1000)])])
    assert manifest["rows"]["written"] == 1000 and compared[0] < 50


@needs_internals
def test_every_value_that_came_before_is_said_to_and_few_others(spark):
    values = spark.range(40_000).select(F.xxhash64(F.col("id") % 30_000).alias("value")).coalesce(1)
    again = values.where(spark_expressions.came_before(spark, F.col("value"), 40_000))
    assert 10_000 <= again.count() < 10_400
    may = values.where(spark_expressions.may_be_in(spark, spark_expressions.bloom_filter(again, "value", 100_000), F.col("value")))
    assert values.where((F.monotonically_increasing_id() % 30_000) < 10_000).select("value").subtract(may.select("value")).count() == 0
    assert 20_000 <= may.count() < 21_000
