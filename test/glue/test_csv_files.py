"""
CSV files as odd programs write them: what is published is what the file holds, or the row is set aside, or the file is refused by name.
The inputs stand for kinds of faults that were found with small files after public bug reports and public suites.
"""

import base64
import bz2
import gzip
import random

import pyarrow
import pytest
from lake import contract_with
from sluice_etl.errors import UnreadableFileError
from sluice_etl.formats.counting import lines_in

EMPTY = {"derive": {}, "latest_by": [], "quarantine": {"rules": {}}, "curated": {"partition_by": [], "target_file_mb": 128}}


def notes(columns=None, **options):
    return contract_with(columns=columns or {"id": "string", "v": "string"}, source={"options": {"header": True, **options}}, **EMPTY)


def published(lake, name="v"):
    return {row["id"]: row[name] for row in lake.arrow("curated")}


@pytest.mark.nightly
def test_an_undefined_byte_makes_its_record_malformed_and_is_kept(lake):
    contract = notes(encoding="windows-1252")
    lines = [b"id,v", "a,größe € ™".encode("cp1252"), b"b,a\x81b", b'c,"x\x8d,y"']
    manifest = lake.batch(contract, keys=[lake.land("day=1/a.csv", b"\r\n".join(lines))])
    assert published(lake) == {"a": "größe € ™"}
    assert manifest["quarantinedByRule"] == {"malformed_record": 2}
    assert sorted(base64.b64decode(row["_raw_bytes"]) for row in lake.quarantined()) == lines[2:]


@pytest.mark.nightly
@pytest.mark.parametrize("multiline", [False, True])
def test_bytes_that_were_kept_are_read_again_under_another_encoding(lake, multiline):
    headless = notes(header=False, multiline=multiline)
    lake.batch(headless, keys=[lake.land("day=1/a.csv", b"a,gr\xf6\xdfe\nb,x\n\xff,\"y\"z\n")])
    assert published(lake) == {"b": "x"}
    manifest = lake.batch(notes(header=False, multiline=multiline, encoding="latin1"), source="quarantine", batch_id="orders-2")
    assert published(lake) == {"a": "größe", "b": "x"} and manifest["rows"]["quarantined"] == 1
    assert [base64.b64decode(row["_raw_bytes"]) for row in lake.quarantined() if row["_raw_bytes"]] in ([], [b'\xff,"y"z'])


def test_every_member_of_a_packed_file_counts_also_behind_an_empty_one(lake):
    def members(pack):
        return pack(b"") + pack(b"id,v\n1,x\n") + pack(b"") + pack(b"2,y\n")

    packed = {"gz": members(gzip.compress), "bz2": members(bz2.compress), "zst": members(lambda text: pyarrow.compress(text, codec="zstd", asbytes=True))}
    keys = [lake.land(f"day={ending}/a.csv.{ending}", content) for ending, content in packed.items()]
    keys.append(lake.land("day=plain/b.csv", "id,v\n9,z\n"))
    manifest = lake.batch(notes(), keys=keys)
    assert manifest["rows"] == {"read": 7, "written": 3, "duplicates": 4, "superseded": 0, "quarantined": 0}


@pytest.mark.parametrize("ending", ["snappy", "lz4", "zip", "xz", "tar.gz", "7Z"])
def test_a_file_that_is_packed_in_a_way_that_is_not_read_is_refused_by_name(lake, ending):
    key = lake.land(f"day=1/a.csv.{ending}", b"\xff\x06\x00\x00sNaPpY")
    with pytest.raises(UnreadableFileError, match=rf"day=1/a\.csv\.{ending} cannot be read: files that end with \.{ending.lower()} are not unpacked\. Land it as"):
        lake.batch(notes(), keys=[key, lake.land("day=1/b.csv", "id,v\n1,x\n")])


