"""
Whether a float or double is as exact as its text is long: the number that is nearest to the text,
written out to as many significant digits as the text has, is the text's number again. 0.1 is a double; 16777217 is no float, which has
16777216 instead. Spark SQL cannot write a double out to its last digit; Java's BigDecimal can. Behind the door of spark_internals.py it is
asked directly; everywhere else, also inside of nested values, by Spark's `reflect`, which costs more.
"""

from __future__ import annotations

from uuid import uuid4

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from ... import contract, spark_expressions, spark_internals
from .names import FRACTIONS, plain
from .numbers import is_exact, is_finite, number_text, trimmed


# Bytes of the methods that Spark generates, measured: of the scan, and of each column that it takes from the record; of the look at one text; of a column
# that a method takes over from the one below.
_SCAN, _TAKEN, _LOOK, _CARRIED = 2000, 230, 1020, 60
_MOST = 7600
"""The JVM compiles no method above 8,000."""
_FEWEST_LOOKS = 3


def with_exactness(frame: DataFrame, columns: list[tuple[str, str, contract.Column]], method_bytes: int) -> DataFrame:
    """
    `columns`: a column to add, SQL of the text, and the contract's column, where `needs_exactness`. What is added is true for a text that
    the type has as it is, false or NULL for any other. `method_bytes`: of all columns, but for the looks at texts.
    """
    if not columns:
        return frame
    spark, taken = frame.sparkSession, len(frame.columns)
    looks = [_exactness(spark, number_text(text, column), plain(column.type)).alias(name) for name, text, column in columns]
    first, more = ((_MOST - others) // _LOOK for others in (_SCAN + _TAKEN * taken, _CARRIED * (taken + len(looks))))
    # A contract so wide that a method has room for few looks would take many methods; Spark then evaluates expression by expression.
    if _SCAN + method_bytes + _LOOK * len(looks) <= _MOST or more < _FEWEST_LOOKS:
        return frame.select("*", *looks)
    at = max(0, first)
    frame = in_a_method_of_its_own(frame.select("*", *looks[:at]))
    for start in range(at, len(looks), more):
        frame = in_a_method_of_its_own(frame.select("*", *looks[start : start + more]))
    return frame


def in_a_method_of_its_own(frame: DataFrame) -> DataFrame:
    """The frame; Spark generates a method for what is below this, and one for what is above. It counts nothing that is asked for."""
    return frame.observe(f"method-{uuid4()}", F.count(F.lit(1)).alias("rows"))


def needs_exactness(spark: SparkSession, column: contract.Column) -> bool:
    return plain(column.type) in FRACTIONS and spark_internals.usable(spark)


def _exactness(spark: SparkSession, text: str, kind: str) -> Column:
    back = spark_expressions.gives_its_text_back(spark, trimmed(text), kind)
    return F.when(F.expr(is_exact(text, kind)), F.lit(True)).when(F.expr(is_finite(text, kind)), back)
