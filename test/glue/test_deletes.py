"""`delete_when`: rows that remove their key, and the memory of it. Random ones, with everything else, are in test_oracle.py."""

import json

import pyarrow.parquet as pq
import pytest
from lake import contract_with
from sluice_etl.errors import ContractChangedError

HEADER = "id,at,amount,op,place\n"
COLUMNS = {"id": "string", "at": {"type": "timestamp", "format": "yyyy-MM-dd HH:mm:ss"}, "amount": "decimal(12,2)", "op": "string", "place": "string"}


def contract(**changes) -> dict:
    return contract_with(**{
        "columns": COLUMNS, "derive": {}, "delete_when": "op = 'D'", "quarantine": {"rules": {"free": "coalesce(amount, 0) <= 0"}, "warn_rate": 1, "halt_rate": 1},
        "curated": {"partition_by": ["place"], "target_file_mb": 128}, **changes,
    })  # fmt: skip


class Feed:
    """Batches of lines such as `a 10 5.00 U bern`: id, hour, amount, op and place; - is an empty value."""

    def __init__(self, lake, under: dict):
        self.lake, self.under, self.number = lake, under, 0

    def land(self, *lines: str, **plan) -> dict:
        self.number += 1
        rows = [[value.replace("-", "") for value in line.split()] for line in lines]
        text = HEADER + "".join(f"{key},2025-01-01 {hour}:00:00,{amount},{op},{place}\n" for key, hour, amount, op, place in rows)
        return self.rows(self.lake.batch(self.under, keys=[self.lake.land(f"day=1/{self.number}.csv", text)], batch_id=f"orders-{self.number}", **plan))

    def rows(self, manifest: dict) -> dict:
        return {kind: count for kind, count in manifest["rows"].items() if count and kind != "read"}

    @property
    def table(self) -> set[str]:
        return {f"{row['id']} {row['at']:%H} {row['place']}" for row in self.lake.curated()}

    @property
    def tombstones(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in self.lake.files("tombstones"):
            for row in _rows(self.lake, path):
                found.setdefault(path.rpartition("/")[0], []).append(row["id"])
        return found


def _rows(lake, path: str) -> list[dict]:
    return pq.ParquetFile(lake.root / "lake/tombstones" / lake.dataset / path).read().to_pylist()


NOWHERE = "place=__HIVE_DEFAULT_PARTITION__"


@pytest.mark.nightly
def test_a_removed_key_stays_removed_until_a_newer_row_comes(lake):
    feed = Feed(lake, contract())
    feed.land("a 10 1 U bern", "b 10 1 U bern", "c 10 1 U genf")
    # Its values but key and order do not matter: it breaks a rule, and has no amount.
    assert feed.land("a 12 - D bern", "a 12 0 D bern", "x 10 1 U bern") == {"written": 1, "duplicates": 1, "deleted": 1}
    assert feed.table == {"b 10 bern", "x 10 bern", "c 10 genf"} and feed.tombstones == {"place=bern": ["a"]}
    assert feed.land("a 11 2 U bern", "a 12 9 U bern") == {"superseded": 2}
    assert feed.table == {"b 10 bern", "x 10 bern", "c 10 genf"}
    assert feed.land("a 11 - D bern", "a 12 - D bern") == {"superseded": 1, "duplicates": 1}
    assert feed.land("a 13 3 U bern") == {"written": 1} and feed.tombstones == {}
    assert feed.land("a 12 - D bern", "b 09 - D bern") == {"superseded": 2} and "a 13 bern" in feed.table


@pytest.mark.nightly
def test_a_removal_that_does_not_tell_its_partition_finds_the_key(lake):
    feed = Feed(lake, contract())
    feed.land("a 10 1 U bern", "b 10 1 U bern", "c 10 1 U genf", "d 10 1 U chur")
    assert feed.land("c 12 - D -", "d 12 - D -", "e 12 - D -", "b 09 - D -") == {"deleted": 3, "superseded": 1}
    assert feed.table == {"a 10 bern", "b 10 bern"}
    # Nothing has e yet: what removes it is read by every batch until its partition is known.
    assert feed.tombstones == {"place=genf": ["c"], "place=chur": ["d"], NOWHERE: ["e"]}
    assert feed.land("c 12 - D -", "e 12 - D -", "e 12 - D -") == {"duplicates": 3}
    assert feed.land("e 11 1 U genf", "c 11 1 U genf", "d 13 1 U chur") == {"superseded": 2, "written": 1}
    assert feed.tombstones == {"place=genf": ["c"], NOWHERE: ["e"]}
    assert feed.land("e 13 1 U genf") == {"written": 1} and feed.tombstones == {"place=genf": ["c"]}
    # By hand, everything that has landed once more: nothing changes.
    before = feed.table, feed.tombstones
    again = lake.batch(feed.under, batch_id="orders-again")
    assert set(feed.rows(again)) == {"duplicates", "superseded"} and (feed.table, feed.tombstones) == before
    rebuilt = lake.batch(feed.under, batch_id="orders-rebuilt", rebuild=True)
    assert rebuilt["rows"]["written"] == len(feed.table) and rebuilt["rows"]["deleted"] == 1
    assert (feed.table, sorted(sum(feed.tombstones.values(), []))) == (before[0], ["c"])


def test_a_removal_finds_a_key_that_has_moved_and_a_moved_key_its_removal(lake):
    feed = Feed(lake, contract())
    feed.land("a 10 1 U bern", "b 10 1 U genf")
    assert feed.land("a 12 - D genf") == {"deleted": 1}
    assert feed.table == {"b 10 genf"} and feed.tombstones == {"place=genf": ["a"]}
    assert feed.land("a 11 1 U chur") == {"superseded": 1} and feed.table == {"b 10 genf"}


@pytest.mark.nightly
def test_rows_that_only_look_like_removals_are_set_aside(lake):
    failing = contract(delete_when="1 / CAST(amount AS INT) > 0", quarantine={"rules": {}})
    manifest = lake.batch(failing, keys=[lake.land("day=1/a.csv", HEADER + "a,2025-01-01 10:00:00,0,D,bern\nb,2025-01-01 10:00:00,1,U,bern\n,2025-01-01 10:00:00,1,D,bern\nc,x,1,D,bern\nd,2025-01-01 10:00:00,,U,bern\n")])
    assert manifest["quarantinedByRule"] == {"invalid_delete_when": 1, "null_key:id": 1, "invalid_type:at": 1}
    assert manifest["rows"] == {"read": 5, "written": 1, "duplicates": 0, "superseded": 0, "quarantined": 3, "deleted": 1}
    # A replay, under a contract for which it is one.
    manifest = lake.batch(contract(delete_when="1 / CAST(amount AS INT) > 0 OR op = 'D'", quarantine={"rules": {}}), source="quarantine", batch_id="orders-2")
    assert manifest["rows"]["quarantined"] == 3


@pytest.mark.nightly
def test_a_changed_delete_when_would_make_a_table_of_two_kinds(lake):
    plain = {name: value for name, value in contract().items() if name != "delete_when"}
    rows = HEADER + "a,2025-01-01 10:00:00,1,U,bern\na,2025-01-01 11:00:00,1,D,bern\n"
    manifest = lake.batch(plain, keys=[lake.land("day=1/a.csv", rows)])
    lake.store.write_text(lake.settings("orders-1").table_kind_uri, json.dumps(manifest["table"]))
    changed = contract(version="fedcba987654")
    with pytest.raises(ContractChangedError, match=r"delete_when is op = 'D', and was nothing\. A table has rows of one kind"):
        lake.curate(changed, batch_id="orders-2")
    assert lake.batch(changed, batch_id="orders-2", rebuild=True)["rows"]["deleted"] == 1
    assert lake.curated() == []
