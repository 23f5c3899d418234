"""Objects that have landed again, and the rows of their earlier content that are in quarantine."""

import pytest
from lake import ORDERS, contract_with
from test_merge import HEADER

GOOD, BAD = "2025-01-01 10:00:00,1", "2025-01-01 10:00:00,-1"


def rows(*ids: str, of: str = BAD) -> str:
    return HEADER + "".join(f"{name},{of}\n" for name in ids)


def ids(lake) -> list[str]:
    return sorted(row["id"] for row in lake.quarantined())


@pytest.mark.nightly
def test_rows_of_the_earlier_content_leave_when_the_batch_is_published_and_no_others(lake):
    first, second = lake.land("day=1/a.csv", rows("a", "b")), lake.land("day=1/b.csv", rows("c"))
    other = lake.land("day=2/a.csv", rows("d"))
    lake.batch(keys=[first, second, other])
    before = {row["id"]: row for row in lake.quarantined()}

    lake.land("day=1/a.csv", HEADER + f"a,{GOOD}\nb,{BAD}\n")
    manifest = lake.curate(keys=[first], batch_id="orders-2", relanded=[first])

    assert manifest["rows"] == {"read": 2, "written": 1, "duplicates": 0, "superseded": 0, "quarantined": 1}
    assert ids(lake) == ["a", "b", "b", "c", "d"], "before publishing nothing has left"
    lake.publish(manifest)
    assert ids(lake) == ["b", "c", "d"]
    left = {row["id"]: row for row in lake.quarantined()}
    assert (left["c"], left["d"]) == (before["c"], before["d"])
    assert left["b"]["_batch_id"] == "orders-2"
    # Publishing again changes nothing.
    lake.publish(manifest)
    assert ids(lake) == ["b", "c", "d"]


@pytest.mark.nightly
def test_a_file_of_which_nothing_is_left_goes(lake):
    key = lake.land("day=1/a.csv", rows("a"))
    lake.batch(keys=[key])
    lake.land("day=1/a.csv", rows("a", of=GOOD))
    manifest = lake.batch(keys=[key], batch_id="orders-2", relanded=[key])
    assert "rewritten" not in manifest["quarantine"]
    assert manifest["quarantine"]["replaces"] == ["quarantine/orders/day=1/orders-1-0.parquet"]
    assert lake.files("quarantine") == []


@pytest.mark.nightly
def test_it_works_again_and_again_and_over_files_of_another_contract(lake):
    key, other = lake.land("a.csv", rows("a")), lake.land("b.csv", rows("z"))
    contract = contract_with(source={"partition_keys": []})
    lake.batch(contract, keys=[key, other])
    wider = contract_with(source={"partition_keys": []}, columns={**ORDERS["columns"], "note": "string"})
    for number in range(2, 5):
        lake.land("a.csv", HEADER.replace("amount", "amount,note") + f"a,{BAD},{number}\n")
        lake.batch(wider, keys=[key], batch_id=f"orders-{number}", relanded=[key])
        assert [(row["id"], row["note"], row["_batch_id"]) for row in lake.quarantined()] == [
            ("a", str(number), f"orders-{number}"),
            ("z", None, "orders-1"),
        ]


@pytest.mark.nightly
def test_a_batch_whose_object_has_been_read_by_a_later_one_sets_its_rows_aside_once(lake):
    key, other = lake.land("day=1/a.csv", rows("a")), lake.land("day=1/b.csv", rows("z"))
    lake.curate(keys=[key, other])
    # It failed at its gate; one of its objects landed again.
    lake.batch(keys=[key], batch_id="orders-2", relanded=[key])
    assert ids(lake) == ["a", "z"]
    lake.batch(keys=[other])
    assert ids(lake) == ["a", "z"]


@pytest.mark.nightly
@pytest.mark.parametrize("stop", [0, *(pytest.param(stop, marks=pytest.mark.nightly) for stop in range(1, 4))])
def test_a_batch_that_was_cut_off_while_it_was_published_may_be_curated_again(lake, stop):
    keys = [lake.land(f"day={day}/{name}.csv", rows(f"{name}{day}", f"{name}{day}x")) for day in "12" for name in "ab"]
    lake.batch(keys=keys)
    again = [key for key in keys if key.endswith("a.csv")]
    for key in again:
        lake.land(key.removeprefix("raw/orders/"), rows(f"a{key.split('day=')[1][0]}"))
    manifest = lake.curate(keys=again, batch_id="orders-2", relanded=again)
    # Copies come before removals; `stop` counts them.
    removals = manifest["quarantine"]["replaces"]
    lake.publish({**manifest, "quarantine": {**manifest["quarantine"], "replaces": removals[: max(0, stop - 1)], "rewritten": manifest["quarantine"]["rewritten"][: 2 if stop else 1]}})
    lake.batch(keys=again, batch_id="orders-2", relanded=again)
    assert ids(lake) == ["a1", "a2", "b1", "b1x", "b2", "b2x"]
