"""CSV as it comes."""

import csv
import gzip
import json
import random

import pytest
from lake import contract_with
from sluice_etl.formats.csv.multiline import records_of_bytes
from sluice_etl.formats.csv.options import csv_options
from sluice_etl.formats.csv.records import records
from sluice_etl.formats.lines import illegible, raw_bytes
from sluice_etl.contract import parse_contract
from sluice_etl.formats.sources import CORRUPT

PLAIN = contract_with(
    columns={"id": "string", "n": "bigint", "note": "string"},
    derive={},
    latest_by=["n"],
    quarantine={"rules": {}},
    curated={"partition_by": [], "target_file_mb": 128},
)


def ids(rows):
    return sorted(row["id"] for row in rows if row["id"])


def test_quotes_blank_lines_bom_and_line_ends(lake):
    content = '\ufeffid,n,note\r\na,1,"x, ""y"""\r\n\r\n   \r\nb,2,\r\nc,3,""\r\nd,4,5" pipe\r\n'
    manifest = lake.batch(PLAIN, keys=[lake.land("day=1/a.csv", content)])
    assert manifest["rows"]["read"] == manifest["rows"]["written"] == 4
    assert {row["id"]: row["note"] for row in lake.curated()} == {"a": 'x, "y"', "b": None, "c": None, "d": '5" pipe'}


@pytest.mark.nightly
def test_records_that_cannot_be_taken_apart_are_set_aside_with_their_text(lake):
    broken = ["b,2", "c,3,x,surplus", 'd,4,"unclosed', 'e,"5,x', 'f,6,"x"y']
    manifest = lake.batch(PLAIN, keys=[lake.land("day=1/a.csv", "id,n,note\na,1,x\n" + "\n".join(broken))])
    assert manifest["rows"] == {"read": 6, "written": 1, "duplicates": 0, "superseded": 0, "quarantined": 5}
    assert manifest["quarantinedByRule"] == {"malformed_record": 5}
    assert sorted(row["_raw_record"] for row in lake.quarantined()) == broken
    assert all(row["id"] is None for row in lake.quarantined())


def test_bytes_that_are_no_utf8_are_set_aside_and_not_replaced(lake):
    headless = {**PLAIN, "source": {**PLAIN["source"], "options": {}}}
    lines = [b"a,1,gr\xc3\xbc\xc3\x9fe", b"b,2,caf\xe9", b'c,3,"\x93x\x94, y"', b"d,4,\xef\xbf\xbd", b"e,5,\xf0\x9f\x98"]
    manifest = lake.batch(headless, keys=[lake.land("day=1/a.csv", b"\n".join(lines))])
    assert {row["id"]: row["note"] for row in lake.curated()} == {"a": "grüße", "d": "\ufffd"}
    assert manifest["quarantinedByRule"] == {"malformed_record": 3}
    texts = ["b,2,caf\ufffd", 'c,3,"\ufffdx\ufffd, y"', "e,5,\ufffd"]
    assert sorted(row["_raw_record"] for row in lake.quarantined()) == texts
    # What the bytes were is not known any more: not a row that a replay may take for good.
    assert lake.batch(headless, source="quarantine", batch_id="orders-2")["rows"]["quarantined"] == 3


@pytest.mark.nightly
def test_headers_in_another_order_or_case_and_columns_missing_or_unknown(lake):
    keys = [
        lake.land("day=1/a.csv", "id,n,note\na,1,x\n"),
        lake.land("day=1/b.csv", "note, N ,id,extra\ny,2,b,?\n"),
        lake.land("day=1/c.csv", "n,id\n3,c\n"),
        lake.land("day=1/empty.csv", ""),
        lake.land("day=1/header-only.csv", "id,n,note\n"),
        lake.land("day=1/packed.csv.gz", gzip.compress(b"id,n,note\nd,4,z\n")),
    ]
    manifest = lake.batch(PLAIN, keys=keys)
    assert {row["id"]: (row["n"], row["note"]) for row in lake.curated()} == {"a": (1, "x"), "b": (2, "y"), "c": (3, None), "d": (4, "z")}
    assert manifest["drift"] == {"missing": {"note": 1}, "unknown": {"extra": 1}}
    assert manifest["rows"]["read"] == 4


