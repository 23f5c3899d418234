"""Parquet files: their columns, types and names, judged by pyarrow."""

import base64
import itertools
import random
import shutil
import struct
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as encryption
import pytest
from lake import contract_with
from sluice_etl.errors import UnreadableFileError

COMMON = dict(derive={}, latest_by=[], quarantine={"rules": {}}, curated={"partition_by": [], "target_file_mb": 128})
PARQUET = dict(source={"format": "parquet", "options": {}}, **COMMON)
SUITE = Path(__file__).parent / "suites" / "parquet-testing"
MICROS, NANOS = 1_714_557_600_123_456_000, 1_714_557_600_123_456_789


def parquet_batch(lake, columns: dict, *tables: pa.Table | Path, written: dict | None = None, **changes) -> dict:
    """Each table is a file, written by pyarrow; a path is a file as it is."""
    keys = []
    for number, table in enumerate(tables):
        path = lake.root / f"{number}.parquet"
        if isinstance(table, Path):
            shutil.copyfile(table, path)
        else:
            pq.write_table(table, path, **(written or {}))
        keys.append(lake.land(f"day=1/{number}.parquet", path.read_bytes()))
    return lake.batch(contract_with(columns=columns, **{**PARQUET, **changes}), keys=keys)


def by_id(rows: list[dict]) -> dict:
    return {int(row["id"]): row for row in rows}


def lying(texts):
    """Strings of pyarrow that need not be UTF-8."""
    ends = list(itertools.accumulate(map(len, texts), initial=0))
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(struct.pack(f"<{len(ends)}i", *ends)), pa.py_buffer(b"".join(texts)))


def is_utf8(value):
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


@pytest.mark.nightly
def test_files_with_different_types_become_one_table(lake):
    manifest = parquet_batch(
        lake,
        {"id": "string", "n": "bigint", "amount": "decimal(10,2)"},
        pa.table({"id": ["a", "A", "AA"], "n": pa.array([1, 2, 3], pa.int64()), "amount": pa.array([1.005, 2.5, 0.1])}),
        pa.table({"ID": ["b", "B"], "n": ["3", "x"], "amount": ["4.10", "5"], "extra": [1, 2]}),
        pa.table({"id": ["c", "C", "cc"], "n": pa.array([4.0, 4.5, None]), "amount": pa.array([1, 2, 99999999999], pa.int64())}),
    )
    assert {row["id"]: (row["n"], str(row["amount"])) for row in lake.curated()} == {
        "A": (2, "2.50"),
        "AA": (3, "0.10"),
        "b": (3, "4.10"),
        "c": (4, "1.00"),
    }
    assert manifest["quarantinedByRule"] == {"invalid_type:n": 2, "invalid_type:amount": 2}
    assert {(row["id"], row["n"], row["amount"]) for row in lake.quarantined()} == {
        ("a", "1", "1.005"),
        ("B", "x", "5"),
        ("C", "4.5", "2"),
        ("cc", None, "99999999999"),
    }
    assert manifest["drift"] == {"missing": {}, "unknown": {"extra": 1}}


ODD = {
    "ns": pa.array([NANOS], pa.timestamp("ns")),
    "time": pa.array([1000], pa.time64("us")),
    "half": pa.array([1.5], pa.float16()),
    "big": pa.array([Decimal("12345678901234567890123456789012345678901234.25")], pa.decimal256(50, 2)),
    "span": pa.array([1], pa.duration("us")),
    "nothing": pa.nulls(1),
    "deep": pa.array([[{"t": NANOS}]], pa.list_(pa.struct([("t", pa.timestamp("ns"))]))),
}


@pytest.mark.nightly
def test_columns_that_the_contract_does_not_name_fail_nothing(lake):
    manifest = parquet_batch(lake, {"id": "int"}, pa.table({"id": pa.array([7], pa.int32()), **ODD}))
    assert [row["id"] for row in lake.curated()] == [7]
    assert manifest["drift"]["unknown"] == dict.fromkeys(ODD, 1)


