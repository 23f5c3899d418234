"""ORC files, against the values that pyarrow was given to write."""

import io
import math
import random
from dataclasses import replace
from datetime import date, datetime, timezone
from decimal import Decimal

import pyarrow as pa
import pytest
from lake import contract_with
from pyarrow import orc
from sluice_etl.errors import UnreadableFileError

COMMON = dict(derive={}, latest_by=[], quarantine={"rules": {}}, curated={"partition_by": [], "target_file_mb": 128})
MICROS, NANOS = 1_714_557_600_123_456_000, 1_714_557_600_123_456_789
# Arrow writes no valid fraction before 1970.
ANCIENT = [datetime(1, 1, 1), datetime(1582, 10, 10, 1, 0, 5), datetime(9999, 12, 31, 23, 59, 59, 999999)]


def written(lake, table: pa.Table, **how) -> bytes:
    path = lake.root / "written.orc"
    orc.write_table(table, path, **how)
    return path.read_bytes()


def orc_batch(lake, columns: dict, *files: bytes, **changes) -> dict:
    keys = [lake.land(f"day=1/{number}.orc", content) for number, content in enumerate(files)]
    return lake.batch(contract_with(columns=columns, source={"format": "orc", "options": {}}, **{**COMMON, **changes}), keys=keys)


def utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=timezone.utc)


CODECS = ["uncompressed", "snappy", "zlib", "lz4", "zstd"]


@pytest.mark.nightly
def test_values_of_every_type_are_those_that_were_written_in_every_compression(lake):
    table = pa.table(
        {
            "id": pa.array([1, 2], pa.int32()),
            "small": pa.array([-128, None], pa.int8()),
            "big": pa.array([-(2**63), 2**63 - 1], pa.int64()),
            "half": pa.array([0.25, math.inf], pa.float32()),
            "double": pa.array([0.1, -0.0]),
            "flag": [True, None],
            "price": pa.array([Decimal("12345678901234567890123456789012345.678"), Decimal("-0.001")], pa.decimal128(38, 3)),
            "text": ["Zoë\n", ""],
            "raw": [b"\xff\0", b""],
            "on_day": [date(1, 1, 1), date(1582, 10, 10)],
            "at": pa.array([MICROS, 0], pa.timestamp("ns")),
            "list": pa.array([[1, None], []], pa.list_(pa.int32())),
            "map": pa.array([[("a", 1)], []], pa.map_(pa.string(), pa.int64())),
            "struct": pa.array([{"at": MICROS, "more": 1}, None], pa.struct([("at", pa.timestamp("ns")), ("more", pa.int32())])),
        }
    )
    columns = {
        "id": "int", "small": "tinyint", "big": "bigint", "half": "float", "double": "double", "flag": "boolean", "price": "decimal(38,3)", "text": "string", "raw": "binary",
        "on_day": "date", "at": "timestamp", "list": "array<int>", "map": "map<string,bigint>", "struct": "struct<at: timestamp, lacking: int>",
    }  # fmt: skip
    tables = [table.set_column(0, "id", pa.array([2 * number + 1, 2 * number + 2], pa.int32())) for number in range(len(CODECS))]
    manifest = orc_batch(lake, columns, *(written(lake, one, compression=codec) for one, codec in zip(tables, CODECS)))
    assert manifest["drift"] == {"missing": {"struct.lacking": 5}, "unknown": {"struct.more": 5}}
    found = {row["id"]: row for row in lake.arrow("curated")}
    moment = datetime(2024, 5, 1, 10, 0, 0, 123456)
    for row in pa.concat_tables(tables).select([name for name in columns if name not in ("at", "struct")]).to_pylist():
        assert {name: found[row["id"]][name] for name in row} == row
    assert [utc(found[number]["at"]) for number in (1, 2)] == [utc(moment), utc(datetime(1970, 1, 1))]
    assert utc(found[1]["struct"]["at"]) == utc(moment) and found[2]["struct"] is None


