"""
The one door to what Spark does not promise. No file but this, spark_expressions.py and spark_lineage.py touches the JVM's side of Spark. Ask `usable` before anything else.

Amazon's Spark is a fork: a class may have another constructor there, a method another name. So the version, and the shape of each class
and method that is used here, are checked once a session. Where that fails, and where Spark is started with `spark.sluice.internals=off`,
the callers take a way through the public API: slower, with the same results.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from py4j.java_gateway import JavaObject
from py4j.protocol import Py4JError
from pyspark import SparkContext
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from . import spark_expressions
from .errors import ConfigurationError

SETTINGS = ("spark.sluice.internals", "sluice.internals")
"""spark-submit and Glue pass on only names that begin with `spark.`; a session that is built in Python takes the second as well."""
VERSION = "3.5."

_SQL, _EXECUTION = "org.apache.spark.sql", "org.apache.spark.sql.execution"
_SEQ, _OPTION, _PLAN = "scala.collection.Seq", "scala.Option", f"{_SQL}.catalyst.plans.logical.LogicalPlan"
SHAPE = [
    (f"{_SQL}.Dataset", "queryExecution"),
    (f"{_SQL}.Dataset", "stat"),
    (f"{_SQL}.Dataset", "ofRows", f"{_SQL}.SparkSession", _PLAN),
    (f"{_SQL}.SparkSession", "sessionState"),
    (f"{_SQL}.internal.SessionState", "conf"),
    (f"{_SQL}.internal.SQLConf", "getAllConfs"),
    ("org.apache.spark.SparkContext", "getLocalProperties"),
    ("scala.collection.JavaConverters", "mapAsJavaMap", "scala.collection.Map"),
    (f"{_EXECUTION}.QueryExecution", "analyzed"),
    (f"{_EXECUTION}.QueryExecution", "executedPlan"),
    (f"{_EXECUTION}.QueryExecution", "observedMetrics"),
    (f"{_EXECUTION}.QueryExecution", "toRdd"),
    (f"{_EXECUTION}.SparkPlan", "children"),
    (f"{_EXECUTION}.SparkPlan", "collectLeaves"),
    (f"{_EXECUTION}.SparkPlan", "nodeName"),
    (f"{_EXECUTION}.SparkPlan", "output"),
    (f"{_EXECUTION}.adaptive.AdaptiveSparkPlanExec", "executedPlan"),
    (f"{_EXECUTION}.adaptive.ShuffleQueryStageExec", "mapStats"),
    (f"{_EXECUTION}.adaptive.ShuffleQueryStageExec", "shuffle"),
    (f"{_EXECUTION}.exchange.ShuffleExchangeLike", "getShuffleRDD", f"[L{_EXECUTION}.ShufflePartitionSpec;"),
    (f"{_EXECUTION}.exchange.ShuffleExchangeLike", "runtimeStatistics"),
    (f"{_SQL}.catalyst.plans.logical.Statistics", "rowCount"),
    (f"{_SQL}.catalyst.plans.logical.Project", "projectList"),
    (f"{_SQL}.catalyst.plans.logical.Project", "child"),
    (f"{_SQL}.catalyst.trees.TreeNode", "nodeName"),
    (f"{_SQL}.catalyst.trees.TreeNode", "fastEquals", f"{_SQL}.catalyst.trees.TreeNode"),
    (f"{_EXECUTION}.CoalescedPartitionSpec", "<init>", "int", "int", _OPTION),
    (
        f"{_EXECUTION}.LogicalRDD", "<init>", _SEQ, "org.apache.spark.rdd.RDD", f"{_SQL}.catalyst.plans.physical.Partitioning", _SEQ,
        "boolean", f"{_SQL}.SparkSession", _OPTION, _OPTION,
    ),
    (f"{_SQL}.catalyst.plans.physical.HashPartitioning", "<init>", _SEQ, "int"),
    (f"{_SQL}.catalyst.plans.physical.UnknownPartitioning", "<init>", "int"),
    (f"{_SQL}.catalyst.expressions.AttributeSet", "toSeq"),
    (f"{_SQL}.catalyst.expressions.Expression", "references"),
    ("org.apache.spark.MapOutputStatistics", "bytesByPartitionId"),
    ("org.apache.spark.api.python.PythonUtils", "toSeq", "java.util.List"),
    *spark_expressions.SHAPE,
]  # fmt: skip
"""Class, method, and its parameters' types."""

