"""JSON lines: a line is one object after RFC 8259, or a malformed record."""

import base64
import gzip
import json
from decimal import Decimal
from pathlib import Path

import pytest
from lake import contract_with
from sluice_etl.errors import UnreadableFileError

COMMON = dict(derive={}, latest_by=[], quarantine={"rules": {}}, curated={"partition_by": [], "target_file_mb": 128})
JSON = dict(source={"format": "json", "options": {}}, **COMMON)
SUITE = [json.loads(line) for line in (Path(__file__).parent / "suites" / "json-test-suite.jsonl").read_text("utf-8").splitlines()]


def json_batch(lake, columns: dict, lines: list[str | bytes], **changes) -> dict:
    content = b"\n".join(line.encode("utf-8") if isinstance(line, str) else line for line in lines)
    return lake.batch(contract_with(columns=columns, **{**JSON, **changes}), keys=[lake.land("day=1/a.json", content)])


def malformed(lake) -> list[str]:
    return [row["_raw_record"] for row in lake.quarantined() if row["_errors"] == ["malformed_record"]]


@pytest.mark.nightly
def test_the_json_test_suite_is_judged_as_it_is_marked(lake):
    values = [base64.b64decode(case["base64"]) for case in SUITE]
    json_batch(lake, {"id": "int", "v": "string"}, [b'{"id":%d,"v":' % number + value + b"}" for number, value in enumerate(values)])
    published = {row["id"]: row["v"] for row in lake.curated()}
    names = [case["name"] for case in SUITE]
    assert [name for number, name in enumerate(names) if name[0] == "y" and number not in published] == []
    assert [name for number, name in enumerate(names) if name[0] == "n" and number in published] == []
    for number, text in published.items():
        value = json.loads(values[number])
        as_written = values[number].decode("utf-8").strip(" \t")
        assert text == (value if value is None or isinstance(value, str) else as_written), names[number]


def test_values_of_string_columns_stay_as_they_were_written(lake):
    payloads = ['{"a":1,"b":[1.10,true]}', "[1,2]", "1.10", "1e400", "12345678901234567890123", "true", '{"a" : "x\\"y\\\\" , "é":"\\u00e9\\/"}', "[]"]
    json_batch(lake, {"id": "int", "payload": "string"}, [f'{{"id":{number}, "payload":{text} }}' for number, text in enumerate(payloads)])
    assert [row["payload"] for row in sorted(lake.curated(), key=lambda row: row["id"])] == payloads


def test_values_stay_exact(lake):
    columns = {"id": "string", "n": "decimal(30,10)", "tags": "array<string>", "who": "struct<name:string,age:int>", "ok": "boolean"}
    lines = [
        '{"id":"a","n":12345678901234567890.1234567890,"tags":["x",{"y":1.10}],"who":{"name":"Zoë","age":7},"ok":true}',
        '{"id":"b","n":"1.5","more":1,"tags":null}',
        '{"id":"c, 5","n":"1.50x","tags":"none"}',
        '{"id":7,"n":-1e3}',
    ]
    manifest = json_batch(lake, columns, lines)
    rows = {row["id"]: row for row in lake.curated()}
    assert rows["a"]["n"] == Decimal("12345678901234567890.1234567890")
    assert (rows["a"]["tags"], rows["a"]["who"], rows["a"]["ok"]) == (["x", '{"y":1.10}'], {"name": "Zoë", "age": 7}, True)
    assert rows["b"]["n"] == Decimal("1.5") and rows["7"]["n"] == Decimal("-1000")
    assert manifest["quarantinedByRule"] == {"invalid_type:n": 1, "invalid_type:tags": 1}
    assert [(row["n"], row["tags"]) for row in lake.quarantined()] == [("1.50x", '"none"')]
    assert manifest["drift"]["unknown"] == {"more": 1}


@pytest.mark.nightly
def test_a_line_that_is_not_one_object_is_malformed_whole(lake):
    broken = [
        '{"id":1,"v":[1,,]}', '{"id":2,"v":[fals]}', '{"id":3,"v":["x", truth]}', '{"id":4,"v":[1.]}', '{"id":5,"v":NaN}', '{"id":6,"v":-Infinity}',
        '{"id":"d"', '{"id":"e"} {"id":"f"}', '{"id":8} ,{"id":9}', '{"id":10}],[{"id":11}', '{"id":"g"},', "[1]", "7", '"{}"', '{"id": 01}', "{'id':1}",
        '{"id":12,"v":"a\tb"}', '{"id":13\x02}', '{"id":14,"v":"\x01"}', '{"id":15,"v":"\\ud83d"}', '{"id":16,"v":{"k":["\\udc00"]}}', '{"id":17,"v":' + "[" * 100 + "]" * 100 + "}",
        '{"id":18,"v":' + "[" * 60 + "1.]" + "]" * 59 + "}", '{"id":19,"v":' + "[" * 100_000, "\u00a0{}", '{"id":20,}', "{,}", '{"id":21 "v":1}',
    ]  # fmt: skip
    deep = "[" * 98 + '{"a":1.10}' + "]" * 98
    good = [
        '\t{ "id":30, "v" : [ 1 , {"a":\tnull} ] } \t', '{"id":31,"id":32}', '{"\\u0069d":33,"v":"\\u0001\\ud83d\\ude00"}', f'{{"id":34,"v":{deep}}}',
        '{"id":35,"v":"} ]{\\" \\\\"}', '{"id":36,"v":""}',
    ]  # fmt: skip
    no_record = [" \t ", "", "\t"]
    manifest = json_batch(lake, {"id": "string", "v": "string"}, broken + no_record + good)
    assert sorted(malformed(lake)) == sorted(broken)
    assert manifest["rows"]["read"] == len(broken) + len(good)
    assert {row["id"]: row["v"] for row in lake.curated()} == {
        "30": '[ 1 , {"a":\tnull} ]', "32": None, "33": "\x01\U0001f600", "34": deep, "35": '} ]{" \\', "36": "",
    }  # fmt: skip


