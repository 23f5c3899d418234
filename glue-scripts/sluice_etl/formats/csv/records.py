"""CSV after RFC 4180, taken apart with SQL functions: that keeps the raw text of every record at hand and sees every broken quote."""

from __future__ import annotations

import re

from pyspark.sql import DataFrame

from ...contract import Contract
from ..sources import AS_TEXT, CORRUPT, NOT_UTF8, literal


def csv_options(contract: Contract) -> dict:
    return {"delimiter": ",", "quote": '"', "header": False, "multiline": False, "encoding": "utf-8", **contract.options}


def records(lines: DataFrame, options: dict, width: int, illegible: str = NOT_UTF8) -> DataFrame:
    """
    Lines (`value`, and whatever stands beside it) to columns __c0…, or to CORRUPT where a line is not a record of that width, or where
    `illegible`, SQL over `value`, is true.
    """
    beside = [name for name in lines.columns if name != "value"]
    delimiter, field = re.escape(options["delimiter"]), _field(options)
    record = rf"^{field}(?:{delimiter}{field})*+\z"
    fields = f"""CASE
        WHEN {illegible} THEN NULL
        WHEN NOT contains(value, {literal(options["quote"])}) THEN split(value, {literal(delimiter)}, -1)
        WHEN value RLIKE {literal(record)} THEN {_fields_with_quotes(options)}
        END"""
    split = lines.where("trim(value) <> ''").selectExpr("value", *beside, f"{fields} AS __fields")
    whole = split.selectExpr("value", *beside, f"CASE WHEN size(__fields) = {width} THEN __fields END AS __fields")
    taken = [f"__fields[{index}] AS __c{index}" for index in range(width)]
    return whole.selectExpr(*beside, f"CASE WHEN __fields IS NULL THEN {AS_TEXT} END AS {CORRUPT}", *taken)


def _fields_with_quotes(options: dict) -> str:
    """
    The fields of `value`, a record with quotes in it. Steps of plain string functions, since a lambda over the fields takes the
    projection of every row out of generated code: separators become a sign that no line holds, the opening quote of a field
    another, until doubled quotes are undone.
    """
    end, opened = ("\ufdd0", "\ufdd1") if options["multiline"] else ("\n", "\r")
    quote, delimiter = re.escape(options["quote"]), re.escape(options["delimiter"])
    text = _replaced(f"concat({literal(options['delimiter'])}, value)", f"{delimiter}({_field(options)})", f"{end}$1")
    text = _replaced(text, f"{end}{quote}({_quoted_text(quote)}){quote}", f"{end}{opened}$1")
    # Each match begins where the one before it ended, so it cannot leave the field.
    text = _replaced(text, rf"(\G(?!^)|{opened})([^{quote}{end}]*+){quote}{quote}", f"$1$2{re.escape(options['quote'])}")
    fields = f"split(substring(replace({text}, '{opened}', ''), 2), '{end}', -1)"
    return f"CASE WHEN NOT (contains(value, '{end}') OR contains(value, '{opened}')) THEN {fields} END" if options["multiline"] else fields


def _field(options: dict) -> str:
    quote, delimiter = re.escape(options["quote"]), re.escape(options["delimiter"])
    # Possessive quantifiers: a broken quote must not cost backtracking, nor a long value the stack.
    return f"(?:{quote}{_quoted_text(quote)}{quote}|(?!{quote})(?:(?!{delimiter})[^\r\n])*+)"


def _quoted_text(quote: str) -> str:
    return f"[^{quote}]*+(?:{quote}{quote}[^{quote}]*+)*+"


def _replaced(text: str, pattern: str, by: str) -> str:
    return f"regexp_replace({text}, {literal(pattern)}, {literal(by)})"
