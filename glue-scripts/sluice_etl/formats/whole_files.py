"""Text files that can only be read from their beginning to their end, each by one task, in pieces as they come."""

from __future__ import annotations

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from ..lake.inputs import SourceFile
from ..lake.sizes import MB
from ..lake.store import S3Store, in_parallel
from .own_session import read_in_own_session
from .sources import PATH, load

TASKS_PER_CORE = 8
# What Spark adds to each file's size when it puts small files together.
_OPENING_BYTES = 4 * MB


def pieces(spark: SparkSession, files: list[SourceFile], store: S3Store, between: str) -> DataFrame:
    """
    `value`, the bytes between one occurrence of `between` and the next, and PATH. The pieces of a file are together in one partition and in
    their order. Whether the file ends with `between` is not to be seen.
    """
    sizes = in_parallel(lambda file: file.size if file.copied_to is None else store.size(file.copied_to), files)
    total = sum(sizes) + _OPENING_BYTES * len(files)
    # Spark cuts no file that is as large as a task's share, and takes the share from the first of these if the second allows it.
    share = max(*sizes, total // (TASKS_PER_CORE * spark.sparkContext.defaultParallelism), 16 * MB)
    settings = {
        "spark.sql.files.maxPartitionBytes": str(share),
        "spark.sql.files.minPartitionNum": str(max(1, total // share)),
        "spark.sql.files.openCostInBytes": str(_OPENING_BYTES),
        "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    }

    def read(session: SparkSession) -> DataFrame:
        text = load(session, "text", [file.read_from for file in files], lineSep=between)
        return text.select(F.col("value").cast("binary").alias("value"), F.col("_metadata.file_path").alias(PATH))

    return read_in_own_session(spark, settings, read)
