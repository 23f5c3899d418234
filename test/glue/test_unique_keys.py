"""The look at every key of a curated table, which a compaction takes when it is asked to."""

import re
import shutil

import pytest
from lake import ORDERS, contract_with
from sluice_etl.errors import ConfigurationError

HEADER = "id,at,amount\n"


def check(lake, contract=ORDERS, **plan) -> dict:
    return lake.batch(contract, source="curated", batch_id="orders-9", checkKeys=True, **plan)


@pytest.fixture
def three_days(lake):
    rows = "".join(f"k{number},2025-01-0{1 + number % 3} 10:00:00,{number}\n" for number in range(30))
    lake.batch(keys=[lake.land("day=1/a.csv", HEADER + rows)])
    return lake


def copy_of(lake, day: str, to: str) -> None:
    curated = lake.root / "lake/curated/orders"
    (curated / f"on_day={to}").mkdir(exist_ok=True)
    for file in list((curated / f"on_day={day}").glob("*.parquet")):
        shutil.copyfile(file, curated / f"on_day={to}" / f"again-{file.name}")


@pytest.mark.nightly
def test_a_table_with_each_key_once_passes(three_days):
    before = three_days.curated()
    manifest = check(three_days)
    assert manifest["metrics"]["keysChecked"] == 30 and manifest["partitions"] == []
    assert three_days.curated() == before


@pytest.mark.nightly
def test_keys_in_two_partitions_fail_the_batch_which_names_the_partitions_and_no_key(three_days):
    copy_of(three_days, "2025-01-01", to="2025-01-03")
    with pytest.raises(ConfigurationError) as caught:
        check(three_days)
    assert str(caught.value) == (
        "10 keys of orders are in the table more than once, such as in on_day=2025-01-01 and on_day=2025-01-03: curated.partition_by (on_day) changes for"
        ' keys. Partition by columns that never change for a key, then backfill. Look: SELECT "id" FROM orders GROUP BY "id" HAVING count(*) > 1'
    )


@pytest.mark.nightly
def test_the_whole_table_is_looked_at_even_if_few_partitions_are_to_be_compacted(three_days):
    copy_of(three_days, "2025-01-01", to="2025-01-03")
    with pytest.raises(ConfigurationError, match="10 keys of orders"):
        check(three_days, partitions=[{"on_day": "2025-01-02"}])


@pytest.mark.nightly
def test_a_key_twice_in_one_partition_is_not_the_work_of_a_batch(three_days):
    copy_of(three_days, "2025-01-01", to="2025-01-01")
    with pytest.raises(ConfigurationError, match="each within one partition, which no batch does: something else has written to the table"):
        check(three_days)


@pytest.mark.nightly
def test_more_keys_than_are_looked_at_are_said_to_be_more(three_days, monkeypatch):
    from sluice_etl.tables.parquet import unique_keys

    monkeypatch.setattr(unique_keys, "MOST_LOOKED_AT", 3)
    copy_of(three_days, "2025-01-01", to="2025-01-03")
    with pytest.raises(ConfigurationError, match="^3 keys or more of orders are in the table more than once"):
        check(three_days)


@pytest.mark.nightly
def test_two_keys_of_one_hash_are_two_keys(three_days, monkeypatch):
    from pyspark.sql import functions as F

    monkeypatch.setattr(F, "xxhash64", lambda *columns: F.length(columns[0]).cast("bigint"))
    assert check(three_days)["metrics"]["keysChecked"] == 30


def test_a_table_without_partitions_and_a_key_of_several_columns(lake):
    contract = contract_with(curated={"partition_by": [], "target_file_mb": 128}, primary_key=["id", "at"])
    rows = "".join(f"k{number % 4},2025-01-0{1 + number % 3} 10:00:00,{number}\n" for number in range(12))
    lake.batch(contract, keys=[lake.land("day=1/a.csv", HEADER + rows)])
    assert check(lake, contract)["metrics"]["keysChecked"] == 12
    for file in list((lake.root / "lake/curated/orders").glob("*.parquet")):
        shutil.copyfile(file, file.with_name("again.parquet"))
    with pytest.raises(ConfigurationError, match=re.escape('SELECT "id", "at" FROM orders GROUP BY "id", "at" HAVING')):
        check(lake, contract)


def test_an_empty_table_has_no_keys(lake):
    assert check(lake)["metrics"]["keysChecked"] == 0
