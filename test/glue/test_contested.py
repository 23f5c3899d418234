"""Which rows are compared with others of their key, and that it is those that must be."""

import random
import re

import pytest
from lake import needs_internals
from pyspark.sql import functions as F
from sluice_etl import spark_expressions, spark_internals
from sluice_etl.merge import kept_shuffle, sizes
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
@pytest.mark.parametrize("hint", ["broadcast", "shuffle_hash", "merge"])
def test_the_newest_version_stays_however_spark_joins_the_rows_with_those_that_lose(lake, monkeypatch, hint):
    joins, refuse = [], spark_internals.refuse_exchange
    monkeypatch.setattr(kept_shuffle, "join_with_losers", lambda again, rows: hint)
    monkeypatch.setattr(spark_internals, "refuse_exchange", lambda frame: joins.extend(re.findall(r"\w+Join .*LeftAnti.*", plan_of(frame))) or refuse(frame))
    draw = random.Random(hint)
    first, second = versions(draw, 300, 20), versions(draw, 200, 40)
    a = lake.batch(keys=[land(lake, "a", first)])
    b = lake.batch(keys=[land(lake, "b", second)], batch_id="orders-2")
    assert in_table(lake) == newest([*first, *second])
    assert (a["rows"], b["rows"]) == (counted(first, before=[]), counted(second, before=first))
    # By the number of the row, so that it is looked for once, and not compared with every row of its key.
    number = r"\[(?:.*, )?__gone__row#\w+\], LeftAnti(?:, BuildRight)?(?:, false)?$"
    assert len(joins) == 2 and all(re.search(number, join) for join in joins)
    assert {join.split()[0] for join in joins} == {{"broadcast": "BroadcastHashJoin", "shuffle_hash": "ShuffledHashJoin", "merge": "SortMergeJoin"}[hint]}


def plan_of(frame) -> str:
    return frame._jdf.queryExecution().executedPlan().toString()


@pytest.mark.parametrize(
    ("again", "rows", "hint"),
    [(0, 5, "broadcast"), (1_000_000, 1_000_000, "broadcast"), (1_000_001, 9_000_000, "shuffle_hash"), (2_000_000, 7_000_000, "merge")],
)
def test_few_losers_are_broadcast_and_sorted_are_those_that_may_fill_the_memory_of_a_task(again, rows, hint):
    assert sizes.join_with_losers(again, rows) == hint


@needs_internals
def test_how_many_rows_come_again_is_counted_where_they_may_be_too_many_to_broadcast(lake, monkeypatch):
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(sizes, "MOST_BROADCAST", 100)
    monkeypatch.setattr(kept_shuffle, "join_with_losers", lambda again, rows: asked.append((again, rows)) or sizes.join_with_losers(again, rows))
    rows = [(f"k{number % 500}", number % 60, number) for number in range(600)]
    assert lake.batch(keys=[land(lake, "a", rows)])["rows"] == counted(rows, before=[])
    assert asked[0] == (600, 600) and 100 <= asked[-1][0] < 120


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