# PySpark's own, for those of its calls that a batch makes most.
_PYSPARKS = ("functions", "PythonUtils", "SparkSession$", "java.lang.Class", "java.util.ArrayList", "org.apache.spark.util.Utils", "py4j.reflection.TypeUtil")
_MADE = (f"{_EXECUTION}.ShufflePartitionSpec", "org.apache.hadoop.fs.Path", "org.apache.hadoop.util.StringUtils", f"{_SQL}.Encoders", "scala.Option")
REMEMBERED = (*_PYSPARKS, *_MADE, *sorted({owner for owner, *_ in SHAPE}))
"""Names of classes, with their packages where PySpark does not import them."""

_KEPT = "the rows that the job kept"
_found_wrong: WeakKeyDictionary[SparkContext, str | None] = WeakKeyDictionary()


def usable(spark: SparkSession) -> bool:
    if any(spark.conf.get(name, "on").lower() == "off" for name in SETTINGS):
        return False
    application = spark.sparkContext
    if application not in _found_wrong:
        wrong = _found_wrong[application] = mismatch(spark)
        if wrong:
            print(f"This Spark differs from the one that Sluice knows: {wrong}. The job uses its public API alone: slower, with the same results.")
    return _found_wrong[application] is None


def remember_classes(spark: SparkSession) -> None:
    """
    Each use of a class by its name has the JVM look for every part of that name in every jar, and so do PySpark's own calls. Found once and
    kept, that is a sixth of a small batch less.
    """
    for name in REMEMBERED:
        owner = spark.sparkContext._jvm
        for part in name.split("."):
            found = getattr(owner, part)
            setattr(owner, part, found)
            owner = found


def mismatch(spark: SparkSession) -> str | None:
    """What differs from VERSION and SHAPE first, None if nothing does."""
    if not spark.version.startswith(VERSION):
        return f"its version is {spark.version}, not {VERSION}x"
    return next((f"it has no {' '.join(entry)}" for entry in SHAPE if not _exists(spark, *entry)), None)


def _exists(spark: SparkSession, owner: str, method: str, *types: str) -> bool:
    java = spark._jvm.java.lang
    primitive = {"int": java.Integer.TYPE, "long": java.Long.TYPE, "boolean": java.Boolean.TYPE}
    try:
        found = java.Class.forName(owner)
        parameters = spark.sparkContext._gateway.new_array(java.Class, len(types))
        for index, name in enumerate(types):
            parameters[index] = primitive.get(name) or java.Class.forName(name)
        found.getConstructor(parameters) if method == "<init>" else found.getMethod(method, parameters)
    except Py4JError:
        return False
    return True


@dataclass(frozen=True)
class MapStage:
    """What the map side of a shuffle has written: it can be read any number of times."""

    frame: DataFrame
    _stage: object
    observed: Mapping[str, object]
    sizes: tuple[int, ...]
    """Bytes of each part."""

    @property
    def rows(self) -> int:
        return self._stage.shuffle().runtimeStatistics().rowCount().get()

    def read(self, ranges: list[tuple[int, int]], together_by: Column | None = None) -> DataFrame:
        """A partition for each range of parts (its first, and the one after its last). Spark is told that rows with one value of `together_by`
        are in one partition."""
        session = self.frame.sparkSession
        jvm, jsession = session._jvm, session._jsparkSession
        sql, none = jvm.org.apache.spark.sql, jvm.scala.Option.empty()
        partitionings = sql.catalyst.plans.physical
        specs = session.sparkContext._gateway.new_array(sql.execution.ShufflePartitionSpec, len(ranges))
        for index, (start, end) in enumerate(ranges):
            specs[index] = sql.execution.CoalescedPartitionSpec(start, end, none)
        output, to_seq = self._stage.output(), jvm.org.apache.spark.api.python.PythonUtils.toSeq
        rdd, no_order = self._stage.shuffle().getShuffleRDD(specs), to_seq([])

        def rows(partitioning: JavaObject) -> DataFrame:
            plan = sql.execution.LogicalRDD(output, rdd, partitioning, no_order, False, jsession, none, none)
            return DataFrame(sql.Dataset.ofRows(jsession, plan), session)

        anywhere = rows(partitionings.UnknownPartitioning(len(ranges)))
        if together_by is None:
            return anywhere
        named = anywhere.select(together_by.alias("__together"))._jdf.queryExecution().analyzed()
        # True of where rows are, not of how they came there; so nothing may be joined to it by a shuffle of its own.
        return rows(partitionings.HashPartitioning(to_seq([named.projectList().apply(0).child()]), len(ranges)))


