"""A DQDL ruleset over a catalog table, judged by Deequ's own DQDL engine."""

import re

from pyspark.sql import DataFrame, SparkSession

from catalog_frames import read_table
from roles import QualityReader

# What the engine calls Failed although it never judged the rule. A rule that could not be judged is an error, not a verdict.
_NOT_JUDGED = re.compile(r"not supported due to|^Exception: |^\[[A-Z_]+(\.[A-Z_]+)*\]|^(java|org|scala)\.\S+(Exception|Error)")


def evaluate(shared: SparkSession, glue, s3, request: dict) -> dict:
    spark = SparkSession(shared.sparkContext, shared._jsparkSession.newSession())
    spark.sparkContext.setJobGroup(request["runId"], request["runId"], interruptOnCancel=True)

    def table(source: dict) -> DataFrame:
        predicate = source.get("pushDownPredicate")
        reader = QualityReader(spark, request["accessKeyId"])
        return read_table(spark, glue, s3, source["database"], source["table"], predicate, reader=reader)

    frame = table(request["source"]).persist()
    others = {alias: table(source) for alias, source in request["additionalSources"].items()}
    try:
        # CustomSql reads the data as the view `primary`, and others by their aliases.
        frame.createOrReplaceTempView("primary")
        for alias, other in others.items():
            other.createOrReplaceTempView(alias)
        return {"results": [_judge(spark, frame, others, ruleset) for ruleset in request["rulesets"]]}
    finally:
        frame.unpersist()


def _judge(spark: SparkSession, frame: DataFrame, others: dict[str, DataFrame], ruleset: dict) -> dict:
    jvm = spark._jvm
    frames = spark.sparkContext._gateway.jvm.java.util.HashMap()
    for alias, other in others.items():
        frames.put(alias, other._jdf)
    deequ = jvm.com.amazon.deequ.dqdl
    outcomes = deequ.EvaluateDataQuality.process(frame._jdf, ruleset["dqdl"], jvm.PythonUtils.toScalaMap(frames))
    by_rule = {row["Rule"]: row for row in DataFrame(outcomes, spark).collect()}
    rules = deequ.util.DefaultDQDLParser.parse(ruleset["dqdl"]).getRules()
    return {"name": ruleset["name"], "rules": [_result(rule, by_rule) for rule in rules]}


def _result(rule, by_rule: dict) -> dict:
    text = rule.toString()
    row = by_rule.get(text)
    if row is None:
        return _error(text, "The engine gave no outcome for this rule")
    if rule.getThresholdCondition() is not None and rule.getRuleType() != "CustomSql":
        return _error(text, "The local engine does not evaluate `with threshold` on this rule type")
    reason = row["FailureReason"]
    if row["Outcome"] == "Passed":
        return {"rule": text, "result": "PASS", "message": None, "metrics": row["EvaluatedMetrics"] or {}}
    if row["Outcome"] != "Failed" or (reason and _NOT_JUDGED.search(reason)):
        return _error(text, reason or f"Outcome {row['Outcome']}")
    return {"rule": text, "result": "FAIL", "message": reason, "metrics": row["EvaluatedMetrics"] or {}}


def _error(text: str, message: str) -> dict:
    return {"rule": text, "result": "ERROR", "message": message.split("\n")[0], "metrics": {}}
