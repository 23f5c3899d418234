"""Column types, datetime patterns and SQL of one contract, analysed by Spark against the contract's own columns."""

import re

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from spark_messages import did_you_mean, in_words
from unrepeatable import expression_problem

# What a column is taken for when its type is wrong: it fits everywhere, so that one mistake is one message.
UNKNOWN = "void"
TYPES = (
    "string", "boolean", "byte", "tinyint", "short", "smallint", "int", "integer", "long", "bigint", "float", "double", "decimal", "date",
    "timestamp", "timestamp_ntz", "binary", "array", "map", "struct",
)
SUBQUERY = re.compile(r"\b(scalar-subquery|exists|list|lateral-subquery)#\d+")


class Expressions:
    """`problems` holds everything found; `curated` is an empty frame with the columns of the dataset's table."""

    def __init__(self, spark: SparkSession, contract: dict):
        self.spark = spark
        self.contract = contract
        self.problems: list[dict] = []
        # Of a gold dataset, once its SQL is known to be right: column → pairs of source and column (sluice_etl/spark_lineage.py).
        self.made_of: dict[str, list[list[str]]] = {}
        self.column_types = {name: self._column_type(name, column) for name, column in contract["columns"].items()}
        self._check_formats()
        keys = {name: "string" for name in contract["partitionKeys"] if name not in self.column_types}
        self.derived_types: dict[str, str] = {}
        for name, sql in contract["derive"].items():
            # Spark lets an expression name those before it.
            source = empty_frame(spark, {**keys, **self.derived_types, **self.column_types})
            self.derived_types[name] = self._derived_type(source, name, sql)
        table = {**self.column_types, **self.derived_types}
        rules_see = {**table, **{name: type_ for name, type_ in keys.items() if name not in table}}
        self._check_conditions(empty_frame(spark, rules_see))
        kept_keys = {name: type_ for name, type_ in keys.items() if name in contract["partitionBy"] and name not in table}
        self.curated = empty_frame(spark, {**table, **kept_keys})

    def say(self, path: list, message: str) -> None:
        self.problems.append({"path": path, "message": message})

    def _column_type(self, name: str, column: dict) -> str:
        written = column.get("type")
        if not written:
            return UNKNOWN
        try:
            parsed = self._parse_type(written)
        except PySparkException:
            near = did_you_mean(re.split(r"[(<\s]", written)[0], TYPES)
            self.say(["columns", name], f'"{written}" is not a type that Spark knows{near}')
            return UNKNOWN
        if re.search(r"\b(void|interval)\b", parsed):
            self.say(["columns", name], f'"{written}" cannot be stored in a table')
            return UNKNOWN
        nested = re.match(r"(array|map|struct)<", parsed, flags=re.IGNORECASE)
        # Nested values are read from JSON texts; every other type must have a cast from text.
        if not nested and not self._analyses(f"try_cast('' AS {parsed})"):
            self.say(["columns", name], f'"{written}" cannot be read from a text')
        return parsed

    def _parse_type(self, written: str) -> str:
        parser = self.spark._jsparkSession.sessionState().sqlParser()
        chars = self.spark._jvm.org.apache.spark.sql.catalyst.util.CharVarcharUtils
        return chars.replaceCharVarcharWithString(parser.parseDataType(written)).sql()

    def _analyses(self, sql: str) -> bool:
        try:
            self.spark.sql(f"SELECT {sql}")
            return True
        except PySparkException:
            return False

    def _check_formats(self) -> None:
        for name, column in self.contract["columns"].items():
            pattern = column.get("format")
            if not pattern:
                continue
            quoted = pattern.replace("\\", "\\\\").replace("'", "\\'")
            try:
                self.spark.sql(f"SELECT to_timestamp('2024-01-31 12:34:56', '{quoted}')").collect()
            except Exception as error:  # Java's own exceptions come through as well
                self.say(["columns", name, "format"], f'"{pattern}" is not a datetime pattern of Spark: {in_words(error)}')

    def _derived_type(self, source: DataFrame, name: str, sql: str) -> str:
        kind = self._expression_type(source, sql, ["derive", name])
        if kind is None:
            return UNKNOWN
        if re.search(r"\b(void|interval)\b", kind) and UNKNOWN not in self.column_types.values():
            self.say(["derive", name], f"gives {kind}, which cannot be stored in a table; write CAST(… AS type)")
            return UNKNOWN
        return kind

    def _check_conditions(self, frame: DataFrame) -> None:
        broken = UNKNOWN in (*self.column_types.values(), *self.derived_types.values())
        rules = [(["quarantine", "rules", name], sql, "a rule is a condition that is true for a bad row") for name, sql in self.contract["rules"].items()]
        removal = self.contract.get("deleteWhen")
        for path, sql, meant in [*rules, *([(["delete_when"], removal, "it is a condition that is true for a row that removes its key")] if removal else [])]:
            kind = self._expression_type(frame, sql, path)
            if kind is not None and kind != "boolean" and not (kind == UNKNOWN and broken):
                self.say(path, f"gives {kind}; {meant}")

    def _expression_type(self, frame: DataFrame, sql: str, path: list) -> str | None:
        """The type that Spark gives the expression; None when it was refused and reported."""
        try:
            parsed = self.spark._jsparkSession.sessionState().sqlParser().parseExpression(sql)
            if parsed.getClass().getSimpleName() == "Alias":
                self.say(path, f'gives itself the name "{parsed.name()}"; remove the text after the expression')
                return None
            # As the job evaluates it (sluice_etl/judge/expressions.py).
            self.spark.conf.set("spark.sql.ansi.enabled", "true")
            selected = frame.selectExpr(sql)
        except PySparkException as error:
            self.say(path, in_words(error))
            return None
        finally:
            self.spark.conf.set("spark.sql.ansi.enabled", "false")
        plan = selected._jdf.queryExecution().analyzed()
        if plan.getClass().getSimpleName() != "Project" or not plan.child().equals(frame._jdf.queryExecution().analyzed()):
            self.say(path, "looks at more than one row (aggregate, window or generator function); it may use one row's columns only")
            return None
        if len(selected.columns) != 1:
            self.say(path, "selects several columns; it must give one value")
            return None
        if SUBQUERY.search(plan.toString()):
            self.say(path, "holds a subquery; it may use one row's columns only")
            return None
        refused = expression_problem(plan.projectList().apply(0), sql)
        if refused:
            self.say(path, refused)
            return None
        return selected.schema[0].dataType.simpleString()


def empty_frame(spark: SparkSession, types: dict[str, str]) -> DataFrame:
    values = ", ".join(f"CAST(NULL AS {kind}) AS `{name}`" for name, kind in types.items())
    return spark.sql(f"SELECT {values or 'NULL AS `_nothing`'} WHERE false")