def test_all_files_that_are_not_unpacked_are_named_together(lake):
    keys = [lake.land(f"day=1/{name}", b"x") for name in ("a.csv.snappy", "b.csv.lz4", "c.csv")]
    with pytest.raises(UnreadableFileError, match=r"a\.csv\.snappy cannot be read: files that end with \.lz4, \.snappy are not unpacked; so do \S+b\.csv\.lz4\. Land"):
        lake.batch(notes(), keys=keys)


def test_a_cut_off_zst_file_is_refused_by_name(lake):
    content = pyarrow.compress(b"id,v\n" + b"".join(b"%d,x\n" % n for n in range(5000)), codec="zstd", asbytes=True)
    with pytest.raises(UnreadableFileError, match=r"day=1/a\.csv\.zst cannot be read: it is not compressed as its name says, or cut off"):
        lake.batch(notes(), keys=[lake.land("day=1/a.csv.zst", content[:-20])])


@pytest.mark.nightly
@pytest.mark.parametrize("multiline", [False, True])
def test_a_header_may_hold_line_ends(lake, multiline):
    contract = notes({"id": "string", "v": {"type": "int", "from": "amount\n(CHF)"}}, multiline=multiline)
    content = 'id,"amount\n(CHF)"\n1,10\n(CHF)"\n2,20\n'
    manifest = lake.batch(contract, keys=[lake.land("day=1/a.csv", content), lake.land("day=1/b.csv", 'id,"amount\r\n(CHF)"\r\n3,30\r\n')])
    assert published(lake) == {"1": 10, "2": 20, "3": 30} and manifest["quarantinedByRule"] == {"malformed_record": 1}
    assert manifest["drift"]["missing"] == {}


def test_a_file_whose_first_line_names_no_column_is_refused_by_name(lake):
    good = lake.land("day=1/a.csv", "id,v\n1,x\n")
    with pytest.raises(UnreadableFileError, match=r"day=1/b\.csv cannot be read: its first line names no column of orders\. Give source\.options") as caught:
        lake.batch(notes(), keys=[good, lake.land("day=1/b.csv", "secret,y\n2,z\n")])
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(("mark", "shown"), [(";", r'";"'), ("\t", "a tab"), ("|", r'"\|"')])
def test_a_file_with_another_delimiter_is_refused_with_the_one_that_it_seems_to_have(lake, mark, shown):
    content = f'id{mark}"V"\n1{mark}x\n'
    with pytest.raises(UnreadableFileError, match=rf"its first line names no column of orders: the delimiter looks like {shown}\. Give source\.options"):
        lake.batch(notes(), keys=[lake.land("day=1/a.csv", content)])


@pytest.mark.parametrize("content", [b'id,"v\n1,x\n2,"y"\n', b'id,"v\n1,x\n', b"id,v\xe9\n1,x\n"])
def test_a_header_that_cannot_be_told_is_refused_by_name(lake, content):
    with pytest.raises(UnreadableFileError, match=r"day=1/a\.csv cannot be read: "):
        lake.batch(notes(), keys=[lake.land("day=1/a.csv", content)])


def test_columns_have_other_names_in_the_file(lake):
    contract = notes({"id": {"type": "string", "from": "Bestell-Nr. (größe)"}, "v": {"type": "string", "from": " v.1 "}, "w": "string"}, null_values=["NA", "-"])
    manifest = lake.batch(contract, keys=[lake.land("day=1/a.csv", "bestell-nr. (größe),v.1,id,w\n1,x,?,NA\n2,-,?,na\n")])
    assert published(lake) == {"1": "x", "2": None} and published(lake, "w") == {"1": None, "2": "na"}
    assert manifest["drift"] == {"missing": {}, "unknown": {"id": 1}}


