"""JSON files with arrays and pretty-printed objects (`multiline: true`): each record is read as a line of JSON lines is."""

import base64
import gzip
import json
import random
from decimal import Decimal
from pathlib import Path

import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lake import contract_with
from sluice_etl.errors import UnreadableFileError
from sluice_etl.formats.json import splitter
from sluice_etl.formats.json.splitter import Splitter

COMMON = dict(derive={}, latest_by=[], quarantine={"rules": {}}, curated={"partition_by": [], "target_file_mb": 128})
DOCUMENTS = dict(source={"format": "json", "options": {"multiline": True}}, **COMMON)
SUITE = [json.loads(line) for line in (Path(__file__).parent / "suites" / "json-test-suite.jsonl").read_text("utf-8").splitlines()]

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.sampled_from(['"', "\\", "]", "},{", "[{", "a\nb"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)
OBJECTS = st.lists(st.dictionaries(st.text(max_size=4), VALUES, max_size=3), max_size=5)
STYLES = st.sampled_from([{}, {"indent": 2}, {"separators": (",", ":")}, {"ensure_ascii": False}, {"indent": "\t"}])
BROKEN = ['{"a":[1}', '{"a":1}}', '{"a":1} {"b":2}', "7", '"x"', "null", "[1]", '{"a" 1}', "{'a':1}", "truth", '{"a":"x"y"z"}']
UNCLOSED = ['{"a":"x"y"}', '{"a":"x\\"}', '{"a":1', '{"a":[{"b":1]', '{"a":"x']


def split(data: bytes, sizes=None):
    """Records, and the problem of the file as a whole; `sizes` draws how the bytes come in."""
    splitting, found, at = Splitter(), [], 0
    while at < len(data):
        size = sizes() if sizes else len(data)
        found += splitting.feed(data[at : at + size])
        at += size
    return [*found, *splitting.end()], splitting.problem


@settings(deadline=None)
@given(OBJECTS, STYLES, st.sampled_from(["array", "lines", "together"]), st.sampled_from([b"", b"\xef\xbb\xbf"]), st.randoms(use_true_random=False))
def test_records_are_those_that_pythons_json_finds_however_the_bytes_come_in(objects, style, shape, mark, draw):
    if shape == "array":
        data = json.dumps(objects, **style).encode()
    else:
        data = {"lines": "\n", "together": ""}[shape].join(json.dumps(value, **style) for value in objects).encode()
    records, problem = split(mark + data, lambda: draw.randint(1, 7))
    assert problem is None and [json.loads(record) for record in records] == objects
    assert all(record in data for record in records)


@settings(deadline=None)
@given(OBJECTS, st.lists(st.tuples(st.sampled_from(BROKEN), st.integers(0, 5)), max_size=3), st.randoms(use_true_random=False))
def test_a_broken_record_takes_no_other_with_it(objects, broken, draw):
    records = [json.dumps(value) for value in objects]
    for text, place in broken:
        records.insert(place, text)
    found, problem = split(("[\n" + ",\n".join(records) + "\n]").encode(), lambda: draw.randint(1, 9))
    assert problem is None and [record.decode() for record in found] == records


@settings(deadline=None)
@given(OBJECTS, st.sampled_from(UNCLOSED), st.integers(0, 5), st.sampled_from(["[\n{}\n]", "{}"]))
def test_a_record_whose_end_cannot_be_known_is_named(objects, unclosed, place, shape):
    records = [json.dumps(value) for value in objects]
    records.insert(place, unclosed)
    _, problem = split(shape.format(("," if "[" in shape else "").join(f"{record}\n" for record in records)).encode())
    assert problem == f"a quote or bracket of its record {min(place, len(objects)) + 1} is not closed, so where that ends cannot be known" or "cut off" in problem


@pytest.mark.nightly
@settings(deadline=None)
@given(OBJECTS.filter(len), STYLES, st.data())
def test_an_array_that_is_cut_off_anywhere_is_noticed(objects, style, data):
    whole = json.dumps(objects, **style).encode()
    cut = whole[: data.draw(st.integers(1, len(whole) - 1))]
    assert "cut off" in split(cut)[1]


def test_a_record_without_an_end_is_given_up_in_time(monkeypatch):
    monkeypatch.setattr(splitter, "LONGEST_RECORD", 1000)
    splitting = Splitter()
    splitting.feed(b'[{"a":"' + b"x" * 2000)
    assert "a record of it is longer than" in splitting.problem
    assert splitting.feed(b'"}]') == [] and splitting.end() == []


def batch(lake, columns: dict, files: dict[str, str | bytes], **changes) -> dict:
    keys = [lake.land(f"day=1/{name}", content) for name, content in files.items()]
    return lake.batch(contract_with(columns=columns, **{**DOCUMENTS, **changes}), keys=keys)


@pytest.mark.nightly
def test_arrays_and_pretty_printed_objects_are_rows_with_exact_values(lake, monkeypatch):
    # So small that Spark would cut these files if it could, and put several into one task.
    monkeypatch.setattr("sluice_etl.formats.whole_files.MB", 1)
    monkeypatch.setattr("sluice_etl.formats.whole_files._OPENING_BYTES", 16)
    monkeypatch.setattr("sluice_etl.formats.json.documents._FEED_BYTES", 50)
    row = '{{\n  "id": "{0}",\n  "n": 12345678901234567890.1234567890,\n  "v": {{"k" : [1.10, "}}{{"]}},\n  "tags": ["x", {{"y": 1.10}}]\n}}'
    array = "[\n" + ",\n".join(row.format(f"a{number}") for number in range(20)) + "\n]\n"
    files = {
        "array.json": array,
        "minified.json": json.dumps([{"id": f"m{number}", "n": number} for number in range(5)], separators=(",", ":")),
        "objects.json": "\ufeff" + row.format("o1") + row.format("o2") + "\n\n" + row.format("o3"),
        "lines.json": '{"id":"l1"}\n{"id":"l2","more":1}\n',
        "packed.json.gz": gzip.compress(array.replace('"a', '"g').encode()),
        "packed.json.zst": pyarrow.compress(array.replace('"a', '"z').encode(), codec="zstd", asbytes=True),
        "_passed over.json": row.format("p1"),
        "empty.json": "[]",
        "blank.json": " \n\t",
    }
    manifest = batch(lake, {"id": "string", "n": "decimal(30,10)", "v": "string", "tags": "array<string>"}, files)
    assert manifest["rows"] == {"read": 71, "written": 71, "duplicates": 0, "superseded": 0, "quarantined": 0}
    assert manifest["drift"]["unknown"] == {"more": 1}
    rows = {row["id"]: row for row in lake.arrow("curated")}
    assert set(rows) == {*(f"{file}{n}" for file in "agz" for n in range(20)), *(f"m{n}" for n in range(5)), "o1", "o2", "o3", "l1", "l2", "p1"}
    for name in ("a7", "o1", "g3", "z19", "p1"):
        assert rows[name]["n"] == Decimal("12345678901234567890.1234567890")
        assert (rows[name]["v"], rows[name]["tags"]) == ('{"k" : [1.10, "}{"]}', ["x", '{"y": 1.10}'])


@pytest.mark.nightly
def test_values_of_the_json_test_suite_are_read_as_in_json_lines(lake):
    values = [base64.b64decode(case["base64"]) for case in SUITE if case["name"][0] == "y"]
    batch(lake, {"id": "int", "v": "string"}, {"a.json": b"[" + b",\n".join(b'{"id":%d,"v":\n%s}' % entry for entry in enumerate(values)) + b"]"})
    published = {row["id"]: row["v"] for row in lake.curated()}
    assert len(published) == len(values)
    for number, text in published.items():
        value = json.loads(values[number])
        assert text == (value if value is None or isinstance(value, str) else values[number].decode().strip(" \t\r\n"))


def test_a_broken_part_is_set_aside_as_it_stands_and_read_again_by_a_replay(lake):
    bad = ['{"id":"b" "n":2}', '{"id":"c"}\n{"id":"d"}', "[1]", '{"id":"e","n":[1}', '{"id":"f","n":"x"y"z"}', "7"]
    content = "[{},\n{},\n,\n{}\n,\n".format('{"id":"a",\n "n":1}', ",\n".join(bad), '{"id":"g","n":2}').encode() + b'{"id":"\xe9"}]'
    manifest = batch(lake, {"id": "string", "n": "int"}, {"a b.json": content})
    malformed = [row["_raw_record"] for row in lake.quarantined()]
    assert sorted(malformed) == sorted([*bad, ",", '{"id":"\ufffd"}']) and manifest["quarantinedByRule"] == {"malformed_record": len(bad) + 2}
    assert sorted(row["id"] for row in lake.curated()) == ["a", "g"]
    replayed = lake.batch(contract_with(columns={"id": "string", "n": "int"}, **DOCUMENTS), source="quarantine", batch_id="orders-2")
    assert replayed["quarantinedByRule"] == manifest["quarantinedByRule"]
    assert [base64.b64decode(row["_raw_bytes"]) for row in lake.quarantined() if row["_raw_bytes"]] == [b'{"id":"\xe9"}']


@pytest.mark.parametrize(("content", "why"), [('[{"id":"a"},', "its array is closed"), ('{"id":"a"}\n{"id":"b"', "its last object is closed"), ('[{"id":"a]}]', "its array is closed")])
def test_a_file_that_ends_too_early_is_refused_by_name(lake, content, why):
    with pytest.raises(UnreadableFileError, match=rf"day=1/cut\.json cannot be read: it ends before {why}, so it may be cut off\. Land it again"):
        batch(lake, {"id": "string"}, {"cut.json": content, "whole.json": "[]"})


def test_a_file_of_which_the_reader_makes_other_rows_than_it_has_is_refused_by_name(lake, monkeypatch):
    monkeypatch.setattr("sluice_etl.formats.json.format.records_in", lambda file, chunks: 3 if "b.json" in file.uri else 1)
    with pytest.raises(UnreadableFileError, match=r"b\.json cannot be read: it has 3 records, of which the reader makes 2 rows"):
        batch(lake, {"id": "string"}, {"a.json": '[{"id":1}]', "b.json": '[{"id":2},{"id":3}]'})


@pytest.mark.nightly
def test_random_files_hold_what_pythons_json_reads(lake):
    draw = random.Random(7)
    files, expected = {}, {}
    for number in range(12):
        rows = [{"id": f"{number}-{n}", "v": draw.choice([None, True, 1.5, "a\"]}", [{"k": "{"}], {"x": [1, "\n"]}])} for n in range(draw.randint(0, 30))]
        expected |= {row["id"]: row["v"] for row in rows}
        text = json.dumps(rows, indent=draw.choice([None, 2])) if draw.random() < 0.5 else "\n".join(json.dumps(row, indent=draw.choice([None, 1])) for row in rows)
        files[f"{number}.json"] = text
    manifest = batch(lake, {"id": "string", "v": "string"}, files)
    assert manifest["rows"]["written"] == len(expected)
    for row in lake.curated():
        value = expected[row["id"]]
        assert row["v"] == value if value is None or isinstance(value, str) else json.loads(row["v"]) == value
