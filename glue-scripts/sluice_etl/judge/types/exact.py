"""
Whether a float or double is as exact as its text is long: the number that is nearest to the text,
written out to as many significant digits as the text has, is the text's number again. 0.1 is a double; 16777217 is no float, which has
16777216 instead. Spark SQL cannot write a double out to its last digit; Java's BigDecimal can, and so can Python's decimal, slowly.
"""

from __future__ import annotations

import struct
import sys
from decimal import Context, Decimal

from pyspark import cloudpickle
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from ... import contract, spark_expressions, spark_internals
from .names import FRACTIONS, plain
from .numbers import may_be_inexact, number_text, trimmed


def with_exactness(frame: DataFrame, columns: list[tuple[str, str, contract.Column]]) -> DataFrame:
    """
    `columns`: a column to add, SQL of the text, and the contract's column, where `needs_exactness`. What is added is NULL for a text that
    is exact if it is a number at all, true for another number that is exact, and false for one that is not.
    """
    return frame.select("*", *(_exactness(frame.sparkSession, number_text(text, column), plain(column.type)).alias(name) for name, text, column in columns))


def needs_exactness(column: contract.Column) -> bool:
    return plain(column.type) in FRACTIONS


def _exactness(spark: SparkSession, text: str, kind: str) -> Column:
    exact = spark_expressions.gives_its_text_back if spark_internals.usable(spark) else _in_python
    return F.when(F.expr(may_be_inexact(text, kind)), exact(spark, trimmed(text), kind))


def _in_python(_spark: SparkSession, text: str, kind: str) -> Column:
    # Python's workers have the job's modules on AWS, and not on every laptop.
    cloudpickle.register_pickle_by_value(sys.modules[__name__])

    def judged(written: str | None) -> bool:
        return is_exact(written, kind)

    return F.udf(judged, "boolean")(F.expr(text))


def is_exact(text: str | None, kind: str) -> bool:
    """False as well for what is no number."""
    if text is None:
        return False
    try:
        written = Decimal(text)
        nearest = struct.unpack("f", struct.pack("f", float(written)))[0] if kind == "float" else float(written)
        digits = len(written.normalize(Context(prec=len(text) + 1)).as_tuple().digits)
        return Decimal(f"{nearest:.{digits - 1}e}") == written
    except (ArithmeticError, ValueError):
        return False
