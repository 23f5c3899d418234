"""One Spark for everything that the laptop's Glue does: starting it takes longer than a small batch."""

import os
from pathlib import Path

from pyspark.sql import SparkSession

_S3A = {
    "path.style.access": "true",
    "connection.ssl.enabled": "false",
    "endpoint.region": "us-east-1",
    "secret.key": "local",
    "aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
    "fast.upload.buffer": "bytebuffer",
    "directory.marker.retention": "keep",
    "change.detection.mode": "none",
    "connection.maximum": "64",
    "attempts.maximum": "3",
    "committer.name": "directory",
    "committer.staging.conflict-mode": "append",
    "committer.staging.abort.pending.uploads": "false",
}

# Most of a small batch is code that runs a few times. Compiling it best takes longer than running it, so that comes ten times
# later than by default; what is truly hot in a large batch still gets there within seconds.
JAVA_OPTIONS = [
    # As on AWS: ORC's reader goes by the zone of the JVM.
    "-Duser.timezone=UTC",
    "-XX:+UseParallelGC",
    "-XX:Tier4InvocationThreshold=50000",
    "-XX:Tier4MinInvocationThreshold=6000",
    "-XX:Tier4CompileThreshold=150000",
    "-XX:Tier4BackEdgeThreshold=400000",
]


def start(s3_endpoint: str, jars: str, work_folder: str) -> SparkSession:
    cores = os.cpu_count() or 2
    settings = {
        "spark.master": f"local[{cores}]",
        "spark.app.name": "sluice",
        "spark.jars": ",".join(str(jar) for folder in jars.split(os.pathsep) for jar in sorted(Path(folder).glob("*.jar"))),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        # Its own ports (driver, blocks) take nothing from a process that does not know this session's secret.
        "spark.authenticate": "true",
        "spark.driver.memory": _driver_memory(),
        # Later options win.
        "spark.driver.extraJavaOptions": " ".join([*JAVA_OPTIONS, os.environ.get("SLUICE_JAVA_OPTIONS", "")]),
        "spark.local.dir": f"{work_folder}/spark",
        "spark.sql.warehouse.dir": f"{work_folder}/warehouse",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.session.timeZone": "UTC",
        # As many as cores: a shuffle of a small batch into 200 parts is all overhead. Large ones are split by AQE's own sizes.
        "spark.sql.shuffle.partitions": str(max(4, cores)),
        "spark.scheduler.mode": "FAIR",
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.AbstractFileSystem.s3.impl": "org.apache.hadoop.fs.s3a.S3A",
        "spark.hadoop.fs.s3a.endpoint": s3_endpoint,
        # Files are uploaded once and appear when the job commits. Hadoop's own committer renames them twice, each a copy and
        # a dozen requests; AWS Glue has a committer of its own for the same reason.
        "spark.hadoop.mapreduce.outputcommitter.factory.scheme.s3": "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory",
        "spark.sql.sources.commitProtocolClass": "org.apache.spark.internal.io.cloud.PathOutputCommitProtocol",
        "spark.sql.parquet.output.committer.class": "org.apache.spark.internal.io.cloud.BindingParquetOutputCommitter",
        "spark.hadoop.fs.s3a.committer.staging.tmp.path": f"file://{work_folder}/staging",
        "spark.hadoop.fs.s3a.buffer.dir": f"{work_folder}/spark",
        # Of Iceberg's catalog: files go the way of all others, and calls of Glue by Java's own client, which needs no further jars.
        "spark.sql.catalog.sluice.io-impl": "org.apache.iceberg.hadoop.HadoopFileIO",
        "spark.sql.catalog.sluice.http-client.type": "urlconnection",
        **{f"spark.hadoop.fs.s3a.{name}": value for name, value in _S3A.items()},
    }
    builder = SparkSession.builder
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def _driver_memory() -> str:
    """Half of the machine, at most 8 GB: driver and executors are one process here."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        total = 8 * 2**30  # not every system has them
    return f"{max(1, min(8, total // 2**31))}g"
