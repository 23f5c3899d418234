"""Columns and datasets that a DQDL rule names."""

import re
from collections.abc import Iterator

from expressions import Expressions
from pyspark.errors import PySparkException
from spark_messages import did_you_mean, in_words, unknown_column
from unrepeatable import plan_problem

AGGREGATE = re.compile(r"^\s*\w+\s*\(\s*(?:(\w+)\.)?(\w+)\s*\)\s*$")


def rule_name_problems(spark, rule, expressions: Expressions, by_dataset: dict[str, Expressions]) -> Iterator[str]:
    parameters = dict(rule.getParameters() or {})
    references = expressions.contract["references"]
    tables = {alias: by_dataset[name].curated for alias, name in references.items() if name in by_dataset}
    for key, value in parameters.items():
        if key.startswith("TargetColumn"):
            yield from missing(value, expressions)
        elif key == "PrimaryDatasetColumns":
            for column in value.split(","):
                yield from missing(column.strip(), expressions)
        elif key == "ReferenceDatasetColumns":
            yield from reference_columns(value, references, by_dataset)
        elif key == "ReferenceDatasetAlias":
            yield from unknown_alias(value, references)
        elif key.startswith("AggregateExpression"):
            yield from aggregate(value, references, expressions, by_dataset)
        elif key == "CustomSqlStatement":
            yield from custom_sql(spark, value, expressions, tables, references)
    where = rule.getWhereClause()
    if where:
        try:
            plan = expressions.curated.filter(where)._jdf.queryExecution().analyzed()
            refused = plan_problem(plan)
            if refused:
                yield f"where clause: {refused}"
        except PySparkException as error:
            yield f"where clause: {in_words(error)}"


def missing(column: str, table: Expressions) -> Iterator[str]:
    names = {name.lower() for name in table.curated.columns}
    if column.lower() not in names:
        yield unknown_column(f'"{column}"', nearest(column, table.curated.columns))


def nearest(column: str, columns: list[str]) -> str | None:
    from difflib import get_close_matches

    return ",".join(get_close_matches(column, columns, n=1)) or None


def unknown_alias(alias: str, references: dict[str, str]) -> Iterator[str]:
    if alias not in references:
        yield f'names dataset "{alias}", which is not an alias under references{did_you_mean(alias, references)}'


def reference_columns(value: str, references, by_dataset) -> Iterator[str]:
    alias, _, columns = value.partition(".")
    yield from unknown_alias(alias, references)
    table = by_dataset.get(references.get(alias, ""))
    for column in columns.strip("{}").split(",") if table else []:
        for problem in missing(column.strip().removeprefix(f"{alias}."), table):
            yield f'{problem.split(";")[0]} in dataset "{references[alias]}"'


def aggregate(value: str, references, expressions: Expressions, by_dataset) -> Iterator[str]:
    parsed = AGGREGATE.match(value)
    if not parsed:
        return
    alias, column = parsed.groups()
    if alias is None or alias == "primary":
        yield from missing(column, expressions)
        return
    yield from unknown_alias(alias, references)
    table = by_dataset.get(references.get(alias, ""))
    if table:
        yield from missing(column, table)


def custom_sql(spark, statement: str, expressions: Expressions, tables: dict, references: dict) -> Iterator[str]:
    views = {"primary": expressions.curated, **tables}
    for name, frame in views.items():
        frame.createOrReplaceTempView(name)
    try:
        session = spark._jsparkSession.sessionState()
        skip = spark._jvm.org.apache.spark.sql.execution.CommandExecutionMode.SKIP()
        execution = session.executePlan(session.sqlParser().parsePlan(statement), skip)
        execution.assertAnalyzed()
        refused = plan_problem(execution.analyzed())
        if refused:
            yield f"SQL {refused}"
    except PySparkException as error:
        lost = re.search(r"TABLE_OR_VIEW_NOT_FOUND\] The table or view (\S+) cannot be found", str(error))
        if not lost:
            yield f"SQL {in_words(error)}"
        elif lost.group(1).strip("`") not in references:
            yield f"names dataset {lost.group(1).replace('`', '')}, which is neither primary nor an alias under references"
    finally:
        for name in views:
            spark.catalog.dropTempView(name)
