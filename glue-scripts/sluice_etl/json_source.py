"""JSON, an object a line."""

from __future__ import annotations

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from .contract import Contract
from .inputs import SourceFile
from .sources import CORRUPT, PATH, Source, SourceColumn, literal, load, quoted
from .store import S3Store


def json_sources(spark: SparkSession, files: list[SourceFile], contract: Contract, store: S3Store) -> list[Source]:
    if not files:
        return []
    fields = ", ".join(f"{quoted(name)}: STRING" for name in contract.column_names)
    # In an array, so that anything after the object is seen: from_json alone stops at the end of the first value.
    parsed = f"from_json(concat('[', value, ']'), {literal(f'array<struct<{fields}>>')})"
    lines = load(spark, "text", [file.uri for file in files]).where("trim(value) <> ''")
    records = lines.select("value", F.col("_metadata.file_path").alias(PATH), F.expr(parsed).alias("_records"))
    whole = "startswith(trim(value), '{') AND endswith(trim(value), '}') AND coalesce(size(_records), -1) = 1 AND _records[0] IS NOT NULL"
    frame = records.selectExpr(
        PATH, f"CASE WHEN {whole} THEN _records[0] END AS _record", f"CASE WHEN NOT ({whole}) THEN value END AS {CORRUPT}"
    )
    columns = {name: SourceColumn(f"_record.{quoted(name)}") for name in contract.column_names}
    return [Source(frame, columns, len(files))]
