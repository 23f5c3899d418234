"""
The SQL of `derive` and rules. It is evaluated in Spark's ANSI mode, so that a number that does not fit its type is an error and never
another number; and an error in one row is a failure of that row alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Expression:
    """One expression over the columns of a frame."""

    sql: str
    type: str
    """Spark's, as Spark prints it."""
    references: set[str]
    """Names of the columns that it uses."""
    can_fail: bool
    """Whether it may raise an error for some row. Then it must be evaluated twice."""

    @property
    def fails(self) -> str:
        """
        SQL that is true where the expression raises an error. try_multiply gives NULL also for an error in its arguments, if one is an
        interval (Spark 3.5). The number depends on the value, so that Spark has to work the value out.
        """
        looked_at = f"size({self.sql}) = 0" if self.type.startswith("map<") else f"xxhash64({self.sql}) = 0"
        return f"(try_multiply(INTERVAL '1' SECOND, CASE WHEN {looked_at} THEN 0 ELSE 1 END) IS NULL)"


def expression(frame: DataFrame, sql: str, where: str) -> Expression:
    """Raises ConfigurationError, which names `where`, if Spark does not take it."""
    return expressions(frame, {where: sql})[where]


def expressions(frame: DataFrame, wanted: dict[str, str]) -> dict[str, Expression]:
    """By what an error is to name them; `wanted` has their SQL. Raises ConfigurationError for one that Spark does not take."""
    if not wanted:
        return {}
    usable = spark_internals.usable(frame.sparkSession)
    found = {}
    for (where, sql), (values, place) in zip(wanted.items(), _analysed(frame, wanted)):
        with ansi(frame.sparkSession):
            used = spark_internals.references(frame, values, place) if usable else _needed(frame, sql)
        can_fail = not usable or spark_expressions.can_raise(values, place)
        found[where] = Expression(f"({sql})", values.schema[place].dataType.simpleString(), used, can_fail)
    return found


def keep_in_their_rows(spark: SparkSession) -> None:
    """Spark works out what two expressions share before either of them, where nothing catches an error."""
    spark.conf.set("spark.sql.subexpressionElimination.enabled", "false")


def _analysed(frame: DataFrame, wanted: dict[str, str]) -> list[tuple[DataFrame, int]]:
    """For each expression a frame that has it, and its place there."""
    with ansi(frame.sparkSession):
        together = _selected(frame, [*wanted.values()])
        # A window in one of them would take the others a step further from the frame.
        if isinstance(together, DataFrame) and (not spark_internals.usable(frame.sparkSession) or spark_internals.is_one_step(together, frame)):
            return [(together, place) for place in range(len(wanted))]
        alone = {where: _selected(frame, [sql]) for where, sql in wanted.items()}
        for where, found in alone.items():
            if not isinstance(found, DataFrame):
                raise ConfigurationError(f"{where} does not hold: {found}")
        return [(found, 0) for found in alone.values()]


def _selected(frame: DataFrame, expressions: list[str]) -> DataFrame | str:
    """A frame of these columns, or why Spark does not take all of them: it does not say which."""
    try:
        # By names of ours, which none of the others means.
        return frame.select(*(F.expr(sql).alias(f"__value{place}") for place, sql in enumerate(expressions)))
    except (AnalysisException, ParseException) as error:
        # Behind its first line are the text and the plan.
        return str(error).strip().splitlines()[0].rstrip(";")


def _needed(frame: DataFrame, sql: str) -> set[str]:
    """References by the public API: columns without which the expression means nothing."""
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
