"""Files that are broken as a whole: cut off, compressed otherwise than they are called, or of another format. Spark rarely says which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from .errors import UnreadableFileError, root_cause
from .inputs import SourceFile
from .parquet_source import schema_of
from .sources import load


@contextmanager
def naming_unreadable(spark: SparkSession, files: Sequence[SourceFile], format: str) -> Iterator[None]:
    """What Spark gives up over in here, for a file that is broken, becomes the UnreadableFileError that names it."""
    try:
        yield
    except Py4JJavaError as error:
        raise find_unreadable(spark, files, format) or error from error


def find_unreadable(spark: SparkSession, files: Sequence[SourceFile], format: str) -> UnreadableFileError | None:
    """Reads half of the files, and half of the half that cannot be read, until one is left; None if each can be read."""
    for group in _alike(spark, files, format):
        if _why_not(spark, group, format):
            while len(group) > 1:
                first, second = group[: len(group) // 2], group[len(group) // 2 :]
                group = first if _why_not(spark, first, format) else second
            why = _why_not(spark, group, format)
            return UnreadableFileError(group[0].uri, why) if why else None
    return None


def _alike(spark: SparkSession, files: Sequence[SourceFile], format: str) -> list[list[SourceFile]]:
    """Spark reads Parquet files of one schema together."""
    groups: dict[str, list[SourceFile]] = defaultdict(list)
    for file in files:
        groups[schema_of(spark, file) if format == "parquet" else ""].append(file)
    return list(groups.values())


def _why_not(spark: SparkSession, files: list[SourceFile], format: str) -> str | None:
    try:
        frame = load(spark, "parquet" if format == "parquet" else "text", [file.read_from for file in files])
        frame.write.format("noop").mode("overwrite").save()
    except Py4JJavaError as error:
        return root_cause(error)
    return None