def test_values_that_spark_has_no_type_for_are_read_exactly_or_set_aside(lake):
    table = pa.table(
        {
            "id": pa.array([1, 2], pa.int32()),
            "at": pa.array([MICROS, NANOS], pa.timestamp("ns")),
            "as_text": pa.array([-1, NANOS], pa.timestamp("ns", "UTC")),
            "u32": pa.array([2**32 - 1, None], pa.uint32()),
            "u64": pa.array([2**64 - 1, 1], pa.uint64()),
            "half": pa.array([1.5, -0.25], pa.float16()),
            "time": pa.array([3_723_000_004, None], pa.time64("us")),
            "big": pa.array([None, Decimal("1.25")], pa.decimal256(50, 2)),
        }
    )
    columns = {
        "id": "int", "at": "timestamp", "as_text": "string", "u32": "bigint", "u64": "decimal(20,0)", "half": "float", "time": "string", "big": "decimal(38,2)",
    }  # fmt: skip
    parquet_batch(lake, columns, table)
    good = lake.curated()[0]
    assert good["at"].replace(tzinfo=timezone.utc) == datetime(2024, 5, 1, 10, 0, 0, 123456, timezone.utc)
    assert {name: good[name] for name in list(columns)[2:]} == {
        "as_text": "1969-12-31 23:59:59.999999999", "u32": 2**32 - 1, "u64": 2**64 - 1, "half": 1.5, "time": "01:02:03.000004", "big": None,
    }  # fmt: skip
    bad = lake.quarantined()[0]
    assert bad["_errors"] == ["invalid_type:at", "invalid_type:big"]
    assert (bad["at"], bad["half"], bad["big"]) == ("2024-05-01 10:00:00.123456789", "-0.25", "00000000000000000000000000000000000000007D"[-42:])


@pytest.mark.nightly
def test_bytes_are_text_where_they_are_utf8(lake):
    texts = [b"hello", "Zoë".encode(), b"a\xe9", b""]
    table = pa.table({"id": pa.array(range(4), pa.int32()), "v": pa.array(texts, pa.binary()), "n": pa.array([b"12", b"x", b"1", None])})
    parquet_batch(lake, {"id": "int", "v": "string", "n": "int"}, table, quarantine={"rules": {"is_hello": "v = 'hello'"}})
    assert {row["id"]: (row["v"], row["n"]) for row in lake.curated()} == {3: ("", None)}
    assert {number: (row["v"], row["_errors"]) for number, row in by_id(lake.quarantined()).items()} == {
        0: ("hello", ["is_hello"]),
        1: ("Zoë", ["invalid_type:n"]),
        2: ("Yek=", ["invalid_type:v"]),
    }


@pytest.mark.nightly
def test_strings_that_are_no_utf8_are_set_aside(lake):
    parquet_batch(lake, {"id": "int", "v": "string", "l": "array<string>"}, pa.table({"id": pa.array([1, 2], pa.int32()), "v": lying([b"a\xe9", b"ok"]), "l": pa.array([["x"], ["y"]])}))
    assert [(row["id"], row["v"], row["l"]) for row in lake.curated()] == [(2, "ok", ["y"])]
    assert [(row["v"], row["_errors"]) for row in lake.quarantined()] == [("Yek=", ["invalid_type:v"])]


def test_each_string_of_a_row_is_judged_as_python_decodes_it_whatever_stands_beside_it(lake):
    draw = random.Random(7)
    pieces = [b"a", b",", b"\xc3", b"\xa9", b"\xe2\x82", b"\xac", "é€".encode(), b"\xf0\x9f", b"\x92\xa7", b"\xff", b"\xed\xa0\x80", b"\xc0\x80", "\ufffd".encode()]
    rows = [[b"".join(draw.choices(pieces, k=draw.randint(0, 3))) for _ in "uvw"] for _ in range(400)]
    long = 70_000 * b"x"
    rows += [[long, b"", "é".encode()], [long, b"\xff", b"y"], [b"y", long, long + b"\xe2\x82"]]
    # Halves of one letter, side by side.
    rows += [[b"a\xc3", b"\xa9", b""], [b"\xe2", b"\x82", b"\xac"], ["é".encode(), b"", "€".encode()]]
    table = pa.table({"id": pa.array(range(len(rows)), pa.int32()), **{name: lying([row[at] for row in rows]) for at, name in enumerate("uvw")}})
    parquet_batch(lake, {"id": "int", "u": "string", "v": "string", "w": "string"}, table)
    wrong = {id: [f"invalid_type:{name}" for name, value in zip("uvw", row) if not is_utf8(value)] for id, row in enumerate(rows)}
    assert {row["id"]: [row[name].encode() for name in "uvw"] for row in lake.curated()} == {id: row for id, row in enumerate(rows) if not wrong[id]}
    assert {number: row["_errors"] for number, row in by_id(lake.quarantined()).items()} == {id: reasons for id, reasons in wrong.items() if reasons}