@pytest.mark.nightly
def test_random_files_hold_what_pyarrow_reads(lake):
    draw = random.Random(11)
    of_type = {
        "n": (pa.int64(), "bigint", lambda: draw.choice([draw.randint(-(2**63), 2**63 - 1), 7])),
        "price": (pa.decimal128(38, 10), "decimal(38,10)", lambda: Decimal((draw.randint(0, 1), tuple(draw.choices(range(10), k=draw.randint(1, 38))), -10))),
        "text": (pa.string(), "string", lambda: "".join(draw.choices("aZ \u00e9\n\0\"\U0001f642", k=draw.randint(0, 40)))),
        "raw": (pa.binary(), "binary", lambda: draw.randbytes(draw.randint(0, 9))),
        "on_day": (pa.date32(), "date", lambda: date.fromordinal(draw.randint(1, 3652059))),
        "ratio": (pa.float64(), "double", lambda: draw.choice([draw.uniform(-1e300, 1e300), math.inf, 5e-324])),
        "flag": (pa.bool_(), "boolean", lambda: draw.random() < 0.5),
        "list": (pa.list_(pa.string()), "array<string>", lambda: draw.choices(["x", "", None], k=draw.randint(0, 4))),
    }
    files, expected = [], {}
    for number in range(8):
        names = draw.sample([*of_type], k=len(of_type))
        rows = [{"id": number * 1000 + n, **{name: None if draw.random() < 0.2 else of_type[name][2]() for name in names}} for n in range(draw.randint(1, 300))]
        table = pa.Table.from_pylist(rows, schema=pa.schema([("id", pa.int64()), *((name, of_type[name][0]) for name in names)]))
        how = {"compression": draw.choice(CODECS), "stripe_size": draw.choice([1024, 1 << 26]), "dictionary_key_size_threshold": draw.choice([0.0, 1.0])}
        files.append(written(lake, table, **how))
        expected |= {row["id"]: row for row in orc.read_table(io.BytesIO(files[-1])).to_pylist()}
    manifest = orc_batch(lake, {"id": "bigint", **{name: declared for name, (_, declared, _) in of_type.items()}}, *files)
    assert manifest["rows"]["written"] == len(expected)
    assert {row["id"]: {name: row[name] for name in ("id", *of_type)} for row in lake.arrow("curated")} == expected


@pytest.mark.nightly
def test_timestamps_outside_of_arrows_nanoseconds_and_ancient_days_stay_what_they_are(lake):
    days = [date(1, 1, 1), date(1500, 2, 28), date(1582, 10, 10)]
    table = pa.table({"id": pa.array([0, 1, 2], pa.int32()), "at": pa.array(ANCIENT, pa.timestamp("us")), "on_day": days})
    orc_batch(lake, {"id": "int", "at": "timestamp", "on_day": "date"}, written(lake, table))
    found = sorted(lake.arrow("curated"), key=lambda row: row["id"])
    assert [utc(row["at"]) for row in found] == [utc(moment) for moment in ANCIENT]
    assert [row["on_day"] for row in found] == days


def test_a_timestamp_with_nanoseconds_is_a_text_or_set_aside(lake):
    table = pa.table({"id": pa.array([1, 2], pa.int32()), "at": pa.array([NANOS, MICROS], pa.timestamp("ns")), "as_text": pa.array([NANOS, 1], pa.timestamp("ns")), "on_day": pa.array([0, MICROS], pa.timestamp("ns"))})
    manifest = orc_batch(lake, {"id": "int", "at": "timestamp", "as_text": "string", "on_day": "date"}, written(lake, table))
    assert manifest["quarantinedByRule"] == {"invalid_type:at": 1, "invalid_type:on_day": 1}
    assert {row["id"]: (row["at"], row["as_text"], row["on_day"]) for row in lake.quarantined()} == {
        "1": ("2024-05-01 10:00:00.123456789", "2024-05-01 10:00:00.123456789", "1970-01-01 00:00:00"),
        "2": ("2024-05-01 10:00:00.123456", "1970-01-01 00:00:00.000000001", "2024-05-01 10:00:00.123456"),
    }


