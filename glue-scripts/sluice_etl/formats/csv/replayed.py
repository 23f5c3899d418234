"""Malformed records out of quarantine, taken apart again under today's options."""

from __future__ import annotations

from pyspark.sql import DataFrame

from ..sources import RAW_BYTES, REPLACED, literal
from .multiline import records_of_bytes
from .options import CsvOptions
from .records import records

# Of a row from before the bytes were kept: what stood in the place of a sign that was put there only the file knows.
_LOST = f"({RAW_BYTES} IS NULL AND contains(value, '{REPLACED}'))"


def replayed_records(lines: DataFrame, options: CsvOptions, width: int) -> DataFrame:
    """`lines`: `value`, the record's text; RAW_BYTES, its bytes where they were no text. The result is as of records()."""
    beside = [name for name in lines.columns if name != "value"]
    encoding = literal(options.encoding)
    if options.multiline:
        read = f"decode(coalesce(unbase64({RAW_BYTES}), encode(value, {encoding})), 'ISO-8859-1')"
        texts = lines.selectExpr(f"{read} AS value", f"{_LOST} AS __lost", *beside)
        return records_of_bytes(texts, options, width, RAW_BYTES, "__lost").drop("__lost")
    read = f"coalesce(decode(unbase64({RAW_BYTES}), {encoding}), value)"
    # A value that was read across lines would come apart at them.
    illegible = f"contains(value, '{REPLACED}') OR value RLIKE '[\\r\\n]'"
    return records(lines.selectExpr(f"{read} AS value", *beside), options, width, illegible, RAW_BYTES)