@pytest.mark.nightly
def test_ancient_days_stay_what_pyarrow_wrote(lake):
    days, moments = [date(1, 1, 1), date(1500, 2, 28), date(1582, 10, 10)], [datetime(1, 1, 1), datetime(1899, 12, 30), datetime(1582, 10, 10, 1)]
    table = pa.table({"id": pa.array(range(3), pa.int32()), "d": days, "t": pa.array(moments, pa.timestamp("us"))})
    parquet_batch(lake, {"id": "int", "d": "date", "t": "timestamp"}, table)
    published = pa.concat_tables([pq.read_table(path) for path in sorted((lake.root / "lake/curated").rglob("*.parquet"))]).sort_by("id")
    assert published["d"].to_pylist() == days
    assert [moment.replace(tzinfo=None) for moment in published["t"].to_pylist()] == moments


@pytest.mark.nightly
def test_int96_is_read_to_the_nanosecond(lake):
    values = pa.array([MICROS, NANOS, None], pa.timestamp("ns"))
    columns = {"id": "int", "t": "timestamp"}
    parquet_batch(lake, columns, pa.table({"id": pa.array([1, 2, 3], pa.int32()), "t": values}), written={"use_deprecated_int96_timestamps": True})
    assert {row["id"]: str(row["t"]) for row in lake.curated()} == {1: "2024-05-01 10:00:00.123456", 3: "None"}
    assert [row["t"] for row in lake.quarantined()] == ["2024-05-01 10:00:00.123456789"]


@pytest.mark.nightly
def test_a_name_is_found_as_it_is_first_and_then_in_any_case(lake):
    table = pa.table({"ID": pa.array([1], pa.int32()), "v": ["small"], "V": ["large"], "Größe (cm).x": [5]})
    manifest = parquet_batch(lake, {"id": "int", "V": "string", "g": {"type": "int", "from": "Größe (cm).x"}}, table, derive={"twice": "ID + 1"})
    assert [(row["id"], row["V"], row["g"], row["twice"]) for row in lake.curated()] == [(1, "large", 5, 2)]
    assert manifest["drift"] == {"missing": {}, "unknown": {"v": 1}}


@pytest.mark.nightly
def test_a_file_without_any_column_of_the_contract_still_counts_its_rows(lake):
    manifest = parquet_batch(lake, {"id": "int"}, pa.table({"x": [1, 2, 3]}), primary_key=["id"])
    assert manifest["rows"]["read"] == 3 and manifest["quarantinedByRule"] == {"null_key:id": 3}


@pytest.mark.nightly
def test_a_file_whose_rows_vanish_is_refused_by_its_name(lake):
    with pytest.raises(UnreadableFileError, match=r"day=1/1\.parquet cannot be read: its footer counts 25 rows, but 0 can be read"):
        parquet_batch(
            lake,
            {"nation_key": "int", "name": "binary"},
            pa.table({"nation_key": [1], "name": [b"x"]}),
            SUITE / "ARROW-RS-GH-6229-DICTHEADER.parquet",
            primary_key=["nation_key"],
        )


