"""Footers of a table's Parquet files, as pyarrow has written them and as it reads them."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lake import FolderStore
from sluice_etl.errors import UnreadableFileError
from sluice_etl.formats.parquet.footers import FIRST_LOOK, footers
from sluice_etl.lake.store import StoredObject

COLUMNS = st.lists(st.tuples(st.text(min_size=1, max_size=6), st.sampled_from([pa.int64(), pa.string(), pa.list_(pa.date32())])), min_size=1, max_size=5, unique_by=lambda column: column[0])


def stored(path) -> StoredObject:
    return StoredObject(f"file:{path}", path.stat().st_size)


def written(path, schema, rows: int, **options) -> StoredObject:
    pq.write_table(pa.table([pa.nulls(rows, type) for type in schema.types], schema=schema), path, **options)
    return stored(path)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(columns=COLUMNS, rows=st.lists(st.integers(0, 300), min_size=1, max_size=4), group=st.integers(1, 100))
def test_the_footer_of_each_file_counts_its_rows(tmp_path, columns, rows, group):
    files = [written(tmp_path / f"{number} [x].parquet", pa.schema(columns), count, row_group_size=group) for number, count in enumerate(rows)]
    found = footers(FolderStore(), files)
    assert [footer.rows for footer in found] == [pq.read_metadata(tmp_path / f"{number} [x].parquet").num_rows for number in range(len(rows))] == rows
    assert len({footer.schema for footer in found}) == 1, "files with the same columns are read together"


def test_no_files_have_no_footers():
    assert footers(FolderStore(), []) == []


@pytest.mark.parametrize("other", [pa.schema([("a", pa.int32())]), pa.schema([("b", pa.int64())]), pa.schema([pa.field("a", pa.int64(), nullable=False)])])
def test_files_whose_columns_differ_are_not_read_together(tmp_path, other):
    files = [written(tmp_path / f"{number}.parquet", schema, 0) for number, schema in enumerate([pa.schema([("a", pa.int64())]), other])]
    one, two = footers(FolderStore(), files)
    assert one.schema != two.schema


def test_a_footer_longer_than_the_first_look_is_read_whole(tmp_path):
    file = written(tmp_path / "wide.parquet", pa.schema([(f"column_{number}", pa.int64()) for number in range(5000)]), 7)
    (footer,) = footers(FolderStore(), [file])
    assert footer.rows == 7 and len(footer.schema) > FIRST_LOOK


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda content: content[:-1], "it does not end as a Parquet file does: it is cut off, or no Parquet"),
        (lambda content: b"", "it does not end as a Parquet file does: it is cut off, or no Parquet"),
        (lambda content: content[:-8] + bytes(4) + b"PAR1", "its footer is broken"),
        (lambda content: content[:4] + b"\xff" * (len(content) - 12) + content[-8:], "its footer is broken"),
    ],
)
def test_a_broken_file_of_a_table_is_named_with_what_to_do(tmp_path, damage, reason):
    path = tmp_path / "x.parquet"
    written(path, pa.schema([("a", pa.int64())]), 3)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(UnreadableFileError) as raised:
        footers(FolderStore(), [stored(path)])
    assert str(raised.value) == f"file:{path} cannot be read: {reason}. It is a file of the table: put it back as it was, or delete it, then redrive the batch"