@pytest.mark.nightly
def test_files_with_different_types_and_names_become_one_table(lake):
    files = [
        written(lake, pa.table({"id": pa.array([1, 2], pa.int64()), "n": ["5", "x"], "N": [7, 8]})),
        written(lake, pa.table({"ID": ["3"], "n": pa.array([4.5])})),
        written(lake, pa.table({"_col0": pa.array([4], pa.int32()), "_col1": pa.array([6], pa.int32()), "_col2": ["x"]})),
    ]
    manifest = orc_batch(lake, {"id": "int", "n": "int"}, *files[:2])
    assert sorted((row["id"], row["n"]) for row in lake.arrow("curated")) == [(1, 5)]
    assert manifest["quarantinedByRule"] == {"invalid_type:n": 2} and manifest["drift"] == {"missing": {}, "unknown": {"N": 1}}
    columns = {"n": {"type": "int", "from": "_col1"}, "id": {"type": "string", "from": "_col0"}}
    orc_batch(lake, columns, files[2])
    assert (4, "6") not in {(row["n"], row["id"]) for row in lake.arrow("curated")} and (6, "4") in {(row["n"], row["id"]) for row in lake.arrow("curated")}


@pytest.mark.parametrize("damage", [lambda content: content[:-10], lambda content: content[: len(content) // 2], lambda content: b"id,n\n1,2\n" * 50])
def test_a_broken_file_is_refused_by_name(lake, damage):
    content = damage(written(lake, pa.table({"id": list(range(5000))})))
    with pytest.raises(UnreadableFileError, match=r"day=1/0\.orc cannot be read: it is cut off, damaged or no ORC file"):
        orc_batch(lake, {"id": "int"}, content)


@pytest.mark.parametrize(
    ("column", "what"),
    [
        (pa.array([MICROS], pa.timestamp("ns", "UTC")), "a timestamp with local time zone"),
        (pa.array([[MICROS]], pa.list_(pa.timestamp("ns", "UTC"))), "a timestamp with local time zone"),
        (pa.UnionArray.from_dense(pa.array([0], pa.int8()), pa.array([0], pa.int32()), [pa.array([1]), pa.array(["x"])]), "a union"),
    ],
)
def test_a_file_with_a_type_that_spark_does_not_read_is_refused_by_name(lake, column, what):
    with pytest.raises(UnreadableFileError, match=rf"day=1/0\.orc cannot be read: its column odd has {what}, which Spark's reader does not take"):
        orc_batch(lake, {"id": "int"}, written(lake, pa.table({"id": [1], "odd": column})))


@pytest.mark.nightly
def test_files_of_the_java_writer_keep_moments_before_1970_and_ancient_days(lake, spark):
    folder = lake.root / "by-spark"
    # In the last second before 1970 the Java writer loses the sign.
    values = ["1969-12-31 23:59:58.999999", "1500-02-28 01:00:00.000005", "0001-01-01 00:00:00", "2024-05-01 10:00:00.5"]
    rows = ", ".join(f"({number}, TIMESTAMP '{value}', DATE '{value[:10]}')" for number, value in enumerate(values))
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    spark.sql(f"SELECT * FROM VALUES {rows} AS t(id, at, on_day)").coalesce(1).write.orc(str(folder))
    (file,) = folder.glob("*.orc")
    orc_batch(lake, {"id": "int", "at": "timestamp", "on_day": "date"}, file.read_bytes())
    found = sorted(lake.arrow("curated"), key=lambda row: row["id"])
    assert [utc(row["at"]) for row in found] == [utc(datetime.fromisoformat(value)) for value in values]
    assert [row["on_day"] for row in found] == [date.fromisoformat(value[:10]) for value in values]


def test_a_file_whose_rows_are_damaged_is_refused_by_name(lake):
    content = bytearray(written(lake, pa.table({"id": list(range(50000)), "t": [f"text {number * 7919 % 50000}" for number in range(50000)]}), compression="zlib"))
    content[1000:3000] = bytes(2000)
    with pytest.raises(UnreadableFileError, match=r"day=1/0\.orc cannot be read"):
        orc_batch(lake, {"id": "int", "t": "string"}, bytes(content))


def test_rows_are_compared_with_the_footers(lake, monkeypatch):
    from sluice_etl.formats.orc import format

    known = format.read_footer
    monkeypatch.setattr(format, "read_footer", lambda store, file: replace(known(store, file), rows=3))
    with pytest.raises(UnreadableFileError, match=r"day=1/0\.orc cannot be read: its footer counts 3 rows, but 2 can be read"):
        orc_batch(lake, {"id": "int"}, written(lake, pa.table({"id": [1, 2]})))
