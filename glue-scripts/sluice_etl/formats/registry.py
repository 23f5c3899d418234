"""The source formats by the name that a contract gives them. A new one is a file or folder here, a line below and its catalog half."""

from __future__ import annotations

from .csv.format import CsvFormat
from .excel.format import ExcelFormat
from .fixed_width import FixedWidthFormat
from .json.format import JsonFormat
from .parquet.format import ParquetFormat
from .source_format import SourceFormat
from .xml.format import XmlFormat

FORMATS: dict[str, SourceFormat] = {
    "csv": CsvFormat(),
    "excel": ExcelFormat(),
    "fixed_width": FixedWidthFormat(),
    "json": JsonFormat(),
    "parquet": ParquetFormat(),
    "xml": XmlFormat(),
}
