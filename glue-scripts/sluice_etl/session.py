"""Spark's settings for a batch."""

from __future__ import annotations

from pyspark.sql import SparkSession

from . import spark_internals
from .formats.limits import LONGEST_LINE
from .lake.inputs import Inputs
from .lake.sizes import MB

TASKS_PER_CORE = 8
# Of a file that a task opens, beside its bytes: Spark's own spark.sql.files.openCostInBytes. Thousands of small files would else be thousands of tasks. Where
# they are still too many it is less, so that a task opens more of them.
OPENING, LEAST_OPENING = 4 * MB, MB // 4
LARGEST_TASK, SMALLEST_TASK = 128 * MB, 16 * MB
# What Spark looks up before it reads, one after the other in a task.
FILES_PER_LISTING = 50
# A task keeps a file open for each of so many partitions; only rows of further ones it sorts by partition first.
MOST_OPEN_FILES = 64

SESSION = {
    "spark.sql.adaptive.enabled": "true",
    # Spark would rather have a task a core than a file of some size; every task writes to every partition it meets.
    "spark.sql.adaptive.coalescePartitions.minPartitionSize": "16MB",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "false",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    "spark.sql.csv.parser.columnPruning.enabled": "false",
    "spark.sql.sources.partitionOverwriteMode": "static",
    "spark.sql.maxConcurrentOutputFileWriters": str(MOST_OPEN_FILES),
    # The rows that lose are found inside a broadcast, which takes as long as the batch is large.
    "spark.sql.broadcastTimeout": "-1",
    # Most keys come once, which its first, small map is not made for.
    "spark.sql.codegen.aggregate.map.twolevel.enabled": "false",
    # The merge joins rows where they are, by the hash of their key and more.
    "spark.sql.requireAllClusterKeysForCoPartition": "false",
    # Methods above this size the JVM does not compile; Spark's other way, expression by expression, it does.
    "spark.sql.codegen.hugeMethodLimit": "8000",
    # It takes steps out of a plan that turn out to have no rows, and with them what they were to count.
    "spark.sql.adaptive.optimizer.excludedRules": "org.apache.spark.sql.execution.adaptive.AQEPropagateEmptyRelation",
    # A line without an end would fill the memory. What is left out for its length the count of records misses, and names.
    "mapreduce.input.linerecordreader.line.maxlength": str(LONGEST_LINE + 16),
    # A partition value is the text of its folder until the contract gives it a type: 007 is not 7.
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    # Days before 1582 are what they are called in the files, which is how Arrow, Iceberg and Athena read them.
    **{f"spark.sql.parquet.{kind}RebaseModeIn{way}": "CORRECTED" for kind in ("datetime", "int96") for way in ("Read", "Write")},
}


def open_session(spark: SparkSession, target_file_mb: int) -> SparkSession:
    """A new session of the same application with the settings above."""
    spark_internals.remember_classes(spark)
    session = spark.newSession()
    asked = {name: value for name in spark_internals.SETTINGS if (value := spark.conf.get(name, None))}
    for name, value in {**SESSION, **asked}.items():
        session.conf.set(name, value)
    # Shuffled bytes a task; in Parquet about half of that is left.
    session.conf.set("spark.sql.adaptive.advisoryPartitionSizeInBytes", f"{2 * target_file_mb}MB")
    return session


def fit_to(inputs: Inputs, spark: SparkSession) -> None:
    """Tasks that are enough for cores to end together, and no more."""
    cores, files = spark.sparkContext.defaultParallelism, len(inputs.files)
    opening, share = cut(files, sum(file.size for file in inputs.files), TASKS_PER_CORE * cores)
    spark.conf.set("spark.sql.files.openCostInBytes", opening)
    spark.conf.set("spark.sql.files.maxPartitionBytes", share)
    spark.conf.set("spark.sql.sources.parallelPartitionDiscovery.parallelism", max(cores, files // FILES_PER_LISTING))


def cut(files: int, size: int, tasks: int) -> tuple[int, int]:
    """So that files of together `size` bytes become about so many tasks: what each file counts beside its bytes, and what a task takes of both."""
    opening = max(LEAST_OPENING, min(OPENING, (tasks * LARGEST_TASK - size) // max(1, files)))
    return opening, min(max((size + files * opening) // tasks, SMALLEST_TASK), LARGEST_TASK)
