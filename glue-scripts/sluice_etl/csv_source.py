"""
CSV after RFC 4180. Lines are taken apart with SQL functions rather than by Spark's CSV reader: that keeps the raw text of every
record at hand, sees broken quotes that the reader lets pass, and is faster. Quoted line ends and encodings other than UTF-8 are left
to the reader.
"""

from __future__ import annotations

import re
from collections import defaultdict

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from .contract import Contract
from .csv_header import header_line, header_names
from .inputs import SourceFile
from .sources import CORRUPT, PATH, Source, SourceColumn, literal, load, match_columns
from .store import S3Store, in_parallel


def csv_sources(spark: SparkSession, files: list[SourceFile], contract: Contract, store: S3Store) -> list[Source]:
    options = {"delimiter": ",", "quote": '"', "header": False, "multiline": False, "encoding": "utf-8", **contract.options}
    if not options["header"]:
        return [_source(spark, contract, options, None, list(contract.column_names), files)] if files else []
    headers = in_parallel(lambda file: header_line(store, file.uri, file.size, options["encoding"]), files)
    groups: dict[str, list[SourceFile]] = defaultdict(list)
    for file, header in zip(files, headers):
        if header is not None:
            groups[header].append(file)
    return [
        _source(spark, contract, options, header, header_names(header, options["delimiter"], options["quote"]), group)
        for header, group in groups.items()
    ]


def _source(
    spark: SparkSession, contract: Contract, options: dict, header: str | None, found: list[str], files: list[SourceFile]
) -> Source:
    uris = [file.uri for file in files]
    needs_reader = options["multiline"] or options["encoding"].lower() not in ("utf-8", "utf8", "us-ascii")
    if needs_reader or options.get("escape", options["quote"]) != options["quote"]:
        frame = _by_reader(spark, options, len(found), uris)
        fields = [f"_c{index}" for index in range(len(found))]
    else:
        frame = _by_line(spark, options, header, len(found), uris)
        fields = [_unquoted(f"_fields[{index}]", options["quote"]) for index in range(len(found))]
    nulls = [literal("")] + ([literal(options["null_value"])] if options.get("null_value") else [])
    positions, unknown = match_columns(contract.column_names, found)
    columns = {name: SourceColumn(_null_if(fields[index], nulls)) for name, index in positions.items()}
    return Source(frame, columns, len(files), unknown)


def _by_line(spark: SparkSession, options: dict, header: str | None, width: int, uris: list[str]) -> DataFrame:
    lines = load(spark, "text", uris).select("value", F.col("_metadata.file_path").alias(PATH))
    lines = lines.where("trim(value) <> ''" + (f" AND value <> {literal(header)}" if header is not None else ""))
    quote, delimiter = re.escape(options["quote"]), re.escape(options["delimiter"])
    # Possessive quantifiers: a broken quote must not cost backtracking, nor a long value the stack.
    field = f"(?:{quote}[^{quote}]*+(?:{quote}{quote}[^{quote}]*+)*+{quote}|(?!{quote})(?:(?!{delimiter}).)*+)"
    record = f"{field}(?:{delimiter}{field})*+"
    fields = f"""CASE
        WHEN instr(value, {literal(options["quote"])}) = 0 THEN split(value, {literal(delimiter)}, -1)
        WHEN value RLIKE {literal(f"^{record}$")}
        THEN regexp_extract_all(concat({literal(options["delimiter"])}, value), {literal(f"{delimiter}({field})")}, 1)
        END"""
    split = lines.select("value", PATH, F.expr(fields).alias("_fields"))
    whole = f"coalesce(size(_fields), -1) = {width}"
    return split.selectExpr(
        PATH, f"CASE WHEN {whole} THEN _fields END AS _fields", f"CASE WHEN NOT {whole} THEN value END AS {CORRUPT}"
    )


def _by_reader(spark: SparkSession, options: dict, width: int, uris: list[str]) -> DataFrame:
    schema = ", ".join([*(f"_c{index} STRING" for index in range(width)), f"{CORRUPT} STRING"])
    frame = load(
        spark,
        "csv",
        uris,
        schema,
        header=options["header"],
        sep=options["delimiter"],
        quote=options["quote"],
        escape=options.get("escape", options["quote"]),
        multiLine=options["multiline"],
        encoding=options["encoding"],
        columnNameOfCorruptRecord=CORRUPT,
        mode="PERMISSIVE",
    ).select("*", F.col("_metadata.file_path").alias(PATH))
    kept = [f"CASE WHEN {CORRUPT} IS NULL THEN _c{index} END AS _c{index}" for index in range(width)]
    return frame.selectExpr(*kept, CORRUPT, PATH)


def _unquoted(field: str, quote: str) -> str:
    one, two = literal(quote), literal(quote * 2)
    return f"CASE WHEN startswith({field}, {one}) THEN replace(substring({field}, 2, length({field}) - 2), {two}, {one}) ELSE {field} END"


def _null_if(value: str, nulls: list[str]) -> str:
    for null in nulls:
        value = f"nullif({value}, {null})"
    return value
