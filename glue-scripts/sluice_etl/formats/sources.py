"""Files of one layout, as a frame of their source columns and how these stand for the contract's."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import quote

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, StringType, StructField, StructType

from .. import spark_internals
from ..contract import Contract

PATH = "__path"
"""Spark's own spelling of the file's URI, as in the file metadata."""
GLOB = re.compile(r"[\\{}\[\]*?]")
AS_TEXT = "decode(CAST(value AS BINARY), 'UTF-8')"
"""SQL of a line as it was read: what every reader of Parquet can show."""
NOT_UTF8 = f"value <> {AS_TEXT}"
"""Spark would put REPLACED in place of bytes that are no UTF-8, and nobody would know."""
REPLACED = "\ufffd"
ILLEGIBLE = f"contains(value, '{REPLACED}')"
"""The same of a text out of quarantine: what stood in the place of a sign that was put there only the file knows."""
_ILLEGAL = re.compile(r"(?![A-Za-z0-9/:@_\-!.~'()*,;$&+=])[\x00-\x7f]|\s")
CORRUPT = "__corrupt"
"""The raw text of a record that could not be taken apart, else NULL."""
RAW_BYTES = "__raw_bytes"
"""The bytes of such a record in base64, where they are no text, else NULL."""
ORIGIN = "__origin"
"""Of rows read from quarantine: the file that they came from first, else NULL."""


@dataclass(frozen=True)
class SourceColumn:
    """
    `expression` is SQL over the frame; `type` the Spark type that it has, as Spark prints it, or an object: that of a struct, an array or a
    map, or formats.stored.Stored for what Spark has no type for.
    """

    expression: str
    type: str | DataType = "string"


def text_column(text: str, null_values: Iterable[str]) -> SourceColumn:
    """`text`, SQL, is NULL where it is empty or one of these."""
    nulls = ", ".join(dict.fromkeys(["''", *map(literal, null_values)]))
    return SourceColumn(f"CASE WHEN {text} NOT IN ({nulls}) THEN {text} END")


@dataclass(frozen=True)
class Source:
    frame: DataFrame
    columns: dict[str, SourceColumn]
    """Contract columns that these files have; what is not here is missing."""
    missing: dict[str, int] = field(default_factory=dict)
    """Contract column → files that lack it."""
    unknown: dict[str, int] = field(default_factory=dict)
    """Column that the contract does not know → files that have it."""
    copies: dict[str, str] = field(default_factory=dict)
    """Of files that were copied for this frame: URI → what it reads in place of it."""
    rows: int | None = None
    """As many rows as the files themselves count, None where they do not."""
    records: Callable[[], dict[str, int]] | None = None
    """Waits for the rows of each of the batch's files by its URI, counted without Spark's reader; None where nothing counts them."""


def source_of(frame: DataFrame, columns: dict[str, SourceColumn], contract: Contract, unknown: list[str], files: int) -> Source:
    """A source whose files are all alike."""
    missing = [name for name in contract.column_names if name not in columns]
    return Source(frame, columns, dict.fromkeys(missing, files), dict.fromkeys(unknown, files))


def load(spark: SparkSession, format: str, uris: list[str], schema: str | StructType | None = None, **options: object) -> DataFrame:
    """
    Reads exactly these objects, each once. Names with { [ * ? are escaped, since Spark takes them for globs; its option to read
    paths as they are (`__globPaths__`) reads every other object of the list again for each such name (Spark 3.5).
    """
    reader = spark.read.format(format)
    for name, value in options.items():
        reader = reader.option(name, value)
    return (reader if schema is None else reader.schema(schema)).load([GLOB.sub(r"\\\g<0>", uri) for uri in uris])


def small_frame(spark: SparkSession, names: list[str], rows: list[tuple[str, ...]]) -> DataFrame:
    """Strings that the driver has."""
    schema = StructType([StructField(name, StringType()) for name in names])
    if not spark_internals.usable(spark):
        return spark.createDataFrame(rows, schema)
    # createDataFrame would start a Python worker on each core first, and a query that is waiting for these few rows with it.
    lines = spark_internals.strings_frame(spark, [json.dumps(dict(zip(names, row))) for row in rows], "value")
    return lines.select(F.from_json("value", schema).alias("row")).select("row.*")


def no_rows(spark: SparkSession, types: dict[str, str]) -> DataFrame:
    """A frame of these columns, by their SQL types, without a row."""
    return spark.sql(f"SELECT {', '.join(f'CAST(NULL AS {type_}) AS {quoted(name)}' for name, type_ in types.items())} WHERE false")


def file_path(frame: DataFrame) -> Column:
    """PATH of each row's file. `frame` is a file source as it was loaded, which may have a column of its own that is named _metadata."""
    if "_metadata" not in (name.lower() for name in frame.columns):
        return F.col("_metadata.file_path")
    # This function writes file:/// where the metadata has file:/.
    return F.regexp_replace(F.input_file_name(), "^file:///", "file:/")


def numbered_columns(frame: DataFrame, schema: StructType) -> DataFrame:
    """PATH and __c0, __c1… in the order of `schema`, whose names are those of the files."""
    return frame.select(file_path(frame).alias(PATH), *(F.col(quoted(name)).alias(f"__c{index}") for index, name in enumerate(schema.names)))


def spark_path(uri: str) -> str:
    """The URI as java.net.URI writes it: what is not legal in a path is escaped, letters of any script are not."""
    return _ILLEGAL.sub(lambda found: quote(found[0], safe=""), uri)


def match_columns(names: list[str], found: list[str]) -> tuple[dict[str, int], list[str]]:
    """Contract column → position in the file, by exact name first, then regardless of case and outer blanks."""
    exact = {name: index for index, name in reversed(list(enumerate(found)))}
    loose = {name.strip().lower(): index for index, name in reversed(list(enumerate(found)))}
    positions = {name: exact.get(name, loose.get(name.strip().lower())) for name in names}
    known = {index for index in positions.values() if index is not None}
    unknown = [f"{name} (again)" if exact[name] != index else name for index, name in enumerate(found) if index not in known]
    return {name: index for name, index in positions.items() if index is not None}, unknown


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def literal(text: str) -> str:
    """
    SQL string literal that means exactly this text. Backslashes are escapes in Spark SQL, and the parser takes them back letter by letter:
    that was a twelfth of a small batch. In a raw literal it has nothing to take back.
    """
    if "'" not in text:
        return f"r'{text}'"
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
