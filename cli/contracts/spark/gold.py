"""What Spark makes of a gold dataset's SQL: its tables, columns and types, and whether it gives the same rows whenever it runs."""

import re
import sys
from pathlib import Path

from expressions import Expressions
from gold_reach import Table, check_reach, open_table
from py4j.java_gateway import is_instance_of
from pyspark import SparkContext
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from spark_messages import in_words
from unrepeatable import CHANGES, REFUSED, SPECIAL_TIME, STOPS, SUBQUERIES, TIME, each, name_of, within

sys.path.insert(0, str(Path(__file__).parents[3] / "glue-scripts"))
from sluice_etl.spark_lineage import columns_of_query  # noqa: E402

# Which rows these take is decided anew at each run.
CHOOSING = {"GlobalLimit": "LIMIT", "LocalLimit": "LIMIT", "Offset": "OFFSET", "Tail": "a limit", "Sample": "TABLESAMPLE"}
# What these give of a group goes by the order of its rows, which nothing holds; over a window with an order they are well.
ORDERLESS = {"First", "Last", "AnyValue", "CollectList"}
NUMERIC = re.compile(r"^(tinyint|smallint|int|bigint|float|double|decimal\(.*\))$")
SQL = ["gold", "sql"]


def check_gold(spark: SparkSession, expressions: Expressions, by_dataset: dict[str, Expressions]) -> list[dict]:
    gold = expressions.contract.get("gold")
    # An unknown source is reported where it is named; without its columns nothing more can be said.
    if not gold or not gold["sql"] or not gold["sources"] or any(name not in by_dataset for name in gold["sources"]):
        return []
    check = GoldCheck(spark, expressions)
    tables = {name: open_table(spark, name, by_dataset[name]) for name in gold["sources"]}
    spark.conf.set("spark.sql.ansi.enabled", "true")
    try:
        for table in tables.values():
            table.frame.createOrReplaceTempView(table.name)
        check.run(tables)
    finally:
        for name in (*tables, expressions.contract["dataset"]):
            spark.catalog.dropTempView(name)
        spark.conf.set("spark.sql.ansi.enabled", "false")
    return check.problems


