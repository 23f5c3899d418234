"""A reader under settings of its own: some it takes from the session that loaded the files, and not from that of the query."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from pyspark.sql import DataFrame, SparkSession


# How files become tasks (session.fit_to), and what a time of day is.
_PASSED_ON = (
    "spark.sql.files.maxPartitionBytes",
    "spark.sql.files.openCostInBytes",
    "spark.sql.sources.parallelPartitionDiscovery.parallelism",
    "spark.sql.session.timeZone",
)


def read_in_own_session(spark: SparkSession, settings: dict[str, str], read: Callable[[SparkSession], DataFrame]) -> DataFrame:
    """
    What `read` returns of a new session, as a frame of `spark`. The session has these settings, which the SQL of `spark` never sees. Of those of `spark`
    it has how files become tasks, and the time zone.
    """
    session = spark.newSession()
    for name, value in {**{name: spark.conf.get(name) for name in _PASSED_ON}, **settings}.items():
        session.conf.set(name, value)
    view = f"sluice_{uuid4().hex}"
    read(session).createGlobalTempView(view)
    frame = spark.table(f"global_temp.{view}")
    spark.catalog.dropGlobalTempView(view)
    return frame
