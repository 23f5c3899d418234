"""Avro files, against what fastavro writes and reads of the same files."""

import base64
import io
import json
import math
import struct
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lake import contract_with
from sluice_etl.errors import UnreadableFileError
from sluice_etl.formats.avro import decode
from sluice_etl.formats.avro.container import CODECS, BrokenAvroError, blocks, unpack
from sluice_etl.formats.avro.format import _records
from sluice_etl.formats.avro.schema import parse_schema
from sluice_etl.formats.avro.values import json_text

COMMON = dict(derive={}, latest_by=[], quarantine={"rules": {}}, curated={"partition_by": [], "target_file_mb": 128})
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def written(schema: dict | list, rows: list, codec="null", **how) -> bytes:
    file = io.BytesIO()
    fastavro.writer(file, fastavro.parse_schema(schema), rows, codec=codec, **how)
    return file.getvalue()


def record(**fields) -> dict:
    return {"type": "record", "name": "row", "namespace": "sluice.test", "fields": [{"name": name, "type": type} for name, type in fields.items()]}


def logical(type: str, name: str, **more) -> dict:
    return {"type": type, "logicalType": name, **more}


def decoded(content: bytes, chunk: int | None = None) -> list:
    """Records as the reader takes them apart, with the file in pieces of `chunk` bytes."""
    pieces = [content] if chunk is None else [content[at : at + chunk] for at in range(0, len(content), chunk)]
    walk = blocks(pieces)
    header = next(walk)
    read = decode.reader_of(parse_schema(header.schema))
    return [value for count, data in walk for value, *_ in decode.records(read, count, unpack(header.codec, data))]


def avro_batch(lake, columns: dict, *files: bytes, **changes) -> dict:
    keys = [lake.land(f"day=1/{number}.avro", content) for number, content in enumerate(files)]
    return lake.batch(contract_with(columns=columns, source={"format": "avro", "options": {}}, **{**COMMON, **changes}), keys=keys)


NESTED = {
    "type": "record",
    "name": "outer",
    "fields": [
        {"name": "n", "type": ["null", "long"]},
        {"name": "d", "type": "double"},
        {"name": "l", "type": {"type": "array", "items": ["null", "string"]}},
        {"name": "m", "type": {"type": "map", "values": {"type": "record", "name": "inner", "fields": [{"name": "flag", "type": "boolean"}, {"name": "next", "type": ["null", "inner"]}]}}},
        {"name": "u", "type": ["null", "int", "string", {"type": "array", "items": "int"}]},
    ],
}
TEXTS = st.text(st.characters(codec="utf-8"), max_size=6)
INNER = st.recursive(st.fixed_dictionaries({"flag": st.booleans(), "next": st.none()}), lambda inner: st.fixed_dictionaries({"flag": st.booleans(), "next": inner}), max_leaves=3)
ROWS = st.fixed_dictionaries(
    {
        "n": st.none() | st.integers(-(2**63), 2**63 - 1),
        "d": st.floats(allow_nan=False, allow_infinity=False),
        "l": st.lists(st.none() | TEXTS, max_size=3),
        "m": st.dictionaries(TEXTS, INNER, max_size=2),
        "u": st.none() | st.integers(-(2**31), 2**31 - 1) | TEXTS | st.lists(st.integers(0, 9), max_size=2),
    }
)


@settings(deadline=None, max_examples=40)
@given(st.lists(ROWS, max_size=5), st.sampled_from(["null", "deflate", "bzip2", "xz"]), st.integers(1, 40), st.sampled_from([1, 16_000]))
def test_records_are_what_fastavro_reads_whatever_the_blocks_and_pieces(rows, codec, chunk, interval):
    content = written(NESTED, rows, codec, sync_interval=interval)
    schema = parse_schema(json.dumps(NESTED))
    assert [json.loads(json_text(schema, value)) for value in decoded(content, chunk)] == list(fastavro.reader(io.BytesIO(content)))