@pytest.mark.nightly
def test_only_the_first_line_of_a_file_is_its_header(lake):
    strings = {**PLAIN, "columns": {name: {"type": "string"} for name in ("id", "n", "note")}, "latest_by": ["note"]}
    keys = [
        lake.land("day=1/a.csv", "id,n,note\na,1,x\nid,n,note\nid,n,note\n\nb,2,y\n"),
        lake.land("day=1/b.csv", "id,n,note\nc,3,z\n"),
        lake.land("day=2/c d.csv.gz", gzip.compress(b"note,id,n\nnote,id,n\nw,d,4\n")),
    ]
    manifest = lake.batch(strings, keys=keys)
    assert manifest["rows"] == {"read": 7, "written": 5, "duplicates": 2, "superseded": 0, "quarantined": 0}
    assert ids(lake.curated()) == ["a", "b", "c", "d", "id"]


@pytest.mark.nightly
def test_a_header_among_the_data_is_set_aside_like_any_line_that_does_not_cast(lake):
    manifest = lake.batch(PLAIN, keys=[lake.land("day=1/a.csv", "id,n,note\na,1,x\nid,n,note\n\nb,2,y\n")])
    assert manifest["rows"]["read"] == 3 and manifest["quarantinedByRule"] == {"invalid_type:n": 1}
    assert [row["n"] for row in lake.quarantined()] == ["n"]


def test_missing_columns_can_be_a_reason_or_an_end(lake):
    key = lake.land("day=1/a.csv", "id,n\na,1\nb,x\n")
    strict = {**PLAIN, "drift": {"missing": "quarantine", "unknown": "ignore"}, "quarantine": {"rules": {"no_note": "note IS NULL"}}}
    manifest = lake.batch(strict, keys=[key])
    assert manifest["quarantinedByRule"] == {"missing_column:note": 2, "invalid_type:n": 1}
    with pytest.raises(Exception, match="missing from files of orders: note"):
        lake.batch({**PLAIN, "drift": {"missing": "fail", "unknown": "ignore"}}, keys=[key], batch_id="orders-2")


@pytest.mark.nightly
def test_quoted_line_ends_with_multiline(lake):
    contract = {**PLAIN, "source": {**PLAIN["source"], "options": {"header": True, "multiline": True}}}
    manifest = lake.batch(contract, keys=[lake.land("day=1/a.csv", 'id,n,note\na,1,"two\nlines, ""q"""\nb,2\nc,3,z\n')])
    assert {row["id"]: row["note"] for row in lake.curated()} == {"a": 'two\nlines, "q"', "c": "z"}
    assert manifest["quarantinedByRule"] == {"malformed_record": 1}


MULTILINE = {**PLAIN, "source": {**PLAIN["source"], "options": {"header": True, "multiline": True}}}


@pytest.mark.nightly
def test_with_multiline_a_quote_that_is_never_closed_swallows_no_row_unseen(lake):
    keys = [
        lake.land("day=1/last.csv", 'id,n,note\na,1,x\nb,2,"six\nc,3,y\n'),
        lake.land("day=1/middle.csv", 'id,n,note\nd,"4\ne,5,"x",z\nf,6,w\n'),
        lake.land("day=1/cut.csv", 'id,n,note\ng,7,"cut o'),
    ]
    manifest = lake.batch(MULTILINE, keys=keys)
    assert ids(lake.curated()) == ["a", "f"]
    assert manifest["quarantinedByRule"] == {"malformed_record": 3}
    texts = sorted(row["_raw_record"].rstrip("\n") for row in lake.quarantined())
    assert texts == ['b,2,"six\nc,3,y', 'd,"4\ne,5,"x",z', 'g,7,"cut o']


@pytest.mark.nightly
def test_with_multiline_records_are_as_strict_as_lines(lake):
    broken = ["b,2", "c,3,x,surplus", 'd,4,"x"y', "e", '"f,5,x"', '"g,""5"""']
    content = "id,n,note\r\na,1,x\r\n" + "\r\n".join(broken) + '\r\n\r\n  \r\nh,8,"5"" \r\npipe"\r\ni,9,5" pipe\u2028'
    manifest = lake.batch(MULTILINE, keys=[lake.land("day=1/a.csv", content)])
    assert {row["id"]: row["note"] for row in lake.curated()} == {"a": "x", "h": '5" \r\npipe', "i": '5" pipe\u2028'}
    assert manifest["quarantinedByRule"] == {"malformed_record": 6}
    assert sorted(row["_raw_record"] for row in lake.quarantined()) == sorted(broken)


