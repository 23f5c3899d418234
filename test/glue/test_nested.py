"""Structs, arrays and maps are judged to the leaf, from CSV text, JSON and Parquet."""

from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lake import contract_with
from test_json import COMMON, json_batch

NESTED = {
    "id": "int",
    "a": "struct<zip:int,city:string,geo:struct<lat:double,tags:array<string>>>",
    "l": "array<int>",
    "m": "map<string,int>",
    "s": "array<struct<x:int>>",
    "mm": "map<int,array<decimal(5,2)>>",
}
FITTING = [
    ('{"id":1,"a":{"city":"Bern","zip":3000,"geo":{"tags":["a",{"q":1.10},null],"lat":1.5}}}', "a", {"zip": 3000, "city": "Bern", "geo": {"lat": 1.5, "tags": ["a", '{"q":1.10}', None]}}),
    ('{"id":2,"a":{}}', "a", {"zip": None, "city": None, "geo": None}),
    ('{"id":3,"a":{"zip":1,"geo":null}}', "a", {"zip": 1, "city": None, "geo": None}),
    ('{"id":4,"l":[1,null,3]}', "l", [1, None, 3]),
    ('{"id":5,"l":[ ]}', "l", []),
    ('{"id":6,"m":{"a":1,"b":null,"a":2}}', "m", {"a": 2, "b": None}),
    ('{"id":7,"m":{}}', "m", {}),
    ('{"id":8,"s":[{"x":1},null,{}]}', "s", [{"x": 1}, None, {"x": None}]),
    ('{"id":9,"mm":{"1":[1.10,2],"2":null}}', "mm", {1: [Decimal("1.10"), Decimal("2.00")], 2: None}),
    ('{"id":10,"a":null}', "a", None),
]  # fmt: skip
UNFIT = [
    ("a", ['{"zip":"CH-3000","city":"Bern"}', '{"zip":3000000000}', '{"zip":30.5}', '"nonsense"', "[1]", "1", '{"zip":{}}', '{"geo":{"lat":"x"}}', '{"geo":{"tags":"x"}}', '"{\\"zip\\":1}"', '{"geo":[]}']),
    ("l", ['["a"]', "1", '{"a":1}', '"[1]"', "[[1]]", "[1.5]", "[2147483648]"]),
    ("m", ['{"a":"x"}', "[]", '"{}"', '{"a":{}}', '[{"key":"a","value":1}]']),
    ("s", ["[1]", '[{"x":"y"}]', '{"x":1}', '[{"x":1},{"x":[]}]']),
    ("mm", ['{"k":[]}', '{"1":[1],"01":[2]}', '{"1":[1000]}', '{"1":1}', '{"1":{"2":3}}']),
]  # fmt: skip


@pytest.fixture
def lines():
    unfit = [f'{{"id":{100 * number + place},"{column}":{text}}}' for number, (column, texts) in enumerate(UNFIT, 1) for place, text in enumerate(texts)]
    return [line for line, _, _ in FITTING] + unfit


@pytest.mark.nightly
def test_in_json_a_part_that_does_not_fit_makes_its_column_invalid(lake, lines):
    manifest = json_batch(lake, NESTED, lines)
    rows = {row["id"]: row for row in lake.curated()}
    assert {number: rows.get(number, {}).get(column) for number, (_, column, _) in enumerate(FITTING, 1)} == {
        number: value for number, (_, _, value) in enumerate(FITTING, 1)
    }
    assert len(rows) == len(FITTING)
    # What was read stays, down to the quotes that make it a text.
    quarantined = {int(row["id"]): row for row in lake.quarantined()}
    for number, (column, texts) in enumerate(UNFIT, 1):
        for place, text in enumerate(texts):
            row = quarantined[100 * number + place]
            assert (row[column], row["_errors"]) == (text, [f"invalid_type:{column}"])
    assert manifest["drift"]["unknown"] == {}


@pytest.mark.nightly
def test_in_csv_a_nested_value_is_json_text(lake):
    texts = ['{"zip": 3000, "city": "Bern"}', "", " {} ", '{"zip": "CH-3000"}', '{"zip": 3000000000}', '{"zip": 30.5}', "nonsense", "[1]", '{"zip":1,}', '{"zip":1} x', '{"zip":01}', '"x"']
    content = "id,address\n" + "".join('{},"{}"\n'.format(number, text.replace('"', '""')) for number, text in enumerate(texts))
    contract = contract_with(columns={"id": "int", "address": "struct<zip:int,city:string>"}, **COMMON)
    manifest = lake.batch(contract, keys=[lake.land("day=1/a.csv", content)])
    assert [row["address"] for row in lake.curated()] == [{"zip": 3000, "city": "Bern"}, None, {"zip": None, "city": None}]
    assert manifest["quarantinedByRule"] == {"invalid_type:address": len(texts) - 3}
    assert sorted(row["address"] for row in lake.quarantined()) == sorted(texts[3:])


