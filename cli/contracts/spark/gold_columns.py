"""Which columns of its sources each column of a gold table is made of, as Spark's optimised plan has them."""

from collections import defaultdict

from gold_reach import Table, tree
from pyspark.sql import DataFrame
from unrepeatable import SUBQUERIES, each, name_of, within


def columns_made_of(query: DataFrame, tables: dict[str, Table]) -> dict[str, list[list[str]]]:
    """Gold column → pairs of source and column whose values it has, or is computed from. What a window is
    partitioned and ordered by counts, conditions that only choose rows do not."""
    plan = query._jdf.queryExecution().optimizedPlan()
    by_mark = {table.mark: table.name for table in tables.values()}
    stored: dict[int, tuple[str, str]] = {}
    made: dict[int, set[int]] = defaultdict(set)
    for node in _all_nodes(plan):
        _note(node, by_mark, stored, made)
    return {
        output.name(): sorted([list(stored[found]) for found in _behind(output.exprId().id(), made) if found in stored])
        for output in each(plan.output())
    }


def _note(node, by_mark: dict[int, str], stored: dict[int, tuple[str, str]], made: dict[int, set[int]]) -> None:
    kind = name_of(node)
    if kind == "LogicalRDD" and node.rdd().id() in by_mark:
        for attribute in each(node.output()):
            stored[attribute.exprId().id()] = (by_mark[node.rdd().id()], attribute.name())
    if kind == "Union":
        for child in each(node.children()):
            for own, inner in zip(each(node.output()), each(child.output())):
                made[own.exprId().id()].add(inner.exprId().id())
    if kind == "Expand":
        for projection in each(node.projections()):
            for own, expression in zip(each(node.output()), each(projection)):
                made[own.exprId().id()] |= _used_by(expression)
    if kind == "Generate":
        for own in each(node.generatorOutput()):
            made[own.exprId().id()] |= _used_by(node.generator())
    for expression in each(node.expressions()):
        for part in within(expression):
            if name_of(part) == "Alias":
                made[part.exprId().id()] |= _used_by(part.child())


def _used_by(expression) -> set[int]:
    found = set()
    for part in within(expression):
        if name_of(part) == "AttributeReference":
            found.add(part.exprId().id())
        if name_of(part) in SUBQUERIES:
            found |= {output.exprId().id() for output in each(part.plan().output())}
    return found


def _behind(start: int, made: dict[int, set[int]]) -> set[int]:
    found, left = set(), [start]
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += made.get(one, ())
    return found


def _all_nodes(plan):
    for node in tree(plan):
        yield node
        for expression in each(node.expressions()):
            for part in within(expression):
                if name_of(part) in SUBQUERIES:
                    yield from _all_nodes(part.plan())
