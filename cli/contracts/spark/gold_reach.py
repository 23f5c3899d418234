"""Whether a change of a source reaches only the gold partitions that the contract names: Spark's optimiser is asked where a filter on one of them ends up."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from expressions import Expressions
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from spark_messages import in_words
from unrepeatable import each, expression_problem, name_of

# A value of each type, to filter by; of other types nothing is asked.
PROBES = {
    "date": "DATE '2001-02-03'",
    "string": "'sluice probe'",
    "boolean": "true",
    "timestamp": "TIMESTAMP '2001-02-03 04:05:06'",
    "tinyint": "CAST(101 AS TINYINT)",
    "smallint": "CAST(20301 AS SMALLINT)",
    "int": "20010203",
    "bigint": "20010203L",
}
# How an optimised plan spells them.
PROBED = re.compile(r"2001-02-03|sluice probe|20010203|\b20301S|\b101Y")
# Below one of these a filter speaks of rows that are put together only above it.
TOGETHER = {"Aggregate": "GROUP BY", "Window": "window", "Generate": "generator", "Expand": "GROUPING SETS", "Distinct": "DISTINCT"}


@dataclass(frozen=True)
class Table:
    name: str
    frame: DataFrame
    """Without rows, as far as Spark's optimiser knows with any."""
    partition_by: list[str]
    mark: int
    """Id of the RDD that stands for its rows, by which a plan shows where it is read."""


def open_table(spark: SparkSession, name: str, expressions: Expressions) -> Table:
    schema = spark._jvm.org.apache.spark.sql.types.DataType.fromJson(expressions.curated.schema.json())
    rdd = spark.sparkContext._jsc.emptyRDD()
    made = spark._jsparkSession.createDataFrame(rdd, schema)
    frame = DataFrame(made, spark)
    leaf = next(node for node in tree(made.queryExecution().analyzed()) if name_of(node) == "LogicalRDD")
    return Table(name, frame, expressions.contract["partitionBy"], leaf.rdd().id())


def check_reach(spark: SparkSession, contract: dict, expressions: Expressions, query: DataFrame, table: Table, say: Callable) -> None:
    rebuilds = contract["gold"]["sources"][table.name]
    if not isinstance(rebuilds, dict):
        return
    gold_types = expressions.curated.schema
    if "key" in rebuilds:
        for column in rebuilds["key"]:
            if problem := _key_problem(spark, query, table, column, gold_types):
                say(["gold", "sources", table.name, "rebuilds", "key"], problem)
        return
    for column, sql in rebuilds.items():
        path = ["gold", "sources", table.name, "rebuilds", column]
        problem = _expression_problem(table, sql, gold_types[column].dataType.simpleString(), column)
        probe = PROBES.get(gold_types[column].dataType.simpleString())
        if problem is None and probe is not None:
            problem = _plan_problem(spark, query, table, column, sql, probe)
        if problem is not None:
            say(path, problem)


def _key_problem(spark: SparkSession, query: DataFrame, table: Table, column: str, gold_types) -> str | None:
    if column not in gold_types.names:
        return None  # That is said already.
    if column not in table.frame.columns:
        return f'"{column}" is not a column of {table.name}, which has {", ".join(table.frame.columns)}'
    kind, wanted = (schema[column].dataType.simpleString() for schema in (table.frame.schema, gold_types))
    if kind != wanted:
        return f'"{column}" is {kind} in {table.name} and {wanted} here; a key has one type'
    if kind not in PROBES:
        return f'"{column}" is {kind}, which is no key; it must be one of {", ".join(PROBES)}'
    return _plan_problem(spark, query, table, column, f"`{column}`", PROBES[kind])


def _expression_problem(table: Table, sql: str, wanted: str, column: str) -> str | None:
    if not table.partition_by:
        return f"needs partitions of {table.name}, and its curated.partition_by is empty; partition it, or write rebuilds: all"
    known = f"curated.partition_by of {table.name} has {', '.join(table.partition_by)}"
    try:
        selected = table.frame.select(*table.partition_by).selectExpr(sql)
    except PySparkException as error:
        return f"{in_words(error)}; {known}"
    plan = selected._jdf.queryExecution().analyzed()
    if name_of(plan) != "Project":
        return "looks at more than one row; it may use the partition columns of one partition only"
    refused = expression_problem(plan.projectList().apply(0), sql)
    if refused:
        return refused
    kind = selected.schema[0].dataType.simpleString()
    return None if kind == wanted else f"gives {kind}, and column {column} is {wanted}"


