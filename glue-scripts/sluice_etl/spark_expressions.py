"""
What is asked of single expressions behind the door of spark_internals.py, which says whether it may be asked: what can go wrong in one,
and what Spark SQL has no words for.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from py4j.java_gateway import JavaObject
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

_CATALYST, _TYPES = "org.apache.spark.sql.catalyst.expressions", "org.apache.spark.sql.types"
_SEQ, _OPTION, _CLASS, _DATA_TYPE = "scala.collection.Seq", "scala.Option", "java.lang.Class", f"{_TYPES}.DataType"
_EXPRESSION, _BLOOM_FILTER = f"{_CATALYST}.Expression", "org.apache.spark.util.sketch.BloomFilter"
SHAPE = [
    (f"{_CATALYST}.Cast", "canUpCast", _DATA_TYPE, _DATA_TYPE),
    (_EXPRESSION, "foldable"),
    (f"{_CATALYST}.Literal", "<init>", "java.lang.Object", _DATA_TYPE),
    (f"{_CATALYST}.objects.NewInstance", "<init>", _CLASS, _SEQ, _SEQ, "boolean", _DATA_TYPE, _OPTION),
    (
        f"{_CATALYST}.objects.Invoke", "<init>", _EXPRESSION, "java.lang.String", _DATA_TYPE, _SEQ, _SEQ, "boolean",
        "boolean", "boolean",
    ),
    (f"{_TYPES}.ObjectType", "<init>", _CLASS),
    (_BLOOM_FILTER, "create", "long", "long"),
    ("org.apache.spark.sql.DataFrameStatFunctions", "bloomFilter", "java.lang.String", "long", "long"),
    (_BLOOM_FILTER, "putLong", "long"),
    (_BLOOM_FILTER, "mightContainLong", "long"),
]  # fmt: skip
"""As of spark_internals.SHAPE."""
BITS_A_VALUE = 10
"""Of a Bloom filter: one in a hundred values that it does not have seems to be in it."""
HALF_EVEN = 6
"""Of java.math.BigDecimal.setScale, and what C's printf does."""

# What raises no error, whatever its inputs.
_SAFE = set(
    "Alias And AttributeReference CaseWhen Coalesce Concat ConcatWs Contains DayOfMonth EndsWith EqualNullSafe EqualTo GreaterThan"
    " GreaterThanOrEqual If In InSet IsNaN IsNotNull IsNull Length LessThan LessThanOrEqual Like Literal Lower Month Not Or RLike StartsWith"
    " StringReplace StringTrim StringTrimLeft StringTrimRight Substring TruncDate Upper Year".split()
)


def can_raise(values: DataFrame, place: int) -> bool:
    """Whether one of the expressions that are the frame's columns may raise an error for some row, as far as its parts are known to raise none."""
    return not _is_safe(values.sparkSession, values._jdf.queryExecution().analyzed().projectList().apply(place))


def _is_safe(spark: SparkSession, expression) -> bool:
    name, children = expression.getClass().getSimpleName(), expression.children()
    children = [children.apply(index) for index in range(children.size())]
    if name == "Cast":
        return _is_safe_cast(spark, children[0], expression.dataType())
    if name == "ParseToDate" and len(children) == 1:
        return children[0].dataType().typeName() in ("date", "timestamp", "timestamp_ntz") and _is_safe(spark, children[0])
    return name in _SAFE and all(_is_safe(spark, child) for child in children)


def _is_safe_cast(spark: SparkSession, child, to) -> bool:
    source, target = child.dataType().typeName(), to.typeName()
    always = target == "string" or (source, target) == ("timestamp", "date")
    # Spark works a cast of a literal out by itself, before any row.
    wider = child.foldable() or spark._jvm.org.apache.spark.sql.catalyst.expressions.Cast.canUpCast(child.dataType(), to)
    return (always or wider) and _is_safe(spark, child)