@pytest.mark.nightly
def test_types_that_are_newer_than_sparks_library_fail_nothing(lake):
    names = {"column with known type": "known", "column with unknown type": "unknown", "x": "x"}
    files = [SUITE / "unknown-logical-type.parquet", SUITE / "float16_nonzeros_and_nans.parquet"]
    columns = {"known": {"type": "string", "from": "column with known type"}, "x": "float"}
    manifest = parquet_batch(lake, columns, *files, derive={"k": "coalesce(known, CAST(x AS STRING))"}, primary_key=["k"])
    want = [{names[name]: value for name, value in row.items()} for file in files for row in pq.read_table(file).to_pylist()]
    assert {str(row["x"]) for row in lake.arrow("curated")} == {str(row.get("x")) for row in want}
    assert {row["known"] for row in lake.arrow("curated")} == {row.get("known") for row in want}
    assert manifest["drift"]["unknown"] == {"column with unknown type": 1}
    assert not any(path.is_file() for path in (lake.root / "lake/runs/orders/orders-1/scratch").rglob("*"))


def test_decimals_in_byte_arrays_are_read(lake):
    parquet_batch(lake, {"value": "decimal(4,2)"}, SUITE / "byte_array_decimal.parquet", primary_key=["value"])
    assert sorted(row["value"] for row in lake.curated()) == [Decimal(number) for number in range(1, 25)]


@pytest.mark.nightly
def test_columns_may_be_named_like_sparks_and_the_jobs_own(lake, spark):
    folder = lake.root / "made"
    spark.sql("SELECT 'a' AS id, 1 AS n, 'x' AS _metadata, 'y' AS __path, 'z' AS __c0").coalesce(1).write.parquet(f"file:{folder}")
    manifest = parquet_batch(lake, {"id": "string", "n": "int"}, next(folder.glob("*.parquet")), quarantine={"rules": {"all": "n > 0"}})
    assert manifest["drift"]["unknown"] == {"_metadata": 1, "__path": 1, "__c0": 1}
    assert [row["_source_file"] for row in lake.quarantined()] == [f"file:{lake.root}/raw/raw/orders/day=1/0.parquet"]


@pytest.mark.nightly
@pytest.mark.parametrize(
    "name, column, reason",
    [
        ("large_string_map.brotli.parquet", {"arr": "map<string,int>"}, "it is compressed with Brotli, which is not read here. Write it with snappy, gzip or zstd"),
        ("encrypt_columns_plaintext_footer.parquet.encrypted", {"double_field": "double"}, "its columns are encrypted. Write it without encryption"),
    ],
)
def test_what_spark_cannot_unpack_is_named_with_what_helps(lake, name, column, reason):
    with pytest.raises(UnreadableFileError, match=rf"day=1/0\.parquet cannot be read: {reason} and land it again, then redrive the batch"):
        parquet_batch(lake, column, SUITE / name, derive={"k": "'one'"}, primary_key=["k"])


class Keys(encryption.KmsClient):
    """Keys that are kept beside the file: good for a test alone."""

    def wrap_key(self, key_bytes, master_key_identifier):
        return base64.b64encode(key_bytes)

    def unwrap_key(self, wrapped_key, master_key_identifier):
        return base64.b64decode(wrapped_key)


@pytest.mark.nightly
@pytest.mark.parametrize(("plaintext_footer", "reason"), [(True, "its columns are encrypted"), (False, "its footer is encrypted")])
def test_an_encrypted_file_is_named_and_is_read_once_it_is_written_without_encryption(lake, plaintext_footer, reason):
    table, key = pa.table({"id": [1], "v": ["x"]}), "day=1/0.parquet"
    how = encryption.EncryptionConfiguration(footer_key="f", column_keys={"c": ["v"]}, plaintext_footer=plaintext_footer)
    properties = encryption.CryptoFactory(lambda _: Keys()).file_encryption_properties(encryption.KmsConnectionConfig(), how)
    with pq.ParquetWriter(lake.root / "a.parquet", table.schema, encryption_properties=properties) as writer:
        writer.write_table(table)
    contract = contract_with(columns={"id": "int", "v": "string"}, **PARQUET)
    with pytest.raises(UnreadableFileError, match=rf"day=1/0\.parquet cannot be read: {reason}\. Write it without encryption and land it again, then redrive the batch"):
        lake.batch(contract, keys=[lake.land(key, (lake.root / "a.parquet").read_bytes())])
    pq.write_table(table, lake.root / "a.parquet")
    assert lake.batch(contract, keys=[lake.land(key, (lake.root / "a.parquet").read_bytes())])["rows"]["written"] == 1
