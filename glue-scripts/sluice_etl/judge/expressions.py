"""
The SQL of `derive` and rules. It is evaluated in Spark's ANSI mode, so that a number that does not fit its type is an error and never
another number; and an error in one row is a failure of that row alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from .. import spark_expressions, spark_internals
from ..errors import ConfigurationError

ANSI = "spark.sql.ansi.enabled"


@contextmanager
def ansi(spark: SparkSession) -> Iterator[None]:
    """Spark decides by the setting of the moment in which an expression is analysed, and keeps to it."""
    spark.conf.set(ANSI, "true")
    try:
        yield
    finally:
        spark.conf.set(ANSI, "false")


class Expression:
    """One expression over the columns of `frame`. Raises ConfigurationError, which names `where`, if Spark does not take it."""

    def __init__(self, frame: DataFrame, sql: str, where: str):
        self.sql = f"({sql})"
        value = _analysed(frame, sql, where)
        self.references = _references(frame, sql, value)
        self._type = value.schema[0].dataType.simpleString()
        # What is not known to be safe is evaluated twice.
        self.can_fail = not spark_internals.usable(frame.sparkSession) or spark_expressions.can_raise(value)

    @property
    def fails(self) -> str:
        """
        SQL that is true where the expression raises an error. try_multiply gives NULL also for an error in its arguments, if one is an
        interval (Spark 3.5). The number depends on the value, so that Spark has to work the value out.
        """
        looked_at = f"size({self.sql}) = 0" if self._type.startswith("map<") else f"xxhash64({self.sql}) = 0"
        return f"(try_multiply(INTERVAL '1' SECOND, CASE WHEN {looked_at} THEN 0 ELSE 1 END) IS NULL)"


def keep_in_their_rows(spark: SparkSession) -> None:
    """Spark works out what two expressions share before either of them, where nothing catches an error."""
    spark.conf.set("spark.sql.subexpressionElimination.enabled", "false")


def references(frame: DataFrame, sql: str, where: str) -> set[str]:
    """Names of the frame's columns that the expression uses. Raises ConfigurationError, with `where`, for one that does not hold."""
    return _references(frame, sql, _analysed(frame, sql, where))


def _analysed(frame: DataFrame, sql: str, where: str) -> DataFrame:
    """The expression alone."""
    try:
        with ansi(frame.sparkSession):
            return frame.select(F.expr(sql))
    except (AnalysisException, ParseException) as error:
        raise ConfigurationError(f"{where} does not hold: {error}") from error


def _references(frame: DataFrame, sql: str, value: DataFrame) -> set[str]:
    if spark_internals.usable(frame.sparkSession):
        return spark_internals.references(frame, value)
    with ansi(frame.sparkSession):
        return _needed(frame, sql)


def _needed(frame: DataFrame, sql: str) -> set[str]:
    """The same by the public API: columns without which the expression means nothing."""
    if re.search(r"[(,]\s*\*|\.\s*\*", sql):
        return set(frame.columns)
    text = sql.lower()
    return {name for name in frame.columns if name.lower().replace("`", "``") in text and not _holds(frame.drop(name), sql)}


def _holds(frame: DataFrame, sql: str) -> bool:
    try:
        frame.select(F.expr(sql))
    except AnalysisException:
        return False
    return True