@pytest.mark.nightly
def test_json_reports_fields_of_structs_that_are_new_or_gone(lake):
    lines = ['{"id":1,"a":{"zip":1,"street":"x","geo":{"lat":1,"alt":2}},"s":[{"y":1}]}', '{"id":2,"a":{"zip":2},"m":{"any":1}}']
    manifest = json_batch(lake, {name: NESTED[name] for name in ("id", "a", "m", "s")}, lines)
    assert manifest["drift"] == {"missing": {"a.city": 1, "a.geo.tags": 1, "s.x": 1}, "unknown": {"a.street": 1, "a.geo.alt": 1, "s.y": 1}}


@pytest.mark.nightly
@pytest.mark.parametrize("multiline", [False, True])
def test_csv_reports_fields_of_structs_that_are_new_or_gone(lake, multiline):
    texts = ['{"zip":1,"street":"x","geo":{"lat":1,"alt":2}}', '{"zip":2}', "nonsense"]
    content = "who;id\n" + "".join(f"\"{text.replace(chr(34), chr(34) * 2)}\";{number}\n" for number, text in enumerate(texts))
    columns = {"id": "int", "a": {"type": NESTED["a"], "from": "who"}, "l": "array<int>"}
    contract = contract_with(columns=columns, source={"options": {"header": True, "delimiter": ";", "multiline": multiline}}, **COMMON)
    manifest = lake.batch(contract, keys=[lake.land("day=1/a.csv", content), lake.land("day=1/b.csv", "who;id\n;9\n")])
    assert manifest["drift"] == {"missing": {"l": 2, "a.city": 1, "a.geo.tags": 1}, "unknown": {"a.street": 1, "a.geo.alt": 1}}


def test_a_number_inside_of_a_value_is_judged_like_one_outside(lake):
    texts = ["0.1", "0.10000000000000001", "9007199254740993", "1e400", "16777217", "0.1000000000000000055511151231257827", "-2.50", "1e23"]
    columns = {"id": "int", "x": "double", "a": "struct<d:double>", "y": "float", "b": "array<float>"}
    lines = [f'{{"id":{number},"x":{text},"a":{{"d":{text}}},"y":{text},"b":[{text}]}}' for number, text in enumerate(texts)]
    json_batch(lake, columns, lines)
    aside = {int(row["id"]): {error.removeprefix("invalid_type:") for error in row["_errors"]} for row in lake.quarantined()}
    assert aside == {1: {"y", "b"}, 2: {"x", "a", "y", "b"}, 3: {"x", "a", "y", "b"}, 4: {"y", "b"}, 5: {"y", "b"}}


@pytest.mark.nightly
def test_quarantined_nested_values_are_judged_again_as_they_were(lake):
    json_batch(lake, {"id": "int", "l": "array<int>"}, ['{"id":1,"l":[1.5]}', '{"id":2,"l":"[1.5]"}'])
    wider = contract_with(columns={"id": "int", "l": "array<double>"}, source={"format": "json", "options": {}}, **COMMON)
    lake.batch(wider, batch_id="orders-2", source="quarantine")
    assert [row["l"] for row in lake.curated()] == [[1.5]]
    assert [row["l"] for row in lake.quarantined()] == ['"[1.5]"']


@pytest.mark.nightly
def test_parquet_structs_go_by_the_names_of_their_fields(lake):
    table = pa.table(
        {
            "id": pa.array([1, 2, 3], pa.int32()),
            "addr": pa.array([{"city": "Bern", "Zip": "3000", "x": 1}, {"city": "Biel", "Zip": "CH", "x": 2}, None]),
            "parts": pa.array([[{"n": 1.0}], [{"n": 1.5}], []]),
        }
    )
    pq.write_table(table, lake.root / "a.parquet")
    contract = contract_with(
        columns={"id": "int", "addr": "struct<zip:int,city:string,land:string>", "parts": "array<struct<n:int>>"}, source={"format": "parquet", "options": {}}, **COMMON
    )
    manifest = lake.batch(contract, keys=[lake.land("day=1/a.parquet", (lake.root / "a.parquet").read_bytes())])
    assert [(row["id"], row["addr"], row["parts"]) for row in lake.curated()] == [(1, {"zip": 3000, "city": "Bern", "land": None}, [{"n": 1}]), (3, None, [])]
    assert [(row["id"], row["_errors"]) for row in lake.quarantined()] == [("2", ["invalid_type:addr", "invalid_type:parts"])]
    assert manifest["drift"] == {"missing": {"addr.land": 1}, "unknown": {"addr.x": 1}}
