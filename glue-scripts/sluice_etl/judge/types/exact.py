"""
Whether a float or double is as exact as its text is long: the number that is nearest to the text,
written out to as many significant digits as the text has, is the text's number again. 0.1 is a double; 16777217 is no float, which has
16777216 instead. Spark SQL cannot write a double out to its last digit; Java's BigDecimal can. Behind the door of spark_internals.py it is
asked directly; everywhere else, also inside of nested values, by Spark's `reflect`, which costs more.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from ... import contract, spark_expressions, spark_internals
from .names import FRACTIONS, plain
from .numbers import is_exact, is_finite, number_text, trimmed


def with_exactness(frame: DataFrame, columns: list[tuple[str, str, contract.Column]]) -> DataFrame:
    """
    `columns`: a column to add, SQL of the text, and the contract's column, where `needs_exactness`. What is added is true for a text that
    the type has as it is, false or NULL for any other.
    """
    return frame.select("*", *(_exactness(frame.sparkSession, number_text(text, column), plain(column.type)).alias(name) for name, text, column in columns))


def needs_exactness(spark: SparkSession, column: contract.Column) -> bool:
    return plain(column.type) in FRACTIONS and spark_internals.usable(spark)


def _exactness(spark: SparkSession, text: str, kind: str) -> Column:
    back = spark_expressions.gives_its_text_back(spark, trimmed(text), kind)
    return F.when(F.expr(is_exact(text, kind)), F.lit(True)).when(F.expr(is_finite(text, kind)), back)
