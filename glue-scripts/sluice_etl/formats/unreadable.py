"""Files that are broken as a whole: cut off, compressed otherwise than they are called, or of another format. Spark rarely says which."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from py4j.protocol import Py4JJavaError

from ..errors import UnreadableFileError, root_cause
from .source_format import Reading, SourceFormat


_AGAIN = "Land it again or delete it"
_OTHER_CODEC = "it is compressed with {}, which is not read here", "Write it with snappy, gzip or zstd and land it again"
# A sign in Spark's own sentence, which is for the log; the reason in ours, and what helps.
_REASONS = [
    (r"(\w+)Codec was not found", *_OTHER_CODEC),
    # The same, from a class loader that was asked before.
    (r"ClassNotFoundException: \S*\.(\w+)Codec", *_OTHER_CODEC),
    (r"Crypto|[Dd]ecrypt", "its columns are encrypted", "Write it without encryption and land it again"),
    (r"EOFException|[Uu]nexpected end|[Pp]remature|[Tt]runcated", "it is cut off", _AGAIN),
    (r"AccessDenied|Access Denied|Forbidden", "the job's role may not read it", "Let the role read it"),
    (r"NoSuchKey|FileNotFound|No such file", "it went away while the job read it", _AGAIN),
    (r"ArrayIndexOutOfBounds", "a record of it has more fields than can be read", "Look for a wrong delimiter or broken quotes in it"),
    (r"", "it is damaged, or not what its name promises", _AGAIN),
]


@contextmanager
def naming_unreadable(reading: Reading, format: SourceFormat, refusal: Callable[[], UnreadableFileError | None]) -> Iterator[None]:
    """
    What Spark gives up over in here, for a file that is broken, becomes the UnreadableFileError that names it: `refusal`, where the file is known
    by then.
    """
    try:
        yield
    except Py4JJavaError as error:
        raise refusal() or _find_unreadable(reading, format) or error from error


def _find_unreadable(reading: Reading, format: SourceFormat) -> UnreadableFileError | None:
    groups = format.readable_together(reading)
    return next((found for group in groups if (found := _broken(replace(reading, files=group), format))), None)


def _broken(reading: Reading, format: SourceFormat) -> UnreadableFileError | None:
    """Reads the files, then half of them, and half of the half that cannot be read, until one is left; None if each can be read."""
    why = _why_not(reading, format)
    if why is None:
        return None
    if len(reading.files) == 1:
        print(f"{reading.files[0].uri} cannot be read: {why}")
        return _said(reading.files[0].uri, why)
    middle = len(reading.files) // 2
    halves = (reading.files[:middle], reading.files[middle:])
    return next((found for half in halves if (found := _broken(replace(reading, files=half), format))), None)


def _said(uri: str, why: str) -> UnreadableFileError:
    found, reason, remedy = next((found, reason, remedy) for sign, reason, remedy in _REASONS if (found := re.search(sign, why)))
    return UnreadableFileError(uri, reason.format(*found.groups()), remedy)


def _why_not(reading: Reading, format: SourceFormat) -> str | None:
    try:
        format.whole(reading).write.format("noop").mode("overwrite").save()
    except Py4JJavaError as error:
        return root_cause(error)
    return None