@pytest.mark.nightly
def test_with_multiline_and_one_column_a_record_is_a_value(lake):
    one = {**MULTILINE, "columns": {"id": {"type": "string"}}, "latest_by": ["id"]}
    manifest = lake.batch(one, keys=[lake.land("day=1/a.csv", 'id\nx\n"two\nlines"\na,b\n"a,b"\n"open\n')])
    assert ids(lake.curated()) == ["a,b", "two\nlines", "x"]
    assert manifest["quarantinedByRule"] == {"malformed_record": 2}


@pytest.mark.nightly
@pytest.mark.parametrize("multiline", [False, True])
def test_other_encodings_are_taken_apart_as_strictly(lake, multiline):
    options = {"header": True, "encoding": "iso-8859-1", "multiline": multiline}
    content = 'id,n,note\r\nä,1,"größe; ""ß"""\r\n\r\nb,2,"x"y\r\nc,3,"é\r\n'.encode("iso-8859-1")
    manifest = lake.batch({**PLAIN, "source": {**PLAIN["source"], "options": options}}, keys=[lake.land("day=1/ö.csv", content)])
    assert {row["id"]: row["note"] for row in lake.curated()} == {"ä": 'größe; "ß"'}
    assert manifest["quarantinedByRule"] == {"malformed_record": 2}
    assert sorted(row["_raw_record"].rstrip("\r\n") for row in lake.quarantined()) == ['b,2,"x"y', 'c,3,"é']


@pytest.mark.nightly
@pytest.mark.parametrize(("delimiter", "quote", "end"), [(",", '"', "\n"), (";", "'", "\r\n"), ("||", "$", "\n")])
def test_any_file_with_multiline_is_read_as_it_was_written(lake, delimiter, quote, end):
    draw = random.Random(11)
    alphabet = [delimiter, quote, end, "a", " ", "\\", "\u2028", "\ufeff", "\ufdd0", "\u0100", "😀", "$1"]
    values = ["".join(draw.choices(alphabet, k=draw.randint(1, 12))) for _ in range(600)]
    quoted = [quote + value.replace(quote, quote * 2) + quote for value in values]
    content = end.join(["id,n,note".replace(",", delimiter)] + [f"{i}{delimiter}1{delimiter}{value}" for i, value in enumerate(quoted)])
    options = {"header": True, "multiline": True, "delimiter": delimiter, "quote": quote}
    manifest = lake.batch({**PLAIN, "source": {**PLAIN["source"], "options": options}}, keys=[lake.land("day=1/a.csv", content + end)])
    assert {int(row["id"]): row["note"] for row in lake.curated()} == dict(enumerate(values))
    assert manifest["rows"]["quarantined"] == 0


@pytest.mark.nightly
def test_without_header_columns_go_by_position_with_any_delimiter(lake):
    contract = {**PLAIN, "source": {**PLAIN["source"], "options": {"delimiter": "|", "quote": "'", "null_value": "NA"}}}
    lake.batch(contract, keys=[lake.land("day=1/a.csv", "a|1|'x|y'\nb|NA|NA\n")])
    assert [(row["id"], row["n"], row["note"]) for row in lake.curated()] == [("a", 1, "x|y"), ("b", None, None)]


@pytest.mark.nightly
@pytest.mark.parametrize("header", ["id,n,note", "\ufeffNote, ID,n,more", '"id","n","note"'])
def test_a_header_that_the_contract_does_not_tell_of_is_refused(lake, header):
    unsaid, said = ({**PLAIN, "source": {**PLAIN["source"], "options": options}} for options in ({}, {"header": False}))
    key = lake.land("day=1/a.csv", f"{header}\n\na,1,x\n")
    with pytest.raises(Exception, match="day=1/a.csv names the columns of orders.* `header: true`, or `header: false` if that line is data"):
        lake.batch(unsaid, keys=[key])
    assert lake.batch(said, keys=[key], batch_id="orders-2")["rows"]["read"] == 2


@pytest.mark.nightly
@pytest.mark.parametrize("content", ["a,1,x", "id,n\n", "", "\n \n", "id,n,note" * 3000])
def test_what_only_resembles_a_header_is_read_as_data(lake, content):
    unsaid = {**PLAIN, "source": {**PLAIN["source"], "options": {}}}
    lake.batch(unsaid, keys=[lake.land("day=1/a.csv", content)])


