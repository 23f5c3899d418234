import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ICEBERG_JARS = ROOT / ".sluice" / "jars" / "iceberg"
sys.path[:0] = [str(HERE), str(ROOT / "glue-scripts"), str(ROOT / "cli" / "quarantine" / "spark")]
os.environ.setdefault("PYSPARK_PYTHON", sys.executable)

from iceberg_lake import IcebergLake, glue_server  # noqa: E402
from lake import Lake  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "nightly: takes long, or says in depth what a quicker test says; `npm run test:full` runs it, and `.ci/run`")


@pytest.fixture(scope="session")
def spark():
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .appName("sluice-tests")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.driver.memory", "2g")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        # Each plan runs a few times. Compiling it best takes longer than running it: a quarter of all the processor time.
        # That compiler alone has room for 48 MB of code. So many plans fill it, and a sweeper then takes a sixth of the time.
        .config("spark.driver.extraJavaOptions", "-Duser.timezone=UTC -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -XX:+UseParallelGC")
        .config("spark.jars", ",".join(sorted(map(str, ICEBERG_JARS.glob("*.jar")))))
        # Glue is moto's, and tables are in folders.
        .config("spark.sql.catalog.sluice.io-impl", "org.apache.iceberg.hadoop.HadoopFileIO")
        .config("spark.sql.catalog.sluice.http-client.type", "urlconnection")
        # The drivers that extracts read with.
        .config("spark.driver.extraClassPath", os.pathsep.join(str(jar) for driver in ("postgresql", "mysql-connector-j") for jar in (ROOT / ".sluice" / "jars").glob(f"{driver}-*.jar")))
        # SLUICE_INTERNALS=off: every test takes the job's way through Spark's public API.
        .config("spark.sluice.internals", os.environ.get("SLUICE_INTERNALS", "on"))
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture
def lake(spark, tmp_path):
    return Lake(spark, tmp_path)


@pytest.fixture(scope="session")
def glue(spark):
    with glue_server(spark) as client:
        yield client


@pytest.fixture
def iceberg_lake(spark, glue, tmp_path):
    return IcebergLake(spark, glue, tmp_path)


@pytest.fixture(scope="module")
def shared_lake(spark, tmp_path_factory):
    """For property tests, which may not take a function's fixture."""
    return lambda: Lake(spark, tmp_path_factory.mktemp("lake"))
