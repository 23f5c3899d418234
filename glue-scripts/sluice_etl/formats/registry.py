"""The source formats by the name that a contract gives them. A new one is a folder here, a line below and its catalog half."""

from __future__ import annotations

from .csv.format import CsvFormat
from .json.format import JsonFormat
from .parquet.format import ParquetFormat
from .source_format import SourceFormat

FORMATS: dict[str, SourceFormat] = {"csv": CsvFormat(), "json": JsonFormat(), "parquet": ParquetFormat()}
