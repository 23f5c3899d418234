"""
CSV after RFC 4180. Records are taken apart with SQL functions rather than by Spark's CSV reader: that keeps the raw text of every
record at hand, sees broken quotes that the reader lets pass, and is faster. Where records may hold line ends, or are not in UTF-8, the
reader is asked only for each record's text. An escape character other than the quote is left to the reader.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from ..contract import Contract
from .csv_header import header_line, header_names, refuse_header
from ..lake.inputs import SourceFile
from .sources import AS_TEXT, CORRUPT, NOT_UTF8, PATH, Source, SourceColumn, literal, load, match_columns, source_of, spark_path
from ..lake.store import S3Store, in_parallel


def csv_sources(
    spark: SparkSession, files: list[SourceFile], contract: Contract, store: S3Store, repeated: dict[str, int] | None = None
) -> list[Source]:
    """`repeated`: what repeated_headers() has found; without it, every line like its file's header is taken for the header."""
    options = csv_options(contract)
    if not files:
        return []
    if not options["header"]:
        if "header" not in contract.options:
            refuse_header(files[0], contract, options, store)
        return [_source(spark, contract, options, None, contract.column_names, files, {})]
    return [
        _source(spark, contract, options, header, header_names(header, options["delimiter"], options["quote"]), group, repeated or {})
        for header, group in _by_header(files, options, store).items()
    ]


def repeated_headers(spark: SparkSession, files: list[SourceFile], contract: Contract, store: S3Store) -> dict[str, int]:
    """PATH → how often the header stands in the file again as a line of data. Reads raw once more, so ask only where there is a sign of it."""
    found: dict[str, int] = {}
    for header, group in _by_header(files, csv_options(contract), store).items():
        lines = load(spark, "text", [file.read_from for file in group]).where(f"value = {literal(header)}")
        counts = lines.groupBy(F.col("_metadata.file_path").alias(PATH)).agg((F.count(F.lit(1)) - 1).alias("again")).where("again > 0")
        found.update({row[PATH]: row["again"] for row in counts.collect()})
    return found


def _by_header(files: list[SourceFile], options: dict, store: S3Store) -> dict[str, list[SourceFile]]:
    headers = in_parallel(lambda file: header_line(store, file, options["encoding"]), files)
    groups: dict[str, list[SourceFile]] = defaultdict(list)
    for file, header in zip(files, headers):
        if header is not None:
            groups[header].append(file)
    return groups


def csv_options(contract: Contract) -> dict:
    return {"delimiter": ",", "quote": '"', "header": False, "multiline": False, "encoding": "utf-8", **contract.options}


def _source(
    spark: SparkSession,
    contract: Contract,
    options: dict,
    header: str | None,
    found: list[str],
    files: list[SourceFile],
    repeated: dict[str, int],
) -> Source:
    uris = [file.read_from for file in files]
    skipped = 0
    if options.get("escape", options["quote"]) != options["quote"]:
        frame = _by_reader(spark, options, len(found), uris)
    elif options["multiline"]:
        frame = records(_texts_of_records(spark, options, len(found), uris), options, len(found))
    elif options["encoding"].lower() not in ("utf-8", "utf8", "us-ascii", "ascii"):
        frame = records(_decoded_lines(spark, options, uris), options, len(found))
    else:
        # The metadata column would copy the name beside every line; only bad ones need it. It writes file:/ where this writes file:///.
        named = load(spark, "text", uris).select("value", F.input_file_name().alias("__file"))
        local = all(uri.startswith("file:") for uri in uris)
        lines = named.selectExpr("value", ("replace(__file, 'file:///', 'file:/')" if local else "__file") + f" AS {PATH}")
        if header is not None:
            skipped = len(files)
            # Lines have no number that is cheap to know: all that look like the header go, and those that were data come back.
            lines = lines.where(f"value <> {literal(header)}")
            again = [(header, path, count) for path, count in repeated.items() if path in {spark_path(uri) for uri in uris}]
            if again:
                rows = spark.createDataFrame(again, f"value STRING, {PATH} STRING, times BIGINT")
                lines = lines.unionByName(rows.selectExpr("explode(array_repeat(value, CAST(times AS INT))) AS value", PATH))
        frame = records(lines, options, len(found))
    positions, unknown = match_columns(contract.column_names, found)
    nulls = ", ".join(dict.fromkeys(["''", *map(literal, options.get("null_values", []))]))
    columns = {name: SourceColumn(f"CASE WHEN __c{i} NOT IN ({nulls}) THEN __c{i} END") for name, i in positions.items()}
    return replace(source_of(frame, columns, contract, unknown, len(files)), headers=skipped)


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


def _texts_of_records(spark: SparkSession, options: dict, width: int, uris: list[str]) -> DataFrame:
    """
    `value` and PATH, a row for each record, line ends and all. The reader keeps the text only of records that are not as wide as its
    schema, hence a schema that no good record fits. One that fits has its text written again; quotes that it did not need may be gone.
    """
    columns = [f"__c{index}" for index in range(1 if width > 1 else 2)]
    quote, delimiter = literal(options["quote"]), literal(options["delimiter"])
    special = literal(f"[{re.escape(options['quote'])}\r\n]|{re.escape(options['delimiter'])}")
    written = [
        f"CASE WHEN {name} RLIKE {special} THEN concat({quote}, replace({name}, {quote}, concat({quote}, {quote})), {quote})"
        f" ELSE coalesce({name}, '') END"
        for name in columns
    ]
    read = _read(spark, options, columns, uris, sep=options["delimiter"], quote=options["quote"], escape=options["quote"])
    return read.selectExpr(f"coalesce({CORRUPT}, concat_ws({delimiter}, {', '.join(written)})) AS value", PATH)


def _decoded_lines(spark: SparkSession, options: dict, uris: list[str]) -> DataFrame:
    """`value` and PATH. Without a quote, and with a separator that no text holds, a line is a value."""
    read = _read(spark, options, ["__c0"], uris, sep="\ufdd0", quote="")
    return read.selectExpr(f"coalesce({CORRUPT}, __c0) AS value", PATH)


def _by_reader(spark: SparkSession, options: dict, width: int, uris: list[str]) -> DataFrame:
    columns = [f"__c{index}" for index in range(width)]
    frame = _read(spark, options, columns, uris, sep=options["delimiter"], quote=options["quote"], escape=options["escape"])
    # The reader fills what it can of a record that is too short; what was meant by it is anybody's guess.
    kept = [f"CASE WHEN {CORRUPT} IS NULL THEN {name} END AS {name}" for name in columns]
    return frame.selectExpr(*kept, CORRUPT, PATH)


def _read(spark: SparkSession, options: dict, columns: list[str], uris: list[str], **how: str) -> DataFrame:
    """`columns`, CORRUPT and PATH, by Spark's CSV reader; without header lines."""
    schema = ", ".join(f"{name} STRING" for name in [*columns, CORRUPT])
    asked = {"header": options["header"], "multiLine": options["multiline"], "encoding": options["encoding"], **how}
    found = load(spark, "csv", uris, schema, columnNameOfCorruptRecord=CORRUPT, mode="PERMISSIVE", **asked)
    return found.select("*", F.col("_metadata.file_path").alias(PATH))


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
