"""Which objects a batch reads that lists raw itself; test/unit/intake/admission.test.ts holds intake to the same cases."""

import json
from pathlib import Path

import pytest
from lake import contract_with

from sluice_etl.lake.admission import is_admitted
from sluice_etl.contract import parse_contract

CASES = json.loads((Path(__file__).parent.parent / "cases" / "admission.json").read_text("utf-8"))
CONTRACT = contract_with(source={"partition_keys": CASES["partition_keys"], "exclude": CASES["exclude"]})
PLAIN = contract_with(
    columns={"id": "string"}, derive={}, latest_by=[], quarantine={"rules": {}, "warn_rate": 1, "halt_rate": 1},
    source={"exclude": ["day=old*/**"]}, curated={"partition_by": [], "target_file_mb": 128},
)


@pytest.mark.parametrize("path", CASES["admitted"])
def test_what_intake_admits_is_read(path):
    assert is_admitted(path, parse_contract(json.dumps(CONTRACT)))


@pytest.mark.parametrize("path", CASES["passedOver"])
def test_what_intake_passes_over_is_not(path):
    assert not is_admitted(path, parse_contract(json.dumps(CONTRACT)))


def test_a_batch_by_hand_reads_what_automatic_ones_do(lake):
    lake.land("day=1/a.csv", "id\na\n")
    for name in ["day=1/_committed_1", "day=1/.a.csv.crc", "day=1/deeper/b.csv", "day=old-1/c.csv", "day=1/d.csv._COPYING_"]:
        lake.land(name, "id\nnot this\n")
    manifest = lake.batch(PLAIN)
    assert manifest["input"]["files"] == 1 and [row["id"] for row in lake.curated()] == ["a"]


@pytest.mark.nightly
def test_a_batch_by_hand_says_which_of_the_landings_that_nobody_has_read_it_read(lake):
    read = lake.land("day=1/a.csv", "id\na\n")
    uncrawled = lake.land("day=2/b.csv", "id\nb\n")
    lake.catalog.hidden.add("day=2")
    noted = [read, uncrawled, "raw/orders/day=1/gone.csv"]
    unread = [{"key": key, "size": 5, "sequencer": "0A", "partition": {"day": "1"}} for key in noted]
    assert lake.batch(PLAIN, unread=unread)["readLandings"] == [read]
    assert "readLandings" not in lake.batch(PLAIN, batch_id="orders-2")