@pytest.mark.parametrize("codec", [codec for codec in CODECS if codec not in ("snappy", "zstandard")])
def test_every_cut_of_a_file_is_noticed_but_one_between_two_blocks(codec):
    content = written(record(id="long"), [{"id": number} for number in range(40)], codec, sync_interval=1)
    whole = decoded(content)
    mark = content[-16:]
    between = {at + 16 for at in range(len(content)) if content[at : at + 16] == mark}
    for size in set(range(len(content))) - between:
        with pytest.raises(BrokenAvroError):
            decoded(content[:size])
    assert [value for value in decoded(content)] == whole == [[number] for number in range(40)]


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_damaged_bytes_are_an_error_of_ours_or_other_values_and_nothing_worse(data):
    content = bytearray(written(NESTED, [{"n": 5, "d": 1.5, "l": ["a", None], "m": {"k": {"flag": True, "next": None}}, "u": "x"}] * 3, "null"))
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[at] = data.draw(st.integers(0, 255))
    try:
        list(_records(bytes(content), [0, 1, 2, 3, 4]))
    except BrokenAvroError:
        pass
    except IndexError:
        # Damage in the schema may leave fewer fields than were asked for.
        assert b'"fields"' not in content or len(parse_schema(next(blocks([bytes(content)])).schema).inner) < 5


def test_snappy_and_zstandard_are_read_and_snappys_checksum_is_checked():
    import pyarrow

    rows = [{"id": number} for number in range(1000)]
    plain = written(record(id="long"), rows)
    (header, (count, data)) = list(blocks([plain]))
    checksum = struct.pack(">I", __import__("zlib").crc32(data))
    snappy = pyarrow.Codec("snappy").compress(data, asbytes=True)
    assert unpack("snappy", snappy + checksum) == unpack("zstandard", pyarrow.Codec("zstd").compress(data, asbytes=True)) == data
    with pytest.raises(BrokenAvroError, match="checksum"):
        unpack("snappy", snappy + b"\0\0\0\0")
    assert count == 1000 and header.codec == "null"
    with pytest.raises(BrokenAvroError, match="it is compressed with 'lzo', which the Avro format does not have"):
        unpack("lzo", data)


TYPES = record(
    id="int",
    whole="long",
    half="float",
    double="double",
    flag="boolean",
    text=["null", "string"],
    colour={"type": "enum", "name": "colour", "symbols": ["red", "blue"]},
    raw="bytes",
    four={"type": "fixed", "name": "four", "size": 4},
    price=logical("bytes", "decimal", precision=10, scale=2),
    small={"type": "fixed", "name": "small", "size": 3, "logicalType": "decimal", "precision": 6, "scale": 3},
    day=logical("int", "date"),
    clock=logical("int", "time-millis"),
    clock_us=logical("long", "time-micros"),
    ms=logical("long", "timestamp-millis"),
    us=logical("long", "timestamp-micros"),
    local=logical("long", "local-timestamp-micros"),
    uid=logical("string", "uuid"),
    either=["null", "long", "string", {"type": "array", "items": "long"}],
    struct={"type": "record", "name": "part", "fields": [{"name": "at", "type": logical("long", "timestamp-micros")}, {"name": "extra", "type": "int"}]},
)
AT = datetime(2024, 5, 1, 10, 0, 0, 123456, timezone.utc)
ROW = {
    "id": 1, "whole": -(2**63), "half": 0.25, "double": 0.1, "flag": True, "text": "Zoë\n", "colour": "blue", "raw": b"\xff\0", "four": b"abcd",
    "price": Decimal("-12345678.90"), "small": Decimal("1.005"), "day": date(1, 1, 1), "clock": timedelta(hours=1, milliseconds=5), "clock_us": timedelta(seconds=59, microseconds=1),
    "ms": AT.replace(microsecond=123000), "us": AT, "local": datetime(9999, 12, 31, 23, 59, 59, 999999), "uid": UUID(int=5), "either": 7, "struct": {"at": AT, "extra": 1},
}  # fmt: skip


def _times(row: dict) -> dict:
    """fastavro takes times of the day, not spans."""
    return {**row, **{name: (datetime.min + row[name]).time() for name in ("clock", "clock_us")}}