def gives_its_text_back(spark: SparkSession, text: str, kind: str) -> Column:
    """
    `text`: SQL of a number's text; `kind`: float or double. True where the nearest such number, written out to as many significant digits as
    the text has, is the text's number. Raises an error in the row for a text that Java's BigDecimal does not take.
    """
    jvm = spark._jvm
    integer, big_decimal = jvm.org.apache.spark.sql.types.DataTypes.IntegerType, _object_type(spark, "java.math.BigDecimal")

    def decimal(argument):
        to_seq, made = jvm.org.apache.spark.api.python.PythonUtils.toSeq, jvm.java.lang.Class.forName("java.math.BigDecimal")
        return jvm.org.apache.spark.sql.catalyst.expressions.objects.NewInstance(made, to_seq([argument]), to_seq([]), True, big_decimal, jvm.scala.Option.empty())

    written = decimal(_call(spark, F.expr(text)._jc.expr(), "toString", _object_type(spark, "java.lang.String")))
    nearest = decimal(F.expr(f"CAST(CAST({text} AS {kind}) AS double)")._jc.expr())
    last_place = _call(spark, _call(spark, written, "stripTrailingZeros", big_decimal), "scale", integer)
    rounded = _call(spark, nearest, "setScale", big_decimal, last_place, F.lit(HALF_EVEN)._jc.expr())
    return _value(spark, _call(spark, rounded, "compareTo", integer, written)) == 0


def are_utf8(spark: SparkSession, texts: Sequence[str]) -> Column:
    """
    `texts`: SQL of strings. True where all are UTF-8 or NULL, false where one is not, or has the letter U+FFFD. That letter is what Java puts
    in place of bytes that are none, and to look for it in a text of plain letters takes no time.
    """
    string, integer, letter = _object_type(spark, "java.lang.String"), spark._jvm.org.apache.spark.sql.types.DataTypes.IntegerType, F.lit(0xFFFD)._jc.expr()
    places = (_call(spark, _call(spark, F.expr(text)._jc.expr(), "toString", string), "indexOf", integer, letter) for text in texts)
    return reduce(Column.__and__, (F.coalesce(_value(spark, place) < 0, F.lit(True)) for place in places))


def came_before(spark: SparkSession, value: Column, rows: int) -> Column:
    """
    Of a bigint: true where an earlier row of the same task has it, and true of a few other rows. These are one in sixty at the end of a
    task of so many rows, and more in a larger one. Which row of a value is the earlier one is another thing each time the rows are read.
    """
    # Spark gives each task an object of its own, as it does with all that a task is sent. One that expects more values looks at three bits of each
    # in place of seven, and most of these are not in the processor's cache.
    seen = spark._jvm.org.apache.spark.util.sketch.BloomFilter.create(2 * rows, rows * BITS_A_VALUE)
    return ~_asked_of(spark, seen, "putLong", value)


def bloom_filter(values: DataFrame, name: str, bits: int) -> JavaObject:
    """Of a column of bigints, for `may_be_in`. One in a hundred others is in it, once it has `bits` / BITS_A_VALUE values."""
    return values._jdf.stat().bloomFilter(name, bits // BITS_A_VALUE, bits)


def may_be_in(spark: SparkSession, bloom: JavaObject, value: Column) -> Column:
    """Of a bigint: true if it is one of those that `bloom_filter` was made of, and of some others."""
    return _asked_of(spark, bloom, "mightContainLong", value)


def _asked_of(spark: SparkSession, bloom: JavaObject, method: str, value: Column) -> Column:
    jvm = spark._jvm
    expressions, types, to_seq = jvm.org.apache.spark.sql.catalyst.expressions, jvm.org.apache.spark.sql.types, jvm.org.apache.spark.api.python.PythonUtils.toSeq
    literal = expressions.Literal(bloom, _object_type(spark, _BLOOM_FILTER))
    # What changes the filter Spark must neither ask twice nor elsewhere.
    asked = expressions.objects.Invoke(literal, method, types.DataTypes.BooleanType, to_seq([value._jc.expr()]), to_seq([]), True, False, method != "putLong")
    return _value(spark, asked)


def _object_type(spark: SparkSession, name: str) -> JavaObject:
    return spark._jvm.org.apache.spark.sql.types.ObjectType(spark._jvm.java.lang.Class.forName(name))


def _call(spark: SparkSession, target: JavaObject, method: str, gives: JavaObject, *arguments: JavaObject) -> JavaObject:
    """An expression: what the method of the object `target` gives, NULL where one of them is NULL."""
    jvm = spark._jvm
    to_seq = jvm.org.apache.spark.api.python.PythonUtils.toSeq
    return jvm.org.apache.spark.sql.catalyst.expressions.objects.Invoke(target, method, gives, to_seq(list(arguments)), to_seq([]), True, True, True)


def _value(spark: SparkSession, expression: JavaObject) -> Column:
    return Column(spark._jvm.org.apache.spark.sql.Column(expression))
