"""What an expression must not be made of: the same rows would not give the same table tomorrow, or one value would stop the batch."""

import re
from collections.abc import Iterator

from py4j.java_gateway import is_instance_of
from pyspark import SparkContext

CHANGES = "gives another value each time it runs; a batch that is run again must give the same table"
TIME = "depends on when it runs; a batch that is run again must give the same table. Take a time from the data, or a partition key"
WHO = "depends on who runs it and where; a batch must give the same table everywhere"
JAVA = "calls a Java method, which may do anything on the job's machine; use a function of Spark SQL"
STOPS = "stops the whole batch at one row; make it a quarantine rule, which sets that row aside"

# Spark's classes of expressions, as its analyser leaves them.
REFUSED = {
    "CallMethodViaReflection": JAVA,
    "CurrentDate": TIME,
    "CurrentTimestamp": TIME,
    "Now": TIME,
    "LocalTimestamp": TIME,
    "CurrentBatchTimestamp": TIME,
    "CurrentTimeZone": WHO,
    "CurrentUser": WHO,
    "CurrentDatabase": WHO,
    "CurrentCatalog": WHO,
    "SparkVersion": WHO,
    "RaiseError": STOPS,
}
SUBQUERIES = {"ScalarSubquery", "Exists", "ListQuery", "LateralSubquery"}
# These become a literal while the SQL is parsed: DATE 'today'.
SPECIAL_TIME = re.compile(r"\b(date|timestamp(?:_ntz|_ltz)?)\s*(['\"])\s*(now|today|tomorrow|yesterday)\b", re.IGNORECASE)


def expression_problem(expression, sql: str) -> str | None:
    """Why the analysed expression is not allowed in `derive` or a rule; None when it is."""
    for part in parts_of(expression):
        if name_of(part) in REFUSED:
            return REFUSED[name_of(part)]
    if SPECIAL_TIME.search(sql):
        return TIME
    return None if expression.deterministic() else CHANGES


def plan_problem(plan) -> str | None:
    """Why a statement of DQDL may not run: it may look at the clock, as a rule on freshness does, but only read."""
    if is_instance_of(SparkContext._gateway, plan, "org.apache.spark.sql.catalyst.plans.logical.Command"):
        return "is not a query; a rule may only read"
    return JAVA if any(name_of(part) == "CallMethodViaReflection" for part in parts_of_plan(plan)) else None


def within(expression) -> Iterator:
    """The expression and all inside it, but not the plans of its subqueries."""
    yield expression
    for child in each(expression.children()):
        yield from within(child)


def parts_of(expression) -> Iterator:
    """As within(), and the plans of subqueries too."""
    for part in within(expression):
        yield part
        if name_of(part) in SUBQUERIES:
            yield from parts_of_plan(part.plan())


def parts_of_plan(plan) -> Iterator:
    for expression in each(plan.expressions()):
        yield from parts_of(expression)
    for child in each(plan.children()):
        yield from parts_of_plan(child)


def each(sequence) -> Iterator:
    for index in range(sequence.size()):
        yield sequence.apply(index)


def name_of(node) -> str:
    return node.getClass().getSimpleName()
