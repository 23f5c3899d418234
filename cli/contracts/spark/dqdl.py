"""DQDL of one contract: does it parse, does the engine run it, do its columns and datasets exist."""

import re
from collections.abc import Iterator

from dqdl_names import rule_name_problems
from expressions import Expressions
from pyspark.sql import SparkSession
from rule_power import rule_power
from ruleset_text import rules_of
from spark_messages import did_you_mean, in_words

# https://docs.aws.amazon.com/glue/latest/dg/dqdl-rule-types.html
RULE_TYPES = (
    "AggregateMatch", "ColumnCorrelation", "ColumnCount", "ColumnDataType", "ColumnExists", "ColumnLength", "ColumnNamesMatchPattern",
    "ColumnValues", "Completeness", "CustomSql", "DataFreshness", "DatasetMatch", "DetectAnomalies", "DistinctValuesCount", "Entropy",
    "FileFreshness", "FileMatch", "FileSize", "FileUniqueness", "IsComplete", "IsPrimaryKey", "IsUnique", "Mean", "ReferentialIntegrity",
    "RowCount", "RowCountMatch", "SchemaMatch", "StandardDeviation", "Sum", "Uniqueness", "UniqueValueRatio",
)
REMEMBERS = re.compile(r"\blast\s*\(")


def judge_dqdl(spark: SparkSession, expressions: Expressions, by_dataset: dict[str, Expressions]) -> tuple[list[dict], list[dict]]:
    """The problems, and for each rule that parses what it can do."""
    quality = expressions.contract["quality"]
    rules: list[dict] = []
    if not quality:
        return [], rules
    found = [*ruleset_problems(spark, quality, expressions, by_dataset, rules)]
    return [{"path": ["quality"], "message": message, "textLine": line} for line, message in found], rules


def ruleset_problems(spark, quality: str, expressions: Expressions, by_dataset, rules: list[dict]) -> Iterator[tuple[int, str]]:
    parser = spark._jvm.com.amazon.deequ.dqdl.util.DefaultDQDLParser
    try:
        ruleset = parser.parse(quality)
    except Exception as error:
        yield from syntax_problems(parser, quality, error)
        return
    if ruleset.getAnalyzers() and len(ruleset.getAnalyzers()) > 0:
        line = quality.count("\n", 0, max(quality.find("Analyzers"), 0))
        yield line, "Analyzers are ignored by the engine; write rules"
    placed = rules_of(quality)
    lines = [rule.line for rule in placed[1]] if placed else []
    executable = spark._jvm.com.amazon.deequ.dqdl.translation.DQDLRuleTranslator.toExecutableRules(ruleset)
    for index in range(executable.size()):
        line = lines[index] if index < len(lines) else 0
        for rule in leaves(executable.apply(index)):
            text = shortened(rule.dqRule().toString())
            not_run = [*engine_problems(rule)]
            rules.append({"rule": text, "textLine": line, "power": rule_power(rule.dqRule(), not_run)})
            problems = not_run or [*rule_name_problems(spark, rule.dqRule(), expressions, by_dataset)]
            for problem in problems:
                yield line, f"rule {text}: {problem}"


def syntax_problems(parser, quality: str, whole: Exception) -> Iterator[tuple[int, str]]:
    """The parser stops at the first mistake; each rule parsed alone finds them all, with their lines."""
    placed = rules_of(quality)
    found = []
    for rule in placed[1] if placed else []:
        try:
            parser.parse(f"{placed[0]} Rules = [ {rule.text} ]")
        except Exception as error:
            comma = "; is a comma missing?" if "\n" in rule.text else ""
            found.append((rule.line, f"rule {shortened(rule.text)}: {parse_message(error)}{comma}"))
    if found:
        yield from found
        return
    position = re.search(r"line (\d+):\d+", in_words(whole))
    yield (int(position.group(1)) - 1 if position else 0), parse_message(whole)


def shortened(rule: str) -> str:
    text = " ".join(rule.split())
    return text if len(text) <= 100 else f"{text[:99]}…"


def parse_message(error: Exception) -> str:
    text = re.sub(r"^.*?Parsing Error:\s*", "", in_words(error), flags=re.DOTALL)
    unknown = re.search(r"Rule Type: (\S+) is not valid", text)
    if unknown:
        return f"is not DQDL: there is no rule type {unknown.group(1)} with these parameters{did_you_mean(unknown.group(1), RULE_TYPES)}"
    # The parser reports "No rules" for every grammar error; the position after it helps more.
    text = re.sub(r"^No rules or analyzers provided\.,\s*(?=line)", "", text)
    grammar = re.match(r"line \d+:\d+ (?:no viable alternative at|mismatched|extraneous) input '(.*?)'", text, flags=re.DOTALL)
    if grammar:
        near = " ".join(grammar.group(1).split())[-30:].replace("<EOF>", "the end")
        return f"is not DQDL: it cannot be read on after {near}; is a bracket, quote or comma missing?"
    return f"is not DQDL: {text}"


def leaves(rule) -> Iterator:
    if rule.getClass().getSimpleName() == "CompositeExecutableRule":
        nested = rule.nestedRules()
        for index in range(nested.size()):
            yield from leaves(nested.apply(index))
    else:
        yield rule


def engine_problems(rule) -> Iterator[str]:
    dq_rule = rule.dqRule()
    if rule.getClass().getSimpleName() == "UnsupportedExecutableRule":
        reason = rule.reason()
        said = reason.get() if reason.isDefined() else ""
        if said.startswith("No converter found"):
            yield f"the engine does not run {dq_rule.getRuleType()} rules"
        else:
            yield f"the engine does not run it: {said}"
    if dq_rule.getThresholdCondition() is not None and dq_rule.getRuleType() != "CustomSql":
        yield "the engine ignores `with threshold`; the rule would be judged as if it were not there"
    if dq_rule.getRuleType() == "SchemaMatch":
        yield "it counts the column batch_id of the staged table, so that it never passes; name columns with ColumnExists and ColumnDataType"
    if dq_rule.getRuleType() == "DatasetMatch" and not dict(dq_rule.getParameters() or {}).get("MatchColumnMappings"):
        yield "it compares the column batch_id of the staged table, so that it never passes; name the columns to compare as well"
    if REMEMBERS.search(dq_rule.toString()):
        yield "the engine has no last(k): it remembers no earlier runs"
