"""Files that are broken as a whole fail the batch in one line that names them; once they are gone, it runs."""

import gzip
import io
import re
from hashlib import sha256

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lake import ORDERS, contract_with
from sluice_etl.errors import SparkError, UnreadableFileError

HEADER = "id,at,amount\n"
ADVICE = "Land it again or delete it, then redrive the batch"


def rows(start: int, count: int = 2000) -> bytes:
    return (HEADER + "".join(f"k{n},2025-01-01 10:00:00,{n}\n" for n in range(start, start + count))).encode()


def parquet_file(ids: pa.Array) -> bytes:
    file = io.BytesIO()
    # Pages that are not packed are not checked when they are read.
    pq.write_table(pa.table({"id": ids}), file, compression="snappy")
    return file.getvalue()


@pytest.mark.nightly
def test_of_many_compressed_files_the_one_that_was_cut_off_is_named(lake):
    keys = [lake.land(f"day=1/{n}.csv.gz", gzip.compress(rows(2000 * n))) for n in range(6)]
    keys.append(lake.land("day=1/cut.csv.gz", gzip.compress(rows(90_000))[:-100]))
    with pytest.raises(UnreadableFileError, match=r"/raw/orders/day=1/cut\.csv\.gz cannot be read: it is cut off\. " + ADVICE):
        lake.batch(keys=keys)
    (lake.root / "raw" / keys[-1]).unlink()
    manifest = lake.batch(keys=keys)
    assert manifest["rows"]["written"] == 12_000 and manifest["missingObjects"] == keys[-1:]


@pytest.mark.parametrize("extension", ["gz", "bz2"])
def test_a_file_that_is_not_compressed_as_it_is_called(lake, extension):
    key = lake.land(f"day=1/plain.csv.{extension}", rows(0))
    with pytest.raises(UnreadableFileError, match=rf"plain\.csv\.{extension} cannot be read: it is not compressed as its name says"):
        lake.batch(keys=[key])


def test_a_large_json_file_that_is_read_once_before_the_scan_for_a_column_that_it_lacks(lake):
    contract = contract_with(source={"format": "json"})
    lines = "".join(f'{{"id": "{sha256(str(n).encode()).hexdigest()}"}}\n' for n in range(10_000))
    key = lake.land("day=1/cut.json.gz", gzip.compress(lines.encode())[:-100])
    with pytest.raises(UnreadableFileError, match=r"day=1/cut\.json\.gz cannot be read: it is cut off\. "):
        lake.batch(contract, keys=[key])


def test_a_parquet_file_without_its_end(lake):
    contract = contract_with(source={"format": "parquet"})
    good = lake.land("day=1/good.parquet", parquet_file(pa.array(["a"])))
    cut = lake.land("day=1/cut.parquet", parquet_file(pa.array(["b"]))[:-4])
    with pytest.raises(UnreadableFileError, match=r"^[^\n]*day=1/cut\.parquet cannot be read: [^\n]*no Parquet[^\n]*$"):
        lake.batch(contract, keys=[good, cut])


@pytest.mark.nightly
def test_a_parquet_file_whose_pages_are_not_what_was_written_among_files_of_other_types(lake):
    contract = contract_with(source={"format": "parquet"})
    pages = bytearray(parquet_file(pa.array([f"id{n}" for n in range(50_000)])))
    pages[100:4000] = bytes(3900)
    keys = [
        lake.land("day=1/numbers.parquet", parquet_file(pa.array(range(10)))),
        lake.land("day=1/texts.parquet", parquet_file(pa.array(["a", "b"]))),
        lake.land("day=1/worn.parquet", bytes(pages)),
    ]
    with pytest.raises(UnreadableFileError, match=r"day=1/worn\.parquet cannot be read: it is [a-z ,]+\. " + ADVICE):
        lake.batch(contract, keys=keys)


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("damaged", "error", "says"),
    [
        (lambda content: b"overwritten by hand", UnreadableFileError, r"\S+/on_day=2025-01-01/orders-1\S+ cannot be read: it does not end as a Parquet file does[^\n]* It is a file of the table: put it back as it was[^\n]*"),
        (lambda content: content[:4] + bytes(len(content) - 2000) + content[-1996:], SparkError, r"Spark failed in a way that Sluice does not know[^\n]*"),
    ],
    ids=["its footer", "its pages"],
)
def test_a_broken_file_of_the_table_is_told_in_one_line(lake, damaged, error, says):
    lake.batch(ORDERS, keys=[lake.land("day=1/a.csv", rows(0))])
    (existing,) = lake.files("curated")
    path = lake.root / "lake/curated/orders" / existing
    path.write_bytes(damaged(path.read_bytes()))
    with pytest.raises(error) as raised:
        lake.batch(ORDERS, keys=[lake.land("day=1/b.csv", rows(5))], batch_id="orders-2")
    assert re.fullmatch(says, str(raised.value))
