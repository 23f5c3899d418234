"""
What is asked of single expressions behind the door of spark_internals.py, which says whether it may be asked: what can go wrong in one,
and what Spark SQL has no words for.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

_CATALYST, _TYPES = "org.apache.spark.sql.catalyst.expressions", "org.apache.spark.sql.types"
_SEQ, _OPTION, _CLASS, _DATA_TYPE = "scala.collection.Seq", "scala.Option", "java.lang.Class", f"{_TYPES}.DataType"
SHAPE = [
    (f"{_CATALYST}.Cast", "canUpCast", _DATA_TYPE, _DATA_TYPE),
    (f"{_CATALYST}.Expression", "foldable"),
    (f"{_CATALYST}.objects.NewInstance", "<init>", _CLASS, _SEQ, _SEQ, "boolean", _DATA_TYPE, _OPTION),
    (
        f"{_CATALYST}.objects.Invoke", "<init>", f"{_CATALYST}.Expression", "java.lang.String", _DATA_TYPE, _SEQ, _SEQ, "boolean",
        "boolean", "boolean",
    ),
    (f"{_TYPES}.ObjectType", "<init>", _CLASS),
]  # fmt: skip
"""As of spark_internals.SHAPE."""
HALF_EVEN = 6
"""Of java.math.BigDecimal.setScale, and what C's printf does."""

# What raises no error, whatever its inputs.
_SAFE = set(
    "Alias And AttributeReference CaseWhen Coalesce Concat ConcatWs Contains DayOfMonth EndsWith EqualNullSafe EqualTo GreaterThan"
    " GreaterThanOrEqual If In InSet IsNaN IsNotNull IsNull Length LessThan LessThanOrEqual Like Literal Lower Month Not Or RLike StartsWith"
    " StringReplace StringTrim StringTrimLeft StringTrimRight Substring TruncDate Upper Year".split()
)


def can_raise(frame: DataFrame, sql: str) -> bool:
    """Whether the expression may raise an error for some row, as far as its parts are known to raise none."""
    plan = frame.select(F.expr(sql))._jdf.queryExecution().analyzed()
    return not _is_safe(frame.sparkSession, plan.projectList().apply(0))


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
    objects, types = jvm.org.apache.spark.sql.catalyst.expressions.objects, jvm.org.apache.spark.sql.types
    integer, none = types.DataTypes.IntegerType, jvm.scala.Option.empty()

    def seq(*items):
        return jvm.org.apache.spark.api.python.PythonUtils.toSeq(list(items))

    def object_type(name: str):
        return types.ObjectType(jvm.java.lang.Class.forName(name))

    def new(name: str, argument):
        return objects.NewInstance(jvm.java.lang.Class.forName(name), seq(argument), seq(), True, object_type(name), none)

    def call(target, method: str, gives, *arguments):
        return objects.Invoke(target, method, gives, seq(*arguments), seq(), True, True, True)

    big_decimal = object_type("java.math.BigDecimal")
    written = new("java.math.BigDecimal", call(F.expr(text)._jc.expr(), "toString", object_type("java.lang.String")))
    nearest = new("java.math.BigDecimal", F.expr(f"CAST(CAST({text} AS {kind}) AS double)")._jc.expr())
    last_place = call(call(written, "stripTrailingZeros", big_decimal), "scale", integer)
    rounded = call(nearest, "setScale", big_decimal, last_place, F.lit(HALF_EVEN)._jc.expr())
    return Column(jvm.org.apache.spark.sql.Column(call(rounded, "compareTo", integer, written))) == 0
