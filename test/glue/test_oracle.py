"""Random batches in random order, some of them twice, against a plain calculation of what the table must hold."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lake import ORDERS

HOURS = st.integers(0, 3)
ROW = st.tuples(st.sampled_from("abcdef"), HOURS, st.sampled_from(["1.00", "2.00", "-1.00", "x", ""]))
BATCHES = st.lists(st.lists(ROW, max_size=6), min_size=1, max_size=3)


def day_of(key: str) -> int:
    """The partition of a key never changes."""
    return 1 + ord(key) % 3


def line(row) -> str:
    key, hour, amount = row
    return f"{key},2025-01-0{day_of(key)} 0{hour}:00:00,{amount}"


def newest(rows):
    """Every good version of every key; latest by time, then by content, where a missing amount is the least."""
    good = [(key, hour, amount) for key, hour, amount in rows if amount in ("1.00", "2.00", "")]
    return {key: max((r for r in good if r[0] == key), key=lambda r: (r[1], r[2])) for key in {r[0] for r in good}}


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(batches=BATCHES, order=st.randoms(use_true_random=False))
def test_curated_holds_the_newest_version_of_every_key(shared_lake, batches, order):
    lake = shared_lake()
    runs = [(f"orders-{n}", lake.land(f"day=1/{n}.csv", "id,at,amount\n" + "\n".join(map(line, rows)))) for n, rows in enumerate(batches)]
    runs += [order.choice(runs)]
    order.shuffle(runs)
    standing: dict = {}
    for batch_id, key in runs:
        rows = batches[int(batch_id.rpartition("-")[2])]
        before, standing = standing, newest([*standing.values(), *rows])
        manifest = lake.batch(keys=[key], batch_id=batch_id)
        bad = sum(1 for row in rows if row[2] in ("-1.00", "x"))
        written = {key for key, row in standing.items() if before.get(key) != row}
        same = sum(1 for row in rows if standing.get(row[0]) == row)
        good = len(rows) - bad
        assert manifest["rows"] == {
            "read": len(rows),
            "written": len(written),
            "duplicates": same - len(written),
            "superseded": good - same,
            "quarantined": bad,
        }
        found = {row["id"]: (row["id"], row["at"].hour, str(row["amount"] or "")) for row in lake.curated()}
        assert found == standing
    assert ORDERS["latest_by"] == ["at"]
    assert len(lake.quarantined()) == sum(1 for rows in batches for row in rows if row[2] in ("-1.00", "x"))
