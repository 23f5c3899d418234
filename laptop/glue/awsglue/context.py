from pyspark import SparkContext
from pyspark.sql import SparkSession


class GlueContext:
    """A session of its own for each run: settings and views of one batch are not those of another beside it."""

    def __init__(self, sparkContext: SparkContext, **_options) -> None:  # noqa: N803, the name is Glue's
        shared = SparkSession.builder.getOrCreate()
        self._ssql_ctx = None
        self.spark_session = SparkSession(sparkContext, shared._jsparkSession.newSession())

    def get_logger(self):
        return self.spark_session._jvm.org.apache.log4j.LogManager.getLogger("glue")
