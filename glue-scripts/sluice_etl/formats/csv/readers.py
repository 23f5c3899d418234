"""
Spark's CSV reader, asked only for the text of each record where records may hold line ends or are not in UTF-8. An escape character
other than the quote is left to it.
"""

from __future__ import annotations

import re

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from ..sources import CORRUPT, PATH, literal, load


def texts_of_records(spark: SparkSession, options: dict, width: int, uris: list[str]) -> DataFrame:
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


def decoded_lines(spark: SparkSession, options: dict, uris: list[str]) -> DataFrame:
    """`value` and PATH. Without a quote, and with a separator that no text holds, a line is a value."""
    read = _read(spark, options, ["__c0"], uris, sep="\ufdd0", quote="")
    return read.selectExpr(f"coalesce({CORRUPT}, __c0) AS value", PATH)


def by_reader(spark: SparkSession, options: dict, width: int, uris: list[str]) -> DataFrame:
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
