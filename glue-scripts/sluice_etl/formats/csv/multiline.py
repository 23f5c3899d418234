"""
Records that may hold line ends. Spark's CSV reader is asked only where a record ends, and reads each byte as one character: so what it
gives back is what the file holds, in any encoding. Records that it took for one, since they end otherwise, are separated here.
"""

from __future__ import annotations

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from ...lake.inputs import SourceFile
from ..lines import base64
from ..sources import CORRUPT, PATH, REPLACED, literal, load
from .options import CsvOptions
from .records import records

_END = "\u0100"
_WIDER = 100
# Fields that a record may have; the reader has room for as many in memory.
_MOST_FIELDS = 100_000
_BYTES = "encode(value, 'ISO-8859-1')"


def read_records(spark: SparkSession, files: list[SourceFile], options: CsvOptions, width: int, line_end: str, marked: bool) -> DataFrame:
    """As of records(), without headers. `line_end`: the one that the files have first; `marked`: they begin with a byte order mark."""
    texts = _texts(spark, files, options.in_bytes(), width, line_end)
    if marked:
        texts = texts.selectExpr("regexp_replace(value, '^\u00ef\u00bb\u00bf', '') AS value", PATH)
    return records_of_bytes(texts, options, width)


def records_of_bytes(texts: DataFrame, options: CsvOptions, width: int, raw_bytes: str = base64(_BYTES), lost: str = "FALSE") -> DataFrame:
    """
    `value`: text with a character for each byte, one record or more; other columns are carried along. `lost`: SQL over these that is true
    where the text is not what the file held.
    """
    in_bytes = options.in_bytes()
    beside = [name for name in texts.columns if name != "value"]
    one, by = rf"\G({in_bytes.record})(?:\r\n|\r|\n)", f"$1{_END}"
    ended = f"regexp_replace(value, {literal(one)}, {literal(by)})"
    pieces = f"CASE WHEN value RLIKE '[\\r\\n]' THEN split({ended}, '{_END}', -1) ELSE array(value) END"
    separated = texts.select(F.explode(F.expr(pieces)).alias("value"), *beside)
    illegible = f"contains(decode({_BYTES}, {literal(options.encoding)}), '{REPLACED}')"
    if options.is_utf8:
        illegible = f"encode(decode({_BYTES}, 'UTF-8'), 'UTF-8') <> {_BYTES}"
    illegible = f"{illegible} OR {lost}"
    decoded = f"decode(encode({{}}, 'ISO-8859-1'), {literal(options.encoding)})"
    return records(separated, in_bytes, width, illegible, raw_bytes, decoded)


def _texts(spark: SparkSession, files: list[SourceFile], options: CsvOptions, width: int, line_end: str) -> DataFrame:
    """
    `value` and PATH. The reader keeps the text only of records that are not as wide as its schema, hence a schema that is wider than any. What
    fits it nonetheless becomes a blank line, which the count of records tells.
    """
    schema = ", ".join(f"{name} STRING" for name in [*(f"__c{index}" for index in range(width + _WIDER)), CORRUPT])
    how = {"sep": options.delimiter, "quote": options.quote, "escape": options.escape, "lineSep": line_end, "encoding": "ISO-8859-1"}
    if not options.doubled:
        how["charToEscapeQuoteEscaping"] = options.escape
    read = load(
        spark, "csv", [file.read_from for file in files], schema, header=bool(options.header), multiLine=True, mode="PERMISSIVE",
        columnNameOfCorruptRecord=CORRUPT, maxColumns=_MOST_FIELDS, **how,
    )
    # Spark does not read the text alone.
    return read.select(F.expr(f"coalesce({CORRUPT}, repeat(__c0, 0))").alias("value"), F.col("_metadata.file_path").alias(PATH))