@pytest.mark.nightly
def test_bytes_that_are_no_utf8_are_set_aside(lake):
    lines = [b'{"id": "\xc3\xa9", "n": 1}', b'{"id": "\xe9", "n": 2}', b'{"id": "\\u00e9", "n": 3}']
    manifest = json_batch(lake, {"id": "string", "n": "bigint"}, lines, latest_by=["n"])
    assert manifest["rows"] == {"read": 3, "written": 1, "duplicates": 0, "superseded": 1, "quarantined": 1}
    assert malformed(lake) == ['{"id": "\ufffd", "n": 2}']
    assert [row["n"] for row in lake.curated()] == [3]


@pytest.mark.nightly
def test_a_column_is_read_from_its_key_or_else_from_its_path(lake):
    columns = {
        "id": "int",
        "x": {"type": "int", "from": "a.b.c"},
        "y": {"type": "string", "from": ["a", "b.c"]},
        "z": {"type": "string", "from": "Größe (cm)"},
        "w": {"type": "array<int>", "from": "a.w"},
    }
    lines = [
        '{"id":1,"a":{"b":{"c":5},"b.c":"why","w":[1]},"Größe (cm)":1.80}',
        '{"id":2,"a.b.c":6,"a":{"b":{"c":5}}}',
        '{"id":3,"a":7}',
        '{"id":4,"a":{"w":["x"]}}',
    ]
    manifest = json_batch(lake, columns, lines)
    found = {row["id"]: (row["x"], row["y"], row["z"], row["w"]) for row in lake.curated()}
    assert found == {1: (5, "why", "1.80", [1]), 2: (6, None, None, None), 3: (None, None, None, None)}
    assert [(row["id"], row["w"], row["_errors"]) for row in lake.quarantined()] == [("4", '["x"]', ["invalid_type:w"])]
    assert manifest["drift"] == {"missing": {}, "unknown": {}}


def test_a_file_of_which_fewer_rows_were_read_than_it_has_lines_is_refused_by_name(lake, monkeypatch):
    from sluice_etl.formats.json import format as json_format

    records = json_format.records
    monkeypatch.setattr(json_format, "records", lambda lines, contract: records(lines.where("value NOT LIKE '%lost%'"), contract))
    keys = [lake.land("day=1/a.json", '{"id":"a"}\r\n\r\n \t\r\n{"id":"b"}'), lake.land("day=1/b.json.gz", gzip.compress(b'\xef\xbb\xbf{"id":"c"}\n\n{"id":"lost"}\n'))]
    with pytest.raises(UnreadableFileError, match=r"day=1/b\.json\.gz cannot be read: it has 2 records, of which the reader makes 1 rows\. Land it again"):
        lake.batch(contract_with(columns={"id": "string"}, **JSON), keys=keys)


def late_keys(lake, **drift):
    """Two files: in one, `größe` and `extra` first stand in the last line, far behind the rest; in the other they never do."""
    contract = contract_with(
        columns={"id": "string", "n": "int", "größe": "int"}, drift={"missing": "null", "unknown": "ignore", **drift}, **{**JSON, "latest_by": ["n"]}
    )
    plain = "".join(f'{{"id":"{{}}{n}","n":{n}}}\n' for n in range(200))
    last = '{"id":"last","n":1,"gr\\u00f6\\u00dfe":7,"extra":1}\n'
    keys = [lake.land("day=1/a b.json", plain.replace("{}", "a") + last), lake.land("day=1/c.json", plain.replace("{}", "c"))]
    return lake.batch(contract, keys=keys)


@pytest.mark.nightly
def test_a_column_that_first_stands_late_in_a_file_is_not_missing(lake, monkeypatch):
    monkeypatch.setattr("sluice_etl.formats.json.keys.LOOK", 100)
    manifest = late_keys(lake, missing="quarantine")
    assert manifest["quarantinedByRule"] == {"missing_column:größe": 200}
    assert manifest["drift"] == {"missing": {"größe": 1}, "unknown": {}}
    assert next(row["größe"] for row in lake.curated() if row["id"] == "last") == 7


def test_a_key_that_fails_the_batch_is_found_wherever_it_stands(lake, monkeypatch):
    monkeypatch.setattr("sluice_etl.formats.json.keys.LOOK", 100)
    with pytest.raises(Exception, match="unknown to the contract of orders: extra"):
        late_keys(lake, unknown="fail")