def _plan_problem(spark: SparkSession, query: DataFrame, table: Table, column: str, sql: str, probe: str) -> str | None:
    wanted = set(_conjuncts(_optimised(table.frame.where(f"({sql}) = {probe}")).condition()))
    always = {each_ for way in ways_to(_optimised(query), table.mark) for each_ in _conditions(way)}
    filtered = _optimised(query.where(f"`{column}` = {probe}"))
    for way in ways_to(filtered, table.mark):
        # From the table upwards, to where its rows first meet others.
        together = next((index for index in reversed(range(len(way))) if name_of(way[index]) in TOGETHER), -1)
        apart = set(_conditions(way[together + 1 :]))
        if not wanted <= apart:
            return _contradiction(way, table, column, sql)
        # A value that the query puts in place of another comes as a further condition: nullif(id, 0) = 5 is id = 5 AND NOT id <=> 0.
        if not apart - wanted <= always:
            return _other_condition(table, column, sql)
    return None


def _conditions(way: list) -> Iterator[str]:
    for node in way:
        if name_of(node) == "Filter":
            yield from _conjuncts(node.condition())


def _remedy(column: str, sql: str) -> str:
    return f"make rows of one {column} depend on rows with the same {sql} alone, or write rebuilds: all"


def _other_condition(table: Table, column: str, sql: str) -> str:
    sql = _plain(sql)
    return f"is contradicted by gold.sql, which takes rows of {table.name} for one {column} by another condition than {sql}; {_remedy(column, sql)}"


def _contradiction(way: list, table: Table, column: str, sql: str) -> str:
    sql = _plain(sql)
    remedy = _remedy(column, sql)
    node = _culprit(way)
    if node is None:
        return _other_condition(table, column, sql)
    if name_of(node) == "Window":
        clause = _plain(node.windowExpressions().apply(0).sql())
        return f"is contradicted by the window {clause}, which spans rows of {table.name} beyond one {column}; {remedy}. A window keeps to one {column} if it has PARTITION BY {column}, computed in a subquery"
    if name_of(node) == "Aggregate":
        grouping = ", ".join(_plain(each_.sql()) for each_ in each(node.groupingExpressions())) or "nothing"
        return f"is contradicted by the aggregate that groups {table.name} by {grouping}, and so spans rows beyond one {column}; {remedy}"
    return f"is contradicted by a {TOGETHER[name_of(node)]} over {table.name}, which spans rows beyond one {column}; {remedy}"


def _culprit(way: list):
    """What the filter could not pass on its way down; where it came down another way, what is nearest to the table."""
    stopped = [index for index, node in enumerate(way) if name_of(node) == "Filter" and PROBED.search(node.condition().sql())]
    together = [(index, node) for index, node in enumerate(way) if name_of(node) in TOGETHER]
    if stopped:
        return next((node for index, node in together if index > stopped[-1]), None)
    return together[-1][1] if together else None


def _optimised(frame: DataFrame):
    return frame._jdf.queryExecution().optimizedPlan()


def _conjuncts(condition) -> Iterator[str]:
    if name_of(condition) == "And":
        yield from _conjuncts(condition.left())
        yield from _conjuncts(condition.right())
    elif name_of(condition) != "IsNotNull":
        yield _plain(condition.sql())


def _plain(sql: str) -> str:
    """Without the names of tables before those of columns."""
    return re.sub(r"\b[A-Za-z_]\w*\.(?=[A-Za-z_])", "", sql.replace("`", ""))


def ways_to(plan, mark: int, above: tuple = ()) -> Iterator[list]:
    """The nodes from the top of the plan to each place where the table is read; those of subqueries too."""
    way = (*above, plan)
    if name_of(plan) == "LogicalRDD" and plan.rdd().id() == mark:
        yield list(way)
    for child in each(plan.children()):
        yield from ways_to(child, mark, way)
    for expression in each(plan.expressions()):
        for inner in _subqueries(expression):
            # It is computed once for every row, whatever the filter.
            yield from ways_to(inner, mark, way)


def _subqueries(expression) -> Iterator:
    if name_of(expression) in ("ScalarSubquery", "Exists", "ListQuery", "LateralSubquery"):
        yield expression.plan()
    for child in each(expression.children()):
        yield from _subqueries(child)


def tree(plan) -> Iterator:
    yield plan
    for child in each(plan.children()):
        yield from tree(child)
