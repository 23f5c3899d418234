"""
What every batch has Spark do, once before the first: classes are loaded and compiled while the service is packaged and Spark has nothing
to do. A batch that comes before the end runs beside it.
"""

import shutil
import sys
import time
from pathlib import Path

from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F

_LINES = 200


def rehearse(spark: SparkSession, work_folder: str) -> None:
    """Below the work folder, and the client of S3, which asks for nothing before it is used."""
    began = time.monotonic()
    folder = Path(work_folder, "rehearsal")
    # Of an earlier start that was stopped before it had rehearsed.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rehearse_on(spark, folder)
    hadoop = spark.sparkContext._jsc.hadoopConfiguration()
    spark._jvm.org.apache.hadoop.fs.FileSystem.get(spark._jvm.java.net.URI("s3://rehearsal/"), hadoop)
    shutil.rmtree(folder)
    print(f"rehearsed a batch in {time.monotonic() - began:.1f} s", file=sys.stderr, flush=True)


def rehearse_on(spark: SparkSession, folder: Path) -> None:
    """Text to typed rows, a shuffle by key, the newest of each key, Parquet by partition; on a few lines in an empty folder."""
    lines = (f'{n % 150},"a ""b"" {n}",2025-01-0{n % 9 + 1},{n / 4}\n' for n in range(_LINES))
    (folder / "lines.csv").write_text("".join(lines))
    spark = spark.newSession()
    text = spark.read.text(f"file:{folder}/lines.csv").select("value", F.input_file_name().alias("path"))
    unquoted = "regexp_replace(regexp_replace(value, '\"\"', ''), ',\"([^\"]*)\"', ',$1')"
    fields = text.where("trim(value) <> ''").selectExpr("path", f"split({unquoted}, ',', -1) AS fields")
    typed = fields.selectExpr(
        "path", "fields[0] AS id", "try_cast(fields[0] AS BIGINT) AS n", "to_date(fields[2]) AS day",
        "try_cast(fields[3] AS DECIMAL(12,2)) AS amount", "xxhash64(fields[0]) AS hash",
    )
    shuffled = typed.repartition(4, "hash").localCheckpoint()
    counted = shuffled.groupBy("hash").agg(F.count(F.lit(1)).alias("times"))
    newest = Window.partitionBy("id").orderBy(F.col("amount").desc(), "hash")
    merged = shuffled.join(counted, "hash").withColumn("place", F.row_number().over(newest)).where("place = 1")
    merged.repartition("day").sortWithinPartitions("id").write.partitionBy("day").parquet(f"file:{folder}/table")
    spark.read.parquet(f"file:{folder}/table").groupBy("day").count().collect()