def run_map_stage(frame: DataFrame, observation: str | None = None) -> MapStage:
    """Runs everything below the frame's last step, a repartition. `observation` names what it observes, if it does."""
    session = frame.sparkSession
    # Outside of an action Spark does not send SQL settings to tasks, so they are set here; all in one call.
    settings = session._jvm.scala.collection.JavaConverters.mapAsJavaMap(session._jsparkSession.sessionState().conf().getAllConfs())
    session.sparkContext._jsc.sc().getLocalProperties().putAll(settings)
    execution = frame._jdf.queryExecution()
    execution.toRdd()
    stage = execution.executedPlan().executedPlan()
    observed = _Observed(execution.observedMetrics().apply(observation)) if observation else {}
    return MapStage(frame, stage, observed, tuple(stage.mapStats().get().bytesByPartitionId()))


class _Observed(Mapping):
    """A row of the JVM by the names of its columns. A value may be large, as a sample of rows is, so each is fetched when it is asked for."""

    def __init__(self, row: JavaObject):
        self._row = row
        self._places = {name: place for place, name in enumerate(row.schema().fieldNames())}

    def __getitem__(self, name: str) -> object:
        return self._row.get(self._places[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def refuse_exchange(frame: DataFrame) -> None:
    """
    Raises ConfigurationError where Spark plans to move rows of a MapStage before they are merged. It believes that a hash of its own put
    them where they are, so rows of one key from elsewhere would come to another task.
    """
    if not usable(frame.sparkSession):
        return
    plan = frame._jdf.queryExecution().executedPlan()
    if plan.nodeName() == "AdaptiveSparkPlan":
        plan = plan.executedPlan()
    exchange = _exchange_above_kept(plan)
    if exchange:
        raise ConfigurationError(
            f"Spark plans a step of its own ({exchange}) between {_KEPT} and their merge, so rows of one key could be missed. "
            f"Nothing was written. Run the job with --conf {SETTINGS[0]}=off, and report this"
        )


def _exchange_above_kept(plan) -> str | None:
    moves = "Exchange" in plan.nodeName() and plan.nodeName() != "BroadcastExchange"
    exchange = plan.nodeName() if moves and _reads_kept(plan) else None
    return exchange or next((found for child in _each(plan.children()) if (found := _exchange_above_kept(child))), None)


def _reads_kept(plan) -> bool:
    return any(leaf.nodeName() == "Scan ExistingRDD" for leaf in _each(plan.collectLeaves()))


def is_one_step(made: DataFrame, frame: DataFrame) -> bool:
    """Whether `made` is a projection of `frame`, and nothing is between the two."""
    plan = made._jdf.queryExecution().analyzed()
    return plan.nodeName() == "Project" and plan.child().fastEquals(frame._jdf.queryExecution().analyzed())


def references(frame: DataFrame, values: DataFrame, place: int) -> set[str]:
    """Names of the frame's columns that one of the expressions over it uses, which are the columns of `values`."""
    # The plan has names as the expression writes them.
    used = values._jdf.queryExecution().analyzed().projectList().apply(place).references()
    written = {column.name().lower() for column in _each(used.toSeq())}
    return {name for name in frame.columns if name.lower() in written}


def strings_frame(spark: SparkSession, lines: list[str], name: str) -> DataFrame:
    """Lines that the driver has, as a column; no Python worker is started for it."""
    listed = spark._jvm.org.apache.hadoop.util.StringUtils.getStringCollection("\n".join(lines), "\n")
    frame = DataFrame(spark._jsparkSession.createDataset(listed, spark._jvm.org.apache.spark.sql.Encoders.STRING()), spark)
    return frame.select(F.col("value").alias(name))


def _each(sequence) -> list:
    """The elements of a Scala Seq."""
    return [sequence.apply(index) for index in range(sequence.size())]