@pytest.mark.nightly
def test_a_column_that_stands_twice_in_a_header_is_reported(lake):
    key = lake.land("day=1/a.csv", "id,n,note,n,odd,odd\na,1,x,2,y,z\n")
    manifest = lake.batch(PLAIN, keys=[key])
    assert manifest["drift"]["unknown"] == {"n (again)": 1, "odd": 1, "odd (again)": 1}
    assert [row["n"] for row in lake.curated()] == [1]


@pytest.mark.nightly
def test_names_with_any_character(lake):
    names = ["a b+c=d%20.csv", "{x}[y]*?.csv", "größe.csv", "_hidden.csv", ".dot.csv", "UPPER.CSV.GZ"]
    keys = []
    for number, name in enumerate(names):
        content = f"id,n,note\n{number},1,x\nbad{number},x,x\n".encode()
        keys.append(lake.land(f"day=a+b %c=é/{name}", gzip.compress(content) if name.endswith("GZ") else content))
    manifest = lake.batch(PLAIN, keys=keys)
    assert manifest["rows"] == {"read": 12, "written": 6, "duplicates": 0, "superseded": 0, "quarantined": 6}
    assert sorted(row["_source_file"] for row in lake.quarantined()) == sorted(f"file:{lake.root}/raw/{key}" for key in keys)
    assert {row["day"] for row in lake.quarantined()} == {"a+b %c=é"}


@pytest.mark.nightly
def test_what_is_excluded_or_gone_is_not_read(lake):
    kept = lake.land("day=1/a.csv", "id,n,note\na,1,x\n")
    lake.land("day=1/_temporary/0/b.csv", "id,n,note\nb,1,x\n")
    manifest = lake.batch(PLAIN)
    assert (manifest["input"]["files"], ids(lake.curated())) == (1, ["a"])
    # Of day=7 there is no partition either: the crawl came after the file had gone.
    gone = ["raw/orders/day=1/gone.csv", "raw/orders/day=7/gone.csv"]
    manifest = lake.batch(PLAIN, keys=[kept, *gone], batch_id="orders-2")
    assert manifest["missingObjects"] == gone
    assert manifest["rows"]["duplicates"] == 1


def test_predicates_prune_and_unknown_partitions_are_refused(lake):
    lake.land("day=1/a.csv", "id,n,note\na,1,x\n")
    key = lake.land("day=2/b.csv", "id,n,note\nb,1,x\n")
    manifest = lake.batch(PLAIN, predicates=["day = '2'"])
    assert (manifest["source"], ids(lake.curated())) == ("raw", ["b"])
    lake.catalog.hidden = {"day=2"}
    with pytest.raises(Exception, match="day=2/ is not in the catalog"):
        lake.curate(PLAIN, keys=[key], batch_id="orders-2")
    with pytest.raises(Exception, match="day=2/ is not in the catalog"):
        lake.curate(PLAIN, keys=[key], batch_id="orders-3", predicates=["day = '1'"])


@pytest.mark.parametrize("multiline", [False, True])
@pytest.mark.parametrize(("delimiter", "quote"), [(",", '"'), (";", "'"), ("|", "$"), ("\t", '"')])
def test_any_line_is_taken_apart_as_a_strict_reader_does(spark, delimiter, quote, multiline):
    draw = random.Random(7)
    alphabet = [delimiter, delimiter, quote, quote, quote, "a", "b", " ", "\\", "$1", "é", "😀", "\u2028"]
    lines = ["x" + "".join(draw.choices(alphabet, k=draw.randint(1, 14))) for _ in range(3000)]
    lines += [line[1:] for line in lines if line[1:].strip()]
    contract = parse_contract(json.dumps(contract_with(source={"options": {"delimiter": delimiter, "quote": quote, "multiline": multiline}})))
    frame, options = spark.createDataFrame([(line,) for line in lines], "value STRING").selectExpr("value", "value AS line"), csv_options(contract)
    if multiline:
        frame = records_of_bytes(frame.selectExpr("decode(encode(value, 'UTF-8'), 'ISO-8859-1') AS value", "line"), options, 3)
    else:
        frame = records(frame, options, 3, illegible("utf-8"), raw_bytes("utf-8"))
    found = {row["line"]: None if row[CORRUPT] else [row["__c0"], row["__c1"], row["__c2"]] for row in frame.collect()}

    def strictly(line):
        try:
            fields = next(csv.reader([line], delimiter=delimiter, quotechar=quote, strict=True))
        except csv.Error:
            return None
        return fields if len(fields) == 3 else None

    wanted = {line: strictly(line) for line in lines}
    assert found == wanted and sum(fields is not None for fields in wanted.values()) > 300