@pytest.mark.nightly
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("other", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("multiline", [False, True])
def test_each_of_the_three_line_ends_ends_a_record_outside_quotes(lake, end, other, multiline):
    content = f"id,v{end}1,a{other}2,b{end}3,c{other}{other}4,d{end}"
    manifest = lake.batch(notes(multiline=multiline), keys=[lake.land("day=1/a.csv", content)])
    assert published(lake) == {"1": "a", "2": "b", "3": "c", "4": "d"} and manifest["rows"]["read"] == 4


@pytest.mark.nightly
def test_an_escape_other_than_the_quote_is_read_as_strictly(lake):
    rows = {r'1,"a\"b"': 'a"b', r'2,"a\\"': "a\\", r'3,"C:\temp"': r"C:\temp", r"4,a\b": r"a\b", r'5,"x\\\"y,z"': 'x\\"y,z', r'6,"\"": broken"': None}
    rows |= {r'7,"a"b': None, r'8,"a""b"': None, r'9,"a\"': None}
    lake.batch(notes(escape="\\"), keys=[lake.land("day=1/a.csv", "id,v\n" + "\n".join(rows) + "\n")])
    assert published(lake) == {line[0]: value for line, value in rows.items() if value is not None}
    assert sorted(row["_raw_record"] for row in lake.quarantined()) == sorted(line for line, value in rows.items() if value is None)


def test_with_multiline_an_escape_keeps_line_ends_and_quotes(lake):
    contract = notes(escape="\\", multiline=True)
    lake.batch(contract, keys=[lake.land("day=1/a.csv", 'id,v\n1,"two\nlines \\"q\\""\n2,"end \\\\"\n3,x\n')])
    assert published(lake) == {"1": 'two\nlines "q"', "2": "end \\", "3": "x"}


def test_a_file_of_which_fewer_rows_were_read_than_it_has_is_refused_by_name(lake, monkeypatch):
    from sluice_etl.formats.csv import format as csv_format

    read_lines = csv_format.read_lines
    monkeypatch.setattr(csv_format, "read_lines", lambda *given: read_lines(*given).where("value <> '2,y'"))
    keys = [lake.land("day=1/a.csv", "id,v\n1,x\n"), lake.land("day=1/b.csv.gz", gzip.compress(b"id,v\n2,y\n\n3,z"))]
    with pytest.raises(UnreadableFileError, match=r"day=1/b\.csv\.gz cannot be read: it has 2 records, of which the reader makes 1 rows"):
        lake.batch(notes(), keys=keys)


def test_records_are_counted_wherever_the_pieces_of_a_file_end():
    draws = random.Random(3)
    for _ in range(3000):
        text = "".join(draws.choices(["a", "\n", "\r", "\r\n", " ", "\t"], k=draws.randint(0, 12))).encode()
        size = draws.randint(1, 5)
        pieces = [text[start : start + size] for start in range(0, len(text), size)]
        for blanks in (b" ", b" \t"):
            assert lines_in(None, pieces, blanks) == sum(1 for line in text.splitlines() if line.strip(blanks)), pieces


@pytest.mark.nightly
@pytest.mark.parametrize("options", [{"header": False}, {"header": False, "multiline": True}, {}])
def test_without_a_header_a_broken_first_record_is_a_row_like_any_other(lake, options):
    contract = contract_with(columns={"id": "string", "v": "string"}, source={"options": options}, **EMPTY)
    manifest = lake.batch(contract, keys=[lake.land("day=1/a.csv", b'1,"x"y\xff\n2,y\n3,"z')])
    assert published(lake) == {"2": "y"} and manifest["quarantinedByRule"] == {"malformed_record": 2}


@pytest.mark.nightly
def test_a_record_with_line_ends_and_far_too_many_fields_is_set_aside_or_its_file_is_named(lake):
    wide = lake.land("day=1/a.csv", "id,v\n1,x\n" + "," * 30_000 + "\n")
    assert lake.batch(notes(multiline=True), keys=[wide])["quarantinedByRule"] == {"malformed_record": 1}
    keys = [lake.land("day=1/b.csv", "id,v\n2,y\n"), lake.land("day=1/c.csv", "id,v\n3,z\n" + "," * 200_000 + "\n")]
    with pytest.raises(UnreadableFileError, match=r"day=1/c\.csv cannot be read: a record of it has more fields than can be read\. Look for"):
        lake.batch(notes(multiline=True), keys=keys, batch_id="orders-2")
