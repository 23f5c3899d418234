"""Lines with columns at positions, against Python's own slices."""

import base64
import gzip
import random
from decimal import Decimal

import pytest
from lake import contract_with
from sluice_etl.errors import UnreadableFileError

COMMON = dict(derive={}, latest_by=[], quarantine={"rules": {}}, curated={"partition_by": [], "target_file_mb": 128})
COLUMNS = {
    "id": {"type": "string", "at": "1-6"},
    "name": {"type": "string", "at": "7-16"},
    "amount": {"type": "decimal(9,2)", "at": "17-26"},
    "flag": {"type": "string", "at": 27},
    # Positions may overlap, and be in any order.
    "initial": {"type": "string", "at": 7},
}


def contract(**options) -> dict:
    return contract_with(columns=COLUMNS, source={"format": "fixed_width", "options": options}, **COMMON)


def test_values_are_what_is_at_their_positions_without_the_blanks_around_them(lake):
    draw = random.Random(3)
    rows, lines = {}, []
    for number in range(300):
        name = draw.choice(["", "Zoë", "a b", "\U0001f600 x", "NA", "x" * 10, "日本"])
        amount = draw.choice(["", "1.50", "-12.00", "0", "12x"])
        line = f"{number:<6}" + (f"{name:<10}" if draw.random() < 0.5 else f"{name:>10}") + f"{amount:>10}" + draw.choice("yn ") + draw.choice(["", "more"])
        lines.append(line)
        rows[str(number)] = line
    content = "\r\n".join(lines[:150]).encode()
    manifest = lake.batch(contract(null_values=["NA"]), keys=[lake.land("day=1/a.txt", b"\xef\xbb\xbf" + content), lake.land("day=1/b.txt.gz", gzip.compress("\n".join([*lines[150:], " ", ""]).encode()))])

    def value(line: str, first: int, last: int):
        text = line[first - 1 : last].strip(" ")
        return None if text in ("", "NA") else text

    bad = {key for key, line in rows.items() if value(line, 17, 26) == "12x"}
    assert manifest["rows"]["read"] == 300 and manifest["quarantinedByRule"] == {"invalid_type:amount": len(bad)}
    found = {row["id"]: row for row in lake.arrow("curated")}
    assert set(found) == set(rows) - bad
    for key, row in found.items():
        line = rows[key]
        assert [row["name"], row["flag"], row["initial"]] == [value(line, 7, 16), value(line, 27, 27), value(line, 7, 7)], line
        assert row["amount"] == (value(line, 17, 26) and Decimal(value(line, 17, 26)))


@pytest.mark.nightly
def test_a_line_that_is_cut_off_or_no_text_is_malformed_and_read_again_by_a_replay(lake):
    good, short = "1     Zoë             1.50y", "2     Zoë             1.5"
    text = "\n".join([good, short]).encode("latin1") + b"\n" + b"3     Zo\xeb             1.50n\n"
    manifest = lake.batch(contract(), keys=[lake.land("day=1/a.txt", text)])
    assert manifest["quarantinedByRule"] == {"malformed_record": 3}
    assert sorted(base64.b64decode(row["_raw_bytes"]) for row in lake.quarantined() if row["_raw_bytes"]) == text.splitlines()
    manifest = lake.batch({**contract(encoding="iso-8859-1"), "version": "fedcba987654"}, source="quarantine", batch_id="orders-2")
    assert manifest["rows"] == {"read": 3, "written": 2, "duplicates": 0, "superseded": 0, "quarantined": 1}
    assert sorted((row["id"], row["name"], row["flag"]) for row in lake.curated()) == [("1", "Zoë", "y"), ("3", "Zoë", "n")]


def test_a_file_of_which_the_reader_makes_other_rows_than_it_has_is_refused_by_name(lake, monkeypatch):
    monkeypatch.setattr("sluice_etl.formats.fixed_width._records_in", lambda file, chunks: 2)
    with pytest.raises(UnreadableFileError, match=r"day=1/a\.txt cannot be read: it has 2 records, of which the reader makes 1 rows"):
        lake.batch(contract(), keys=[lake.land("day=1/a.txt", "1     Zoë             1.50y\n")])