class GoldCheck:
    def __init__(self, spark: SparkSession, expressions: Expressions):
        self.spark, self.expressions, self.contract = spark, expressions, expressions.contract
        self.problems: list[dict] = []

    def say(self, path: list, message: str) -> None:
        self.problems.append({"path": path, "message": message})

    def run(self, tables: dict[str, Table]) -> None:
        frame = self._analysed(self.contract["gold"]["sql"], SQL, tables)
        if frame is None:
            return
        self._check_sources(tables)
        self._check_columns(frame)
        if not self.problems:
            self._check_key(frame)
            for table in tables.values():
                check_reach(self.spark, self.contract, self.expressions, frame, table, self.say)
            self.expressions.made_of = columns_of_query(frame, {table.mark: table.name for table in tables.values()})
        self.expressions.curated.createOrReplaceTempView(self.contract["dataset"])
        for name, check in (self.contract.get("reconcile") or {}).items():
            for side in ("gold", "sources"):
                self._check_number(check.get(side), ["reconcile", name, side], tables)

    def _analysed(self, sql: str, path: list, tables: dict[str, Table]) -> DataFrame | None:
        try:
            parsed = self._parsed(sql)
            # Spark runs a command as soon as it is given one.
            if is_instance_of(SparkContext._gateway, parsed, "org.apache.spark.sql.catalyst.plans.logical.Command") or "Insert" in name_of(parsed):
                self.say(path, "is not a query; write a SELECT")
                return None
            if direct := next((name for name in sorted(tables_read(parsed)) if "." in name), None):
                self.say(path, f"reads {direct}; it may read the tables of gold.sources alone, by their names: {', '.join(tables)}")
                return None
            frame = self.spark.sql(sql)
        except PySparkException as error:
            self.say(path, self._in_words(error, tables))
            return None
        refused = query_problem(frame._jdf.queryExecution().analyzed(), sql)
        if refused:
            self.say(path, refused)
            return None
        return frame

    def _parsed(self, sql: str):
        return self.spark._jsparkSession.sessionState().sqlParser().parsePlan(sql)

    def _in_words(self, error: Exception, tables: dict[str, Table]) -> str:
        missing = re.search(r"TABLE_OR_VIEW_NOT_FOUND\] The table or view (\S+)", str(error))
        if missing:
            return f"reads table {missing.group(1).replace('`', '')}, which gold.sources does not name; it has {', '.join(tables)}"
        return in_words(error)

    def _check_sources(self, tables: dict[str, Table]) -> None:
        read = {name.lower() for name in tables_read(self._parsed(self.contract["gold"]["sql"]))}
        for name in tables:
            if name.lower() not in read:
                self.say(["gold", "sources", name], "is not read by gold.sql; remove it")

    def _check_columns(self, frame: DataFrame) -> None:
        declared, given = self.expressions.curated.schema, frame.schema
        names = [field.name for field in given]
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.say(SQL, f"gives column {name} twice")
        for field in declared:
            if field.name not in names:
                self.say(["columns", field.name], f"is not a column that gold.sql gives; it gives {', '.join(names)}")
                continue
            kind = given[field.name].dataType.simpleString()
            if kind != field.dataType.simpleString():
                self.say(["columns", field.name], f"is {field.dataType.simpleString()}, and gold.sql gives {kind}; write the one in place of the other, or CAST in the SQL")
        for name in dict.fromkeys(names):
            if name not in declared.names:
                self.say(SQL, f"gives column {name}, which is not in columns")

    def _check_key(self, frame: DataFrame) -> None:
        """Where the outermost clause is a GROUP BY, rows differ by all that it groups by, and only by that."""
        plan, key = frame._jdf.queryExecution().analyzed(), self.contract["primaryKey"]
        if name_of(plan) != "Aggregate":
            return
        grouped = []
        for grouping in each(plan.groupingExpressions()):
            named = [
                output.name() for output in each(plan.aggregateExpressions())
                if output.semanticEquals(grouping) or (name_of(output) == "Alias" and output.child().semanticEquals(grouping))
            ]
            if not named:
                return
            grouped.append(named)
        left_out = [names[0] for names in grouped if not set(names) & set(key)]
        if left_out:
            self.say(["primary_key"], f"leaves out {', '.join(left_out)}, by which gold.sql groups as well; two rows could have one key")

    def _check_number(self, sql: str | None, path: list, tables: dict[str, Table]) -> None:
        frame = self._analysed(sql, path, tables) if sql else None
        if frame is not None and (len(frame.columns) != 1 or not NUMERIC.match(frame.schema[0].dataType.simpleString())):
            kinds = ", ".join(field.dataType.simpleString() for field in frame.schema)
            self.say(path, f"gives {kinds}; it must give one number")


def query_problem(plan, sql: str) -> str | None:
    """Why the query may give other rows tomorrow over the same tables; None when it may not."""
    for node in nodes_of(plan):
        if name_of(node) in CHOOSING:
            return f"has {CHOOSING[name_of(node)]}, and which rows it takes may change at each run; choose rows by a condition, or by row_number() in a subquery"
        for expression in each(node.expressions()):
            refused = next((REFUSED[name_of(part)] for part in within(expression) if name_of(part) in REFUSED), None)
            if refused and refused != STOPS:
                return refused
            goes_by_order = name_of(node) == "Aggregate" and any(name_of(part) in ORDERLESS for part in within(expression))
            if goes_by_order or not expression.deterministic():
                return CHANGES
    return TIME if SPECIAL_TIME.search(sql) else None


def nodes_of(plan):
    """Every node, those of subqueries too."""
    yield plan
    for child in each(plan.children()):
        yield from nodes_of(child)
    for expression in each(plan.expressions()):
        for part in within(expression):
            if name_of(part) in SUBQUERIES:
                yield from nodes_of(part.plan())


def tables_read(parsed) -> set[str]:
    """Names of tables in a query as it was parsed, common table expressions among them."""
    found = set()
    for node in nodes_of(parsed):
        if name_of(node) == "UnresolvedRelation":
            found.add(node.multipartIdentifier().mkString("."))
        if name_of(node) == "UnresolvedWith":
            for pair in each(node.cteRelations()):
                found |= tables_read(pair._2())
    return found
