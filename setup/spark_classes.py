"""Starts Spark as the laptop does and has it do what every batch does, so that the JVM can keep the classes of it at its end."""

import sys
import tempfile
from pathlib import Path

from pyspark.sql import SparkSession

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "laptop" / "glue"))

from rehearsal import rehearse_on  # noqa: E402


def main(archive: str) -> None:
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.authenticate", "true")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.catalogImplementation", "in-memory")
        .config("spark.driver.extraJavaOptions", f'-XX:TieredStopAtLevel=1 -Xlog:cds=off -Xlog:cds+dynamic=off "-XX:ArchiveClassesAtExit={archive}"')
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    with tempfile.TemporaryDirectory() as folder:
        rehearse_on(spark, Path(folder))
    machine = spark.sparkContext._gateway.proc
    spark.stop()
    # The JVM ends with its stdin, and writes the archive at its end.
    machine.stdin.close()
    machine.wait()


if __name__ == "__main__":
    main(sys.argv[1])
