"""The lines of text files, decoded strictly: a byte that the encoding does not have is seen, and kept."""

from __future__ import annotations

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from ..lake.inputs import SourceFile
from .sources import NOT_UTF8, PATH, REPLACED, literal, load

UNDECODED = "__undecoded"


def read_lines(spark: SparkSession, files: list[SourceFile], encoding: str) -> DataFrame:
    """`value` and PATH; for an encoding other than UTF-8 also UNDECODED, the bytes of the line."""
    uris = [file.read_from for file in files]
    # The metadata column would copy the name beside every line; only bad ones need it. It writes file:/ where this writes file:///.
    named = load(spark, "text", uris).select("value", F.input_file_name().alias("__file"))
    local = all(uri.startswith("file:") for uri in uris)
    path = ("replace(__file, 'file:///', 'file:/')" if local else "__file") + f" AS {PATH}"
    if is_utf8(encoding):
        return named.selectExpr("value", path)
    # Every encoding that a contract may name has the line ends of ASCII.
    return named.selectExpr(f"decode(CAST(value AS BINARY), {literal(encoding)}) AS value", f"value AS {UNDECODED}", path)


def illegible(encoding: str) -> str:
    """SQL over read_lines() that is true for a line with bytes that are no text."""
    return NOT_UTF8 if is_utf8(encoding) else f"contains(value, '{REPLACED}')"


def raw_bytes(encoding: str) -> str:
    """SQL over read_lines() of the line's bytes in base64."""
    return base64("value" if is_utf8(encoding) else UNDECODED)


def base64(value: str) -> str:
    # Some versions of Spark break the text into lines.
    return f"replace(base64(CAST({value} AS BINARY)), '\\r\\n', '')"


def is_utf8(encoding: str) -> bool:
    return encoding.lower() in ("utf-8", "utf8")
