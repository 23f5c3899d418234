"""The source formats by the name that a contract gives them. A new one is a file or folder here, a line below and its catalog half."""

from __future__ import annotations

from .avro.format import AvroFormat
from .csv.format import CsvFormat
from .excel.format import ExcelFormat
from .fixed_width import FixedWidthFormat
from .json.format import JsonFormat
from .orc.format import OrcFormat
from .parquet.format import ParquetFormat
from .source_format import SourceFormat
from .xml.format import XmlFormat

FORMATS: dict[str, SourceFormat] = {
    "avro": AvroFormat(),
    "csv": CsvFormat(),
    "excel": ExcelFormat(),
    "fixed_width": FixedWidthFormat(),
    "json": JsonFormat(),
    "orc": OrcFormat(),
    "parquet": ParquetFormat(),
    "xml": XmlFormat(),
}
