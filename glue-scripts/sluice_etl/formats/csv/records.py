"""CSV after RFC 4180, taken apart with SQL functions: that keeps the raw text of every record at hand and sees every broken quote."""

from __future__ import annotations

import re

from pyspark.sql import DataFrame

from ..sources import AS_TEXT, CORRUPT, RAW_BYTES, literal
from .options import CsvOptions


def records(lines: DataFrame, options: CsvOptions, width: int, illegible: str, raw_bytes: str, decoded: str = "{}") -> DataFrame:
    """
    Lines (`value`, and whatever stands beside it) to columns __c0…, or to CORRUPT where a line is not a record of that width, or where
    `illegible`, SQL over a line, is true: then `raw_bytes`, SQL of its bytes in base64, goes into RAW_BYTES. `decoded`: SQL of a field's text
    for {}, the field as it stands in the line.
    """
    beside = [name for name in lines.columns if name not in ("value", RAW_BYTES)]
    carried = [name for name in lines.columns if name != "value"]
    delimiter, field = re.escape(options.delimiter), _field(options)
    record = rf"^{field}(?:{delimiter}{field})*+\z"
    fields = f"""CASE
        WHEN {illegible} THEN NULL
        WHEN NOT contains(value, {literal(options.quote)}) THEN split(value, {literal(delimiter)}, -1)
        WHEN value RLIKE {literal(record)} THEN {_fields_with_quotes(options)}
        END"""
    split = lines.where("trim(value) <> ''").selectExpr("value", *carried, f"{fields} AS __fields")
    whole = split.selectExpr("value", *carried, f"CASE WHEN size(__fields) = {width} THEN __fields END AS __fields")
    taken = [f"{decoded.format(f'__fields[{index}]')} AS __c{index}" for index in range(width)]
    text = decoded.format(AS_TEXT) if decoded == "{}" else decoded.format("value")
    return whole.selectExpr(
        *beside,
        f"CASE WHEN __fields IS NULL THEN {text} END AS {CORRUPT}",
        f"CASE WHEN __fields IS NULL AND ({illegible}) THEN {raw_bytes} END AS {RAW_BYTES}",
        *taken,
    )


def _fields_with_quotes(options: CsvOptions) -> str:
    """
    The fields of `value`, a record with quotes in it. Steps of plain string functions, since a lambda over the fields takes the
    projection of every row out of generated code: separators become a sign that no record holds, the opening quote of a field
    another, until escaped quotes are undone. A line holds no line end; a record that may is read in bytes, and holds no other character.
    """
    end, opened = ("\u0100", "\u0101") if options.multiline else ("\n", "\r")
    quote, escape, delimiter = re.escape(options.quote), re.escape(options.escape), re.escape(options.delimiter)
    text = _replaced(f"concat({literal(options.delimiter)}, value)", f"{delimiter}({_field(options)})", f"{end}$1")
    text = _replaced(text, f"{end}{quote}({options.quoted_text}){quote}", f"{end}{opened}$1")
    # Each match begins where the one before it ended, so it cannot leave the field.
    if options.doubled:
        plain, escaped = f"[^{quote}{end}]*+", f"{quote}({quote})"
    else:
        plain, escaped = f"[^{escape}{end}]*+(?:{escape}(?![{quote}{escape}])[^{escape}{end}]*+)*+", f"{escape}([{quote}{escape}])"
    text = _replaced(text, rf"(\G(?!^)|{opened})({plain}){escaped}", "$1$2$3")
    return f"split(substring(replace({text}, '{opened}', ''), 2), '{end}', -1)"


def _field(options: CsvOptions) -> str:
    quote = re.escape(options.quote)
    return f"(?:{quote}{options.quoted_text}{quote}|(?!{quote}){options.unquoted})"


def _replaced(text: str, pattern: str, by: str) -> str:
    return f"regexp_replace({text}, {literal(pattern)}, {literal(by)})"
