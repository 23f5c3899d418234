"""A file that is made to fill a disk, or a line that has no end, fails the batch by name before it takes the machine."""

import bz2
import gzip
import random

import pytest
from lake import contract_with
from sluice_etl import session
from sluice_etl.errors import UnreadableFileError
from sluice_etl.formats import counting, limits
from sluice_etl.formats.heads import unpacked

HEADER = "id,v\n"
NOTES = {"columns": {"id": "string", "v": "string"}, "derive": {}, "latest_by": [], "quarantine": {"rules": {}, "warn_rate": 1, "halt_rate": 1}, "curated": {"partition_by": [], "target_file_mb": 128}}


def notes(format="csv", **options) -> dict:
    return contract_with(**NOTES, source={"format": format, "options": {**({"header": True} if format == "csv" else {}), **options}})


def bomb(rows: int) -> bytes:
    return (HEADER + "".join(f"{n},{'0' * 100}\n" for n in range(rows))).encode()


@pytest.fixture
def few_bytes(monkeypatch):
    monkeypatch.setattr(limits, "FREE_BYTES", 10_000)
    monkeypatch.setattr(limits, "MOST_TIMES", 2)


@pytest.mark.nightly
@pytest.mark.parametrize("ending", ["gz", "bz2", "zst"])
def test_a_file_that_unpacks_to_more_than_it_may_is_named_and_the_option_lets_it_pass(lake, few_bytes, ending):
    zstandard = pytest.importorskip("pyarrow").Codec("zstd")
    pack = {"gz": gzip.compress, "bz2": bz2.compress, "zst": lambda plain: zstandard.compress(plain, asbytes=True)}[ending]
    keys = [lake.land(f"day=1/small.csv.{ending}", pack(bomb(1))), lake.land(f"day=1/large.csv.{ending}", pack(bomb(1000)))]
    with pytest.raises(UnreadableFileError, match=rf"day=1/large\.csv\.{ending} cannot be read: its \d+ bytes unpack to more than [0-9.e-]+ GB\. Land it in smaller files"):
        lake.batch(notes(), keys=keys)
    assert lake.batch(notes(max_unpacked_gb=0.001), keys=keys)["rows"]["read"] == 1001


def test_spark_is_stopped_in_the_midst_of_such_a_file(lake, few_bytes, monkeypatch):
    from sluice_etl.formats.csv import format as csv_format

    # Some seconds of work: Spark does not end tasks of a range that it has cancelled, only those that read files.
    slow = "concat(id, ',x') AS value", "'file:/none' AS __path"
    monkeypatch.setattr(csv_format, "read_lines", lambda spark, *given: spark.range(2 * 10**6).selectExpr(*slow))
    with pytest.raises(UnreadableFileError, match=r"large\.csv\.gz cannot be read: its \d+ bytes unpack to more than"):
        lake.batch(notes(), keys=[lake.land("day=1/large.csv.gz", gzip.compress(bomb(1000)))])
    assert list(lake.spark.sparkContext.statusTracker().getActiveJobsIds()) == []


LONG_LINES = {
    "json": {"short": '{"id": 1}\n', "long": '{"id": "' + "x" * 300_000 + '"}\n{"id": 3}\n'},
    "csv": {"short": "id,v\n1,2\n", "long": "id,v\n" + "x" * 300_000 + ",1\n3,4\n"},
}


@pytest.mark.nightly
@pytest.mark.parametrize("format", LONG_LINES)
def test_a_line_that_is_longer_than_lines_are_is_named(lake, monkeypatch, format):
    # Longer than what the store hands out at once, as 64 MB are.
    monkeypatch.setattr(counting, "LONGEST_LINE", 1 << 17)
    monkeypatch.setitem(session.SESSION, "mapreduce.input.linerecordreader.line.maxlength", str((1 << 17) + 16))
    keys = [lake.land(f"day=1/{name}.{format}", text) for name, text in LONG_LINES[format].items()]
    with pytest.raises(UnreadableFileError, match=rf"day=1/long\.{format} cannot be read: a line of it is longer than 64 MB\. Look for a missing line end"):
        lake.batch(notes(format), keys=keys)


@pytest.mark.parametrize("ending, pack", [("gz", gzip.compress), ("bz2", bz2.compress)])
def test_unpacking_gives_all_members_in_pieces_of_the_size_that_was_asked_for(ending, pack):
    draws = random.Random(4)
    for _ in range(300):
        members = [draws.choice([b"", b"0" * draws.randint(0, 3000), draws.randbytes(draws.randint(0, 300))]) for _ in range(draws.randint(1, 4))]
        packed = b"".join(pack(member) for member in members)
        size, most = draws.randint(1, 80), draws.randint(1, 64)
        pieces = list(unpacked(f"a.{ending}", [packed[start : start + size] for start in range(0, len(packed), size)], most))
        assert b"".join(pieces) == b"".join(members)
        assert all(len(piece) <= most for piece in pieces)
