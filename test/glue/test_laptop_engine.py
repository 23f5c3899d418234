"""The laptop's stand-in for Glue: arguments as Glue hands them over, verdicts told from rules that were never judged."""

import sys
import threading
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "laptop" / "glue"))

import catalog_frames  # noqa: E402
import quality_runs  # noqa: E402
import thread_argv  # noqa: E402
from awsglue.utils import GlueArgumentError, getResolvedOptions  # noqa: E402


def test_arguments_are_read_in_both_spellings_and_with_underscores():
    argv = ["curate.py", "--JOB_NAME", "curate", "--batch-id=b=1", "--dataset", "orders", "--other", "--flag"]
    assert getResolvedOptions(argv, ["dataset", "batch-id"]) == {"JOB_NAME": "curate", "batch_id": "b=1", "dataset": "orders"}


def test_missing_arguments_are_named():
    with pytest.raises(GlueArgumentError, match="--dataset, --plan_uri"):
        getResolvedOptions(["curate.py"], ["dataset", "plan_uri"])


def test_each_thread_sees_its_own_arguments():
    before = sys.argv
    thread_argv.install()
    seen = {}

    def script(name: str, ready: threading.Barrier) -> None:
        thread_argv.set_argv(["script.py", "--name", name])
        ready.wait()
        seen[name] = (list(sys.argv), sys.argv[2], len(sys.argv), sys.argv[1:])

    ready = threading.Barrier(2)
    threads = [threading.Thread(target=script, args=(name, ready)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.argv = before
    for name in ("one", "two"):
        assert seen[name] == (["script.py", "--name", name], name, 3, ["--name", name])


@pytest.mark.parametrize(
    ("reason", "judged"),
    [
        ("Value: 0.5 does not meet the constraint requirement!", True),
        ("Input data does not include column nope!", True),
        ("Rule (or nested rule) not supported due to: No converter found for rule type: DetectAnomalies", False),
        ("[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column `nope` cannot be resolved.", False),
        ("Exception: org.apache.spark.sql.catalyst.ExtendedAnalysisException", False),
        ("org.apache.spark.SparkException: Job aborted", False),
    ],
)
def test_a_rule_that_was_never_judged_is_an_error_and_no_verdict(reason, judged):
    assert (quality_runs._NOT_JUDGED.search(reason) is None) == judged


def test_a_partition_outside_the_hive_folders_is_refused():
    keys = {"day": "string", "part": "string"}
    inside = {"StorageDescriptor": {"Location": "s3://lake/t/day=1/part=a%2Fb/"}}
    assert catalog_frames._below("s3://lake/t", keys, inside) == "s3://lake/t/day=1/part=a%2Fb"
    for location in ("s3://lake/t/1/a/", "s3://lake/t/part=a/day=1", "s3://elsewhere/day=1/part=a"):
        with pytest.raises(catalog_frames.UnreadableTableError, match="is not in folders"):
            catalog_frames._below("s3://lake/t", keys, {"StorageDescriptor": {"Location": location}})


class OnePage:
    def __init__(self, keys):
        self.keys = keys

    def get_paginator(self, _name):
        return self

    def paginate(self, **asked):
        self.asked = asked
        return [{"Contents": [{"Key": key} for key in self.keys]}]


def test_only_partitions_that_hold_files_are_read_and_one_listing_tells():
    s3 = OnePage(["t/day=1/a.parquet", "t/day=2/_SUCCESS", "t/day=3/", "t/day=10/sub/b.parquet"])
    locations = [f"s3://lake/t/day={day}" for day in (1, 2, 3, 10)]
    assert catalog_frames._with_files(s3, locations) == ["s3://lake/t/day=1", "s3://lake/t/day=10"]
    assert s3.asked == {"Bucket": "lake", "Prefix": "t"}
    assert catalog_frames._with_files(s3, []) == []


def test_spark_starts_no_process_for_the_files_that_it_writes(spark, tmp_path):
    """Hadoop's own local file system starts `chmod` for each (setup/places.mjs)."""
    files = spark._jvm.org.apache.hadoop.fs.FileSystem.get(spark._jvm.java.net.URI(f"file:{tmp_path}"), spark._jsc.hadoopConfiguration())
    assert files.getClass().getSimpleName() == "BareLocalFileSystem"
