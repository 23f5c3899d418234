"""
Any line of a text file is a record as Python's csv and json read it, or it is in quarantine byte for byte: what comes out, printed again, is
what was read.
"""

import base64
import csv
import io
import json
from collections import Counter

import pytest
from drawn import DRAWS, contract_of, seeded
from test_drawn_json import read

THREE = {"b": "string", "c": "string"}


def set_aside(lake) -> Counter:
    """Records of quarantine as bytes; those that are text have no bytes beside it."""
    return Counter(base64.b64decode(row["_raw_bytes"]) if row["_raw_bytes"] else row["_raw_record"].encode() for row in lake.arrow("quarantine"))


def published(lake, *names: str) -> dict:
    return {row["id"]: tuple(row[name] for name in names) for row in lake.arrow("curated")}


def csv_fields(line: bytes) -> list[str] | None:
    try:
        return next(csv.reader([line.decode()], strict=True))
    except (UnicodeDecodeError, csv.Error):
        return None


@pytest.mark.nightly
def test_any_line_is_the_csv_record_that_python_reads_or_is_kept_as_it_was(lake):
    draws = seeded()
    pieces = [b",", b",", b'"', b'"', b'""', b"a", b" ", b"\t", "é".encode(), "😀".encode(), b"\xff", b"\xc3", b"\\", b"'", b"\x00", "\u2028".encode(), b"\x1c", "\ufffd".encode()]
    lines = [b"%d," % number + b"".join(draws.choices(pieces, k=draws.randint(0, 9))) for number in range(DRAWS)]
    manifest = lake.batch(contract_of(THREE), keys=[lake.land("day=1/a.csv", b"id,b,c\n" + b"\n".join(lines))])
    fields = {line: csv_fields(line) for line in lines}
    assert manifest["rows"]["read"] == len(lines)
    assert set_aside(lake) == Counter(line for line in lines if not fields[line] or len(fields[line]) != 3)
    assert published(lake, "b", "c") == {row[0]: (row[1] or None, row[2] or None) for row in fields.values() if row and len(row) == 3}


@pytest.mark.nightly
@pytest.mark.parametrize(("encoding", "end"), [("utf-8", "\r\n"), ("utf-8", "\n"), ("windows-1251", "\r")])
def test_any_records_with_line_ends_come_out_as_python_wrote_them(lake, encoding, end):
    draws = seeded()
    alphabet = ["\n", "\r\n", "\r", '"', ",", "a", " ", "ж", "\x00", "\\", "'"] + (["\u0100", "\u0101", "\ufdd0", "\ufffd", "😀"] if encoding == "utf-8" else [])
    records, whole = [], {}
    for number in range(DRAWS // 4):
        text = io.StringIO()
        # Shorter and longer rows than the header are no records; one of a single quoted line end is no blank line.
        row = [str(number), *("".join(draws.choices(alphabet, k=draws.randint(0, 5))) for _ in range(draws.choice([2, 2, 2, 1, 3])))]
        row = row if draws.random() < 0.9 else ["".join(draws.choices(["\n", "\r", "\r\n", "a"], k=draws.randint(1, 2)))]
        csv.writer(text, lineterminator="\r\n", quoting=draws.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])).writerow(row)
        record = text.getvalue().removesuffix("\r\n").encode(encoding)
        if draws.random() < 0.02:
            record += b"\x98"
        records.append(record)
        if len(row) == 3 and record + b"\r\n" == text.getvalue().encode(encoding):
            whole[row[0]] = (record, tuple(value or None for value in row[1:]))
    blanks = draws.choices(["", "", "", end, f"  {end}"], k=len(records))
    content = f"id,b,c{end}".encode() + b"".join(record + (end + blank).encode() for record, blank in zip(records, blanks))
    manifest = lake.batch(contract_of(THREE, source={"options": {"header": True, "multiline": True, "encoding": encoding}}), keys=[lake.land("day=1/a.csv", content)])
    good = {record for record, _ in whole.values()}
    assert manifest["rows"]["read"] == len(records)
    assert published(lake, "b", "c") == {id: values for id, (_, values) in whole.items()}
    in_utf8 = {record: _as_kept(record, encoding) for record in records}
    assert set_aside(lake) == Counter(in_utf8[record] for record in records if record not in good)


def _as_kept(record: bytes, encoding: str) -> bytes:
    try:
        return record.decode(encoding).encode()
    except UnicodeDecodeError:
        return record


def json_object(line: bytes) -> dict | None:
    """None also for half a surrogate pair, which is no character."""
    try:
        value = read(line.decode())
        json.dumps(value, ensure_ascii=False).encode()
        return value if isinstance(value, dict) else None
    except (ValueError, ArithmeticError):
        return None


def test_any_line_is_the_json_object_that_python_reads_or_is_kept_as_it_was(lake):
    draws = seeded()
    values = [b"1", b"-0.5e3", b'"a"', b"[1,2]", b'{"k":"v"}', b"null", b"true", b'"\\u00e9\\n"', b'["x",{"y":[]}]', b'"\\ud83d\\ude00"', b"1E+2", b'""']
    odd = [b",", b":", b'"', b"{", b"}", b"[", b"]", b" ", b"\t", b"0", b"1", b"-", b".", b"e", b"\\", b"\\u", b"\\ud83d", b"/", b"t", b"NaN", b"\xff", "é".encode(), b"\x01", b"\xc2\xa0"]
    lines = []
    for number in range(DRAWS):
        value = draws.choice(values)
        for _ in range(draws.choice([0, 1, 1, 1, 2])):
            at = draws.randint(0, len(value))
            value = value[:at] + draws.choice(odd) + value[at + draws.choice([0, 0, 1]) :]
        lines.append(b'{"id":"%d","b":' % number + value + b"}")
    manifest = lake.batch(contract_of({"b": "string"}, source={"format": "json", "options": {}}), keys=[lake.land("day=1/a.json", b"\r\n".join([*lines, b" \t"]))])
    objects = {line: json_object(line) for line in lines}
    assert manifest["rows"]["read"] == len(lines)
    assert set_aside(lake) == Counter(line for line in lines if objects[line] is None)
    found = {id: value for id, (value,) in published(lake, "b").items()}
    wanted = {value["id"]: value.get("b") for value in objects.values() if value is not None}
    assert found.keys() == wanted.keys()
    changed = {id: (found[id], value) for id, value in wanted.items() if not _is(found[id], value)}
    assert changed == {}


def _is(found: str | None, value: object) -> bool:
    """What is no text is published as it was written."""
    return found == value if value is None or type(value) is str else read(found) == value
