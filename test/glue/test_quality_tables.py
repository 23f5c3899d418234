"""What a quality run on the laptop reads of an Iceberg table, and in whose role."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[2] / "laptop" / "glue"))
from catalog_frames import UnreadableTableError, read_table  # noqa: E402
from roles import QualityReader  # noqa: E402

HEADER = "id,at,amount\n"
FIRST = HEADER + "a,2025-01-01 10:00:00,1\nb,2025-01-01 11:00:00,2\n"


class FolderReader:
    def __init__(self, spark):
        self.spark = spark

    def iceberg_files(self):
        return self.spark._jvm.org.apache.iceberg.hadoop.HadoopFileIO(self.spark.sparkContext._jsc.hadoopConfiguration())


def read(lake, table="orders", predicate=None):
    # A session without a catalog of Iceberg's.
    spark = lake.spark.newSession()
    return read_table(spark, lake.glue, None, lake.database, table, predicate, reader=FolderReader(spark))


def ids(frame):
    return sorted((row["id"], int(row["amount"])) for row in frame.collect())


@pytest.mark.nightly
def test_rules_see_the_rows_that_readers_see(iceberg_lake):
    iceberg_lake.batch(keys=[iceberg_lake.land("day=1/a.csv", FIRST)])
    later = iceberg_lake.curate(keys=[iceberg_lake.land("day=1/b.csv", HEADER + "a,2025-01-01 12:00:00,9\nc,2025-01-02 10:00:00,3\n")], batch_id="orders-2")
    assert ids(read(iceberg_lake)) == [("a", 1), ("b", 2)]
    iceberg_lake.publish(later)
    assert ids(read(iceberg_lake)) == [("a", 9), ("b", 2), ("c", 3)]


@pytest.mark.nightly
def test_a_table_whose_first_batch_is_not_published_has_its_columns_and_no_row(iceberg_lake):
    iceberg_lake.curate(keys=[iceberg_lake.land("day=1/a.csv", FIRST)])
    frame = read(iceberg_lake)
    assert frame.dtypes == [("id", "string"), ("at", "timestamp"), ("amount", "decimal(12,2)"), ("on_day", "date")]
    assert frame.collect() == []


@pytest.mark.nightly
def test_rules_in_sql_know_the_table_by_its_alias(iceberg_lake):
    iceberg_lake.batch(keys=[iceberg_lake.land("day=1/a.csv", FIRST)])
    frame = read(iceberg_lake)
    frame.createOrReplaceTempView("aliased")
    assert frame.sparkSession.sql("SELECT count(*) FROM aliased WHERE on_day = DATE '2025-01-01' AND amount > 1").first()[0] == 1


@pytest.mark.nightly
def test_what_cannot_be_read_is_refused_by_name(iceberg_lake):
    iceberg_lake.batch(keys=[iceberg_lake.land("day=1/a.csv", FIRST)])
    with pytest.raises(UnreadableTableError, match="orders is an Iceberg table, whose partitions are not in the catalog"):
        read(iceberg_lake, predicate="batch_id='orders-1'")
    storage = {"Columns": [], "InputFormat": "org.apache.hadoop.mapred.TextInputFormat", "Location": "s3://lake/texts/"}
    iceberg_lake.glue.create_table(DatabaseName=iceberg_lake.database, TableInput={"Name": "texts", "StorageDescriptor": storage})
    with pytest.raises(UnreadableTableError, match="texts is neither"):
        read(iceberg_lake, "texts")


def test_iceberg_opens_files_with_the_key_of_the_quality_run_alone(spark):
    """Not as the job, whose credentials are those of the process and of S3A."""
    one, other = (QualityReader(spark, f"role.{name}").iceberg_files() for name in ("quality", "quality-of-another"))
    assert [files.properties().get("s3.access-key-id") for files in (one, other)] == ["role.quality", "role.quality-of-another"]
    assert QualityReader(spark, "role.quality").iceberg_files().properties().get("s3.access-key-id") == "role.quality"
