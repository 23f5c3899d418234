"""Texts of CSV files become the value that they spell, or their row is set aside with the text unchanged: judged by Python and Arrow."""

import csv
import io
import re
from decimal import Decimal

import pyarrow
import pyarrow.compute as pc
import pytest
from drawn import DRAWS, Case, contract_of, equal, faults, packed, seeded
from value_oracle import draw, value_of

KINDS = ["tinyint", "smallint", "int", "bigint", "decimal(12,2)", "decimal(2,2)", "decimal(38,0)", "float", "double", "boolean"]
KINDS += ["date", "timestamp", "varchar(5)", "char(3)", "binary", "string"]


@pytest.mark.nightly
def test_any_text_is_the_value_that_python_reads_or_is_set_aside_as_it_was_written(lake):
    draws = seeded()
    texts = {kind: [text for text in (draw(kind, draws) for _ in range(DRAWS)) if text] for kind in KINDS}
    rows = packed({f"c{index}": [Case(text, value_of(text, kind), text.__eq__) for text in texts[kind]] for index, kind in enumerate(KINDS)})
    names = [f"c{index}" for index in range(len(KINDS))]
    content = io.StringIO()
    writer = csv.writer(content, lineterminator="\n")
    writer.writerow(["id", *names])
    writer.writerows([row, *(cases[name].written if name in cases else "" for name in names)] for row, cases in rows.items())
    manifest = lake.batch(contract_of(dict(zip(names, KINDS))), keys=[lake.land("day=1/a.csv", content.getvalue())])
    assert manifest["rows"]["read"] == len(rows)
    print({step: value for step, value in manifest["metrics"].items() if step.endswith("Seconds")})
    if found := faults(rows, lake, equal):
        pytest.fail(found)
    published = {row["id"]: row for row in lake.arrow("curated")}
    taken = [
        (kind, cases[f"c{index}"].written, published[row][f"c{index}"])
        for row, cases in rows.items()
        for index, kind in enumerate(KINDS)
        if row in published and f"c{index}" in cases
    ]
    changed = [(kind, text, value) for kind, text, value in taken if not _prints(value, text, kind)]
    assert changed[:40] == []
    _agrees_with_arrow(taken)


def _prints(value, text: str, kind: str) -> bool:
    """Whether the published value, printed again, is what was read."""
    word = text.strip(" \t")
    if kind in ("string", "varchar(5)", "char(3)"):
        return value == text
    if kind == "binary":
        return value.decode() == text
    if kind == "boolean":
        return str(value)[0] == {"1": "T", "0": "F", "y": "T", "n": "F"}.get(word[0].lower(), word[0].upper())
    if kind == "date":
        return value.isoformat() == word
    if kind == "timestamp":
        return _prints_moment(value, word)
    if "n" in word.lower():
        return repr(value) == repr(float(word))
    digits = len(re.sub("[^0-9]", "", re.split("[eE]", word)[0]).lstrip("0").rstrip("0")) or 1
    printed = f"{value:.{digits - 1}e}" if isinstance(value, float) else str(value)
    return Decimal(printed) == Decimal(word)


def _prints_moment(value, word: str) -> bool:
    zone = re.search(r" ?(?:Z|UTC|([+-])([0-9]{2}):?([0-9]{2})?)$", word[10:])
    written = re.sub(r"[^0-9]", "", word[: 10 + zone.start()] if zone else word)
    shift = (int(zone[2]) * 60 + int(zone[3] or 0)) * (1 if zone[1] == "+" else -1) if zone and zone[1] else 0
    # Python's days begin with year 1 and end with 9999; the text's own day may be one beside.
    minutes = value.toordinal() * 1440 + value.hour * 60 + value.minute + shift
    day, minute = divmod(minutes, 1440)
    if not 1 <= day <= 3_652_059:
        return True
    printed = f"{type(value).fromordinal(day):%Y-%m-%d}".replace("-", "").rjust(8, "0") + f"{minute // 60:02d}{minute % 60:02d}{value.second:02d}{value.microsecond:06d}"
    return printed.rstrip("0") == written.rstrip("0")


def _agrees_with_arrow(taken):
    """Where Arrow, which takes fewer texts, reads one of those that are published, it reads the same value."""
    for kind, type_ in {"bigint": pyarrow.int64(), "double": pyarrow.float64(), "date": pyarrow.date32(), "timestamp": pyarrow.timestamp("us", "UTC")}.items():
        compared = 0
        for _, text, value in [case for case in taken if case[0] == kind][:2000]:
            try:
                read = pc.cast(pyarrow.scalar(text.strip(" \t")), type_).as_py()
            except pyarrow.ArrowInvalid:
                continue
            compared += 1
            assert equal(value, read), (kind, text)
        assert compared > 0