@pytest.mark.nightly
def test_every_type_becomes_the_value_that_its_writer_gave(lake):
    rows = [ROW, {**ROW, "id": 2, "text": None, "either": "x", "raw": b"ok"}, {**ROW, "id": 3, "either": [1, 2], "half": math.inf}]
    columns = {
        "id": "int", "whole": "bigint", "half": "double", "double": "double", "flag": "boolean", "text": "string", "colour": "string", "raw": "binary", "four": "string",
        "price": "decimal(12,2)", "small": "decimal(6,3)", "day": "date", "clock": "string", "clock_us": "string", "ms": "timestamp", "us": "timestamp", "local": "timestamp_ntz",
        "uid": "string", "either": "string", "struct": "struct<at: timestamp, lacking: int>",
    }  # fmt: skip
    manifest = avro_batch(lake, columns, written(TYPES, [_times(row) for row in rows], "deflate"))
    assert manifest["drift"] == {"missing": {"struct.lacking": 1}, "unknown": {"struct.extra": 1}}
    found = {row["id"]: row for row in lake.arrow("curated")}
    utc = {"ms": AT.replace(microsecond=123000), "us": AT}
    assert {name: found[1][name] for name in columns if name not in (*utc, "local", "struct")} == {
        **{name: ROW[name] for name in columns if name in ROW and name not in (*utc, "local", "struct")},
        "four": "abcd", "clock": "01:00:00.005", "clock_us": "00:00:59.000001", "uid": str(UUID(int=5)), "either": "7",
    }  # fmt: skip
    assert all(found[1][name].replace(tzinfo=timezone.utc) == value for name, value in utc.items())
    assert found[1]["local"].replace(tzinfo=None) == ROW["local"] and found[1]["struct"]["at"].replace(tzinfo=timezone.utc) == AT
    assert (found[2]["text"], found[2]["either"], found[2]["raw"], found[3]["either"], found[3]["half"]) == (None, "x", b"ok", "[1, 2]", math.inf)


def test_what_a_type_cannot_hold_is_set_aside_with_its_row_alone(lake):
    price = logical("bytes", "decimal", precision=4, scale=2)
    schema = record(id="int", price=price, n=["null", "double"], text="string", us=logical("long", "timestamp-micros"), span={"type": "fixed", "name": "span", "size": 12, "logicalType": "duration"})
    good = {"id": 1, "price": Decimal("1.25"), "n": 4.0, "text": "5", "us": 0, "span": bytes(12)}
    content = written(schema, [good, {**good, "id": 2, "n": 4.5}, {**good, "id": 3, "text": "x"}, {**good, "id": 4, "us": 2**62}, {**good, "id": 5}, {**good, "id": 6, "text": "xyz"}])
    # A text whose bytes are no UTF-8, which fastavro does not write.
    content = content.replace(b"\x06xyz", b"\x06x\xffz")
    manifest = avro_batch(lake, {"id": "int", "price": "decimal(5,2)", "n": "int", "text": "int", "us": "timestamp"}, content)
    assert manifest["quarantinedByRule"] == {"invalid_type:n": 1, "invalid_type:text": 1, "malformed_record": 2}
    assert sorted(row["_raw_record"] for row in lake.quarantined() if row["_raw_record"]) == ["a text in it is not UTF-8", "a timestamp in it is not in the years 1 to 9999"]
    raw = {base64.b64decode(row["_raw_bytes"]) for row in lake.quarantined() if row["_raw_bytes"]}
    assert len(raw) == 2 and any(b"x\xffz" in bytes for bytes in raw) and all(bytes in content for bytes in raw)
    assert {row["id"] for row in lake.curated()} == {1, 5}


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda content: content[:-5], "it is cut off"),
        (lambda content: content[:-60] + bytes(30) + content[-30:], "it has 50 records, of which the reader makes 0 rows"),
        (lambda content: b"PAR1" + content[4:], "it does not begin as an Avro file does"),
        (lambda content: content.replace(b"deflate", b"deflane"), "it is compressed with 'deflane', which the Avro format does not have"),
        (lambda content: content.replace(b'"record"', b'"recond"'), "the schema in its header is broken"),
    ],
)
def test_a_broken_file_is_refused_by_name(lake, damage, why):
    content = damage(written(record(id="long"), [{"id": number} for number in range(50)], "deflate"))
    with pytest.raises(UnreadableFileError, match=rf"day=1/0\.avro cannot be read: .*({why})"):
        avro_batch(lake, {"id": "bigint"}, content)


@pytest.mark.nightly
def test_files_with_other_schemas_become_one_table(lake):
    files = [written(record(id="int", n="long"), [{"id": 1, "n": 5}]), written(record(n="string", ID="string", more="int"), [{"n": "6", "ID": "2", "more": 1}]), written(record(id="int"), [])]
    manifest = avro_batch(lake, {"id": "int", "n": "bigint"}, *files)
    assert sorted((row["id"], row["n"]) for row in lake.curated()) == [(1, 5), (2, 6)]
    assert manifest["drift"] == {"missing": {"n": 1}, "unknown": {"more": 1}}
