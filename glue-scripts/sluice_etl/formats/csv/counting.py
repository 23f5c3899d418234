"""Records of a CSV file, counted from its bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...errors import UnreadableFileError
from ...lake.inputs import SourceFile
from ..counting import lines_in, whole_lines, without_mark
from .options import CsvOptions

# Longer than any record that a program of our time writes; a quote that is never closed reads on to the end of the file.
LONGEST_RECORD = 64 * 1024 * 1024


def records_in(file: SourceFile, chunks: Iterable[bytes], options: CsvOptions) -> int:
    """Records that are not blank, the header among them. Raises UnreadableFileError."""
    if options.is_utf8:
        chunks = without_mark(chunks)
    return _quoted_records_in(file, chunks, options.in_bytes()) if options.multiline else lines_in(file, chunks)


def _quoted_records_in(file: SourceFile, chunks: Iterable[bytes], options: CsvOptions) -> int:
    quote = options.quote.encode("iso-8859-1")
    one = re.compile(rf"({options.record})(?:\r\n|\r|\n)".encode("iso-8859-1"))
    count, rest = 0, b""
    for piece in whole_lines(file, chunks):
        if not rest and quote not in piece:
            count += lines_in(file, [piece])
            continue
        rest += piece
        at = 0
        while found := one.match(rest, at):
            count += bool(found[1].strip(b" "))
            at = found.end()
        rest = rest[at:]
        if len(rest) > LONGEST_RECORD:
            remedy = "Close the quote and land it again, or exclude or delete it"
            raise UnreadableFileError(file.uri, f"a record of it is longer than {LONGEST_RECORD >> 20} MB; a quote may never be closed", remedy)
    return count + bool(rest.strip(b" \r\n"))
