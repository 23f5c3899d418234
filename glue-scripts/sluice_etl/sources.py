"""Files of one layout, as a frame of their source columns and how these stand for the contract's."""

from __future__ import annotations

from dataclasses import dataclass, field

from pyspark.sql import DataFrame, SparkSession

PATH = "_path"
"""Spark's own spelling of the file's URI, from the file metadata: costs nothing per row."""
CORRUPT = "_corrupt"
"""The raw text of a record that could not be taken apart, else NULL."""


@dataclass(frozen=True)
class SourceColumn:
    """`expression` is SQL over the frame; `type` the Spark type that it has."""

    expression: str
    type: str = "string"


@dataclass(frozen=True)
class Source:
    frame: DataFrame
    columns: dict[str, SourceColumn]
    """Contract columns that these files have; what is not here is missing."""
    files: int
    unknown: tuple[str, ...] = field(default=())


def load(spark: SparkSession, format: str, uris: list[str], schema: str | None = None, **options: object) -> DataFrame:
    """Reads exactly these objects: without this option Spark takes { [ * ? in a name for a glob."""
    reader = spark.read.format(format).option("__globPaths__", "false")
    for name, value in options.items():
        reader = reader.option(name, value)
    return (reader.schema(schema) if schema else reader).load(uris)


def match_columns(names: list[str], found: list[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Contract column → position in the file, by exact name first, then regardless of case and outer blanks."""
    exact = {name: index for index, name in reversed(list(enumerate(found)))}
    loose = {name.strip().lower(): index for index, name in reversed(list(enumerate(found)))}
    positions = {name: exact.get(name, loose.get(name.lower())) for name in names}
    known = {index for index in positions.values() if index is not None}
    unknown = tuple(name for index, name in enumerate(found) if index not in known)
    return {name: index for name, index in positions.items() if index is not None}, unknown


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def literal(text: str) -> str:
    """SQL string literal that means exactly this text (backslashes are escapes in Spark SQL)."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
