"""Files that are broken as a whole: cut off, compressed otherwise than they are called, or of another format. Spark rarely says which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from ..errors import UnreadableFileError, root_cause
from ..lake.inputs import SourceFile
from .source_format import SourceFormat


@contextmanager
def naming_unreadable(spark: SparkSession, files: Sequence[SourceFile], format: SourceFormat) -> Iterator[None]:
    """What Spark gives up over in here, for a file that is broken, becomes the UnreadableFileError that names it."""
    try:
        yield
    except Py4JJavaError as error:
        raise _find_unreadable(spark, files, format) or error from error


def _find_unreadable(spark: SparkSession, files: Sequence[SourceFile], format: SourceFormat) -> UnreadableFileError | None:
    groups = format.readable_together(spark, files)
    return next((found for group in groups if (found := _broken(spark, group, format))), None)


def _broken(spark: SparkSession, files: Sequence[SourceFile], format: SourceFormat) -> UnreadableFileError | None:
    """Reads the files, then half of them, and half of the half that cannot be read, until one is left; None if each can be read."""
    why = _why_not(spark, files, format)
    if why is None:
        return None
    if len(files) == 1:
        return UnreadableFileError(files[0].uri, why)
    middle = len(files) // 2
    return _broken(spark, files[:middle], format) or _broken(spark, files[middle:], format)


def _why_not(spark: SparkSession, files: Sequence[SourceFile], format: SourceFormat) -> str | None:
    try:
        format.whole(spark, files).write.format("noop").mode("overwrite").save()
    except Py4JJavaError as error:
        return root_cause(error)
    return None
