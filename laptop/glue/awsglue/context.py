import shlex
import sys

from pyspark import SparkContext
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession


class GlueContext:
    """A session of its own for each run: settings and views of one batch are not those of another beside it."""

    def __init__(self, sparkContext: SparkContext, **_options) -> None:  # noqa: N803, the name is Glue's
        shared = SparkSession.builder.getOrCreate()
        self._ssql_ctx = None
        self.spark_session = SparkSession(sparkContext, shared._jsparkSession.newSession())
        for name, value in _settings(sys.argv):
            try:
                self.spark_session.conf.set(name, value)
            except AnalysisException:
                # Glue sets it before Spark starts, and this one has been running for long.
                pass

    def get_logger(self):
        return self.spark_session._jvm.org.apache.log4j.LogManager.getLogger("glue")


def _settings(argv: list[str]) -> list[tuple[str, str]]:
    """Of the job argument `--conf`, whose value is `name=value`, or `name=value --conf name=value …`."""
    given = argv[argv.index("--conf") + 1] if "--conf" in argv[:-1] else ""
    pairs = (word.partition("=") for word in shlex.split(given) if word != "--conf")
    return [(name, value) for name, _, value in pairs]
