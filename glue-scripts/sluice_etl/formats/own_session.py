"""A reader under settings of its own: some it takes from the session that loaded the files, and not from that of the query."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from pyspark.sql import DataFrame, SparkSession


def read_in_own_session(spark: SparkSession, settings: dict[str, str], read: Callable[[SparkSession], DataFrame]) -> DataFrame:
    """What `read` returns of a new session with these settings, as a frame of `spark`, whose SQL never sees them."""
    session = spark.newSession()
    for name, value in settings.items():
        session.conf.set(name, value)
    view = f"sluice_{uuid4().hex}"
    read(session).createGlobalTempView(view)
    frame = spark.table(f"global_temp.{view}")
    spark.catalog.dropGlobalTempView(view)
    return frame
