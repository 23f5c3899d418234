import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(ROOT / "glue-scripts"), str(ROOT / "cli" / "quarantine" / "spark")]
os.environ.setdefault("PYSPARK_PYTHON", sys.executable)

from lake import Lake  # noqa: E402


@pytest.fixture(scope="session")
def spark():
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .appName("sluice-tests")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.driver.memory", "2g")
        .config("spark.driver.bindAddress", "127.0.0.1")
        # Each plan runs a few times. Compiling it best takes longer than running it: a quarter of all the processor time.
        .config("spark.driver.extraJavaOptions", "-Duser.timezone=UTC -XX:TieredStopAtLevel=1 -XX:+UseParallelGC")
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


@pytest.fixture(scope="module")
def shared_lake(spark, tmp_path_factory):
    """For property tests, which may not take a function's fixture."""
    return lambda: Lake(spark, tmp_path_factory.mktemp("lake"))
