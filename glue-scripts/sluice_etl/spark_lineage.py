"""Behind the door of spark_internals.py: which columns of its sources each column of a query is made of, as Spark's optimised plan has them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from pyspark.sql import DataFrame, SparkSession

from .formats.sources import no_rows

SUBQUERIES = {"ScalarSubquery", "Exists", "ListQuery", "LateralSubquery"}


def columns_made_of(spark: SparkSession, sql: str, tables: dict[str, dict[str, str]]) -> dict[str, list[list[str]]]:
    """
    Column → pairs of source and column whose values it has, or is computed from. What a window is partitioned and ordered by counts, conditions that only
    choose rows do not. `tables`: the Spark type of each column of each source. Replaces the temporary views of these names.
    """
    by_mark = {}
    for name, types in tables.items():
        schema = spark._jvm.org.apache.spark.sql.types.DataType.fromJson(no_rows(spark, types).schema.json())
        # No optimisation takes it out of a plan, and its number says where it is read.
        made = spark._jsparkSession.createDataFrame(spark.sparkContext._jsc.emptyRDD(), schema)
        leaf = next(node for node in _tree(made.queryExecution().analyzed()) if _name(node) == "LogicalRDD")
        by_mark[leaf.rdd().id()] = name
        DataFrame(made, spark).createOrReplaceTempView(name)
    return columns_of_query(spark.sql(sql), by_mark)


def columns_of_query(query: DataFrame, by_mark: dict[int, str]) -> dict[str, list[list[str]]]:
    """The same of a query. `by_mark`: the id of the RDD that stands for a source's rows → the source."""
    plan = query._jdf.queryExecution().optimizedPlan()
    stored: dict[int, tuple[str, str]] = {}
    made_of: dict[int, set[int]] = defaultdict(set)
    for node in _all_nodes(plan):
        _note(node, by_mark, stored, made_of)
    return {
        output.name(): sorted(list(stored[found]) for found in _behind(output.exprId().id(), made_of) if found in stored)
        for output in _each(plan.output())
    }


def _note(node, by_mark: dict[int, str], stored: dict[int, tuple[str, str]], made: dict[int, set[int]]) -> None:
    kind = _name(node)
    if kind == "LogicalRDD" and node.rdd().id() in by_mark:
        for attribute in _each(node.output()):
            stored[attribute.exprId().id()] = (by_mark[node.rdd().id()], attribute.name())
    if kind == "Union":
        for child in _each(node.children()):
            for own, inner in zip(_each(node.output()), _each(child.output())):
                made[own.exprId().id()].add(inner.exprId().id())
    if kind == "Expand":
        for projection in _each(node.projections()):
            for own, expression in zip(_each(node.output()), _each(projection)):
                made[own.exprId().id()] |= _used_by(expression)
    if kind == "Generate":
        for own in _each(node.generatorOutput()):
            made[own.exprId().id()] |= _used_by(node.generator())
    for expression in _each(node.expressions()):
        for part in _within(expression):
            if _name(part) == "Alias":
                made[part.exprId().id()] |= _used_by(part.child())


def _used_by(expression) -> set[int]:
    found = set()
    for part in _within(expression):
        if _name(part) == "AttributeReference":
            found.add(part.exprId().id())
        if _name(part) in SUBQUERIES:
            found |= {output.exprId().id() for output in _each(part.plan().output())}
    return found


def _behind(start: int, made: dict[int, set[int]]) -> set[int]:
    found, left = set(), [start]
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += made.get(one, ())
    return found


def _all_nodes(plan) -> Iterator:
    for node in _tree(plan):
        yield node
        for expression in _each(node.expressions()):
            for part in _within(expression):
                if _name(part) in SUBQUERIES:
                    yield from _all_nodes(part.plan())


def _tree(plan) -> Iterator:
    yield plan
    for child in _each(plan.children()):
        yield from _tree(child)


def _within(expression) -> Iterator:
    yield expression
    for child in _each(expression.children()):
        yield from _within(child)


def _each(sequence) -> Iterator:
    for index in range(sequence.size()):
        yield sequence.apply(index)


def _name(node) -> str:
    return node.getClass().getSimpleName()
