"""Under whose role Spark reads and writes. The one process serves the job and the data quality runs, and each has its own.

S3A keeps one client a scheme, bucket and user. So the role goes with the scheme: `s3://`, as scripts and the catalog write
it, is the job's; `s3a://` is that of quality runs, whose code is ours and can rewrite addresses. Those in an Iceberg table's metadata
it cannot: they are `s3://`, so a quality run reads such a table with Iceberg's own S3 client, which takes a key of its own.
"""

import threading
from dataclasses import dataclass

import boto3
from py4j.java_gateway import JavaObject
from pyspark.sql import SparkSession

_lock = threading.Lock()
_job_key: str | None = None
_quality_buckets: dict[str, str] = {}
_iceberg_files: dict[str, JavaObject] = {}


class RolesError(Exception):
    pass


def act_as_job(spark: SparkSession, access_key: str) -> None:
    """For Spark's own reads and writes, and for the SDK clients that a script makes without saying who it is."""
    global _job_key
    with _lock:
        if _job_key not in (None, access_key):
            raise RolesError(f"the laptop's Spark runs jobs of one role: {_job_key}, not {access_key} too")
        if _job_key is None:
            spark.sparkContext._jsc.hadoopConfiguration().set("fs.s3a.access.key", access_key)
            # Of the Glue client of Iceberg's catalog, which is Java's.
            for name, value in {"aws.accessKeyId": access_key, "aws.secretAccessKey": "local"}.items():
                spark._jvm.System.setProperty(name, value)
            boto3.setup_default_session(aws_access_key_id=access_key, aws_secret_access_key="local")
            _job_key = access_key


@dataclass(frozen=True)
class QualityReader:
    """Reads in the role of a quality run."""

    spark: SparkSession
    access_key: str

    def at(self, location: str) -> str:
        return as_quality(self.spark, self.access_key, location)

    def iceberg_files(self) -> JavaObject:
        with _lock:
            if self.access_key not in _iceberg_files:
                _iceberg_files[self.access_key] = _iceberg_s3(self.spark, self.access_key)
            return _iceberg_files[self.access_key]


def _iceberg_s3(spark: SparkSession, access_key: str) -> JavaObject:
    s3a, jvm = spark.sparkContext._jsc.hadoopConfiguration(), spark._jvm
    properties = jvm.java.util.HashMap()
    for name, value in {
        "s3.endpoint": s3a.get("fs.s3a.endpoint"),
        "s3.path-style-access": "true",
        "s3.access-key-id": access_key,
        "s3.secret-access-key": "local",
        "client.region": s3a.get("fs.s3a.endpoint.region"),
        "http-client.type": "urlconnection",
    }.items():
        properties.put(name, value)
    files = jvm.org.apache.iceberg.aws.s3.S3FileIO()
    files.initialize(properties)
    return files


def as_quality(spark: SparkSession, access_key: str, location: str) -> str:
    """The location at which Spark reads under the quality run's role."""
    bucket, _, path = location.removeprefix("s3://").partition("/")
    with _lock:
        if _quality_buckets.setdefault(bucket, access_key) != access_key:
            raise RolesError(f"the laptop's Spark reads {bucket} for quality runs of one role, not for {access_key} too")
        hadoop = spark._jvm.org.apache.hadoop
        configuration = hadoop.conf.Configuration(spark.sparkContext._jsc.hadoopConfiguration())
        configuration.set("fs.s3a.access.key", access_key)
        # The first to ask for a scheme and bucket decides under which key everybody after it gets them.
        hadoop.fs.FileSystem.get(spark._jvm.java.net.URI(f"s3a://{bucket}/"), configuration)
    return f"s3a://{bucket}/{path}"
