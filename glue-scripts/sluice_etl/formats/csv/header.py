"""Headers, read with small range requests so that files can be grouped by layout before Spark sees them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...contract import Contract
from ...errors import ConfigurationError, UnreadableFileError
from ...lake.inputs import SourceFile
from ...lake.store import S3Store
from ..heads import FIRST_LOOK, head_bytes
from .options import CsvOptions

LONGEST_HEADER = 1024 * 1024
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Head:
    text: str
    """The first record that is not blank, as it is in the file: a quoted name may hold line ends."""
    line_end: str
    """The one that the file has first, outside quotes: LF, which CRLF ends with as well, or CR."""
    marked: bool
    """Whether the file begins with a byte order mark."""

    @property
    def lines(self) -> list[str]:
        return [line for line in re.split("\r\n|\r|\n", self.text) if line.strip(" ")]


def read_head(store: S3Store, file: SourceFile, options: CsvOptions) -> Head | None:
    """None for a file without a record. Raises UnreadableFileError, of the record itself only where it is a header."""
    look = FIRST_LOOK
    while True:
        content, whole = head_bytes(store, file, look)
        marked = options.is_utf8 and content.startswith(_MARK)
        head = _first_record(content[len(_MARK) :] if marked else content, whole, options)
        if head is not None:
            record, line_end = head
            return Head(_decoded(record, file, options), line_end, marked) if record.strip(b" ") else None
        if not options.header and (whole or look >= LONGEST_HEADER):
            return Head("", "\n", marked)
        if whole:
            raise UnreadableFileError(file.uri, "a quote in its first record is never closed")
        if look >= LONGEST_HEADER:
            raise UnreadableFileError(
                file.uri, f"its first {LONGEST_HEADER} bytes hold no end of a record", "If it is no CSV, exclude it or delete it"
            )
        look = min(look * 8, LONGEST_HEADER)


def header_names(text: str, options: CsvOptions) -> list[str]:
    """The names in a header, without their quotes; each line end in one is a LF."""
    quote, escape = options.quote, options.escape
    field = f"{re.escape(quote)}(?P<quoted>{options.quoted_text}){re.escape(quote)}{options.unquoted}|(?P<plain>{options.unquoted})"
    names, at = [], 0
    while True:
        found = re.compile(field).match(text, at)
        quoted = found["quoted"]
        name = found["plain"] if quoted is None else re.sub(f"{re.escape(escape)}([{re.escape(quote + escape)}])", r"\1", quoted)
        names.append(re.sub("\r\n|\r", "\n", name))
        at = found.end() + len(options.delimiter)
        if found.end() >= len(text):
            return names


def checked_names(file: SourceFile, head: Head, options: CsvOptions) -> list[str]:
    """As of header_names. Raises UnreadableFileError where a quote is broken: then nobody can tell where the header ends."""
    quote = re.escape(options.quote)
    field = f"(?:{quote}{options.quoted_text}{quote}|(?!{quote}){options.unquoted})"
    if not re.fullmatch(f"{field}(?:{re.escape(options.delimiter)}{field})*", head.text):
        raise UnreadableFileError(file.uri, "the quotes of its first record are broken")
    return header_names(head.text, options)


def refuse_header(file: SourceFile, contract: Contract, options: CsvOptions, head: Head | None) -> None:
    """
    For a contract that does not tell whether its files have headers: one among the data would be a row, of strings even a good one.
    Raises ConfigurationError where the file's first line names every column.
    """
    # A longer line is data that was joined somehow.
    named = {name.strip().lower() for name in header_names(head.text, options)} if head and len(head.text) <= FIRST_LOOK else set()
    if named.issuperset(name.lower() for name in contract.column_names):
        raise ConfigurationError(
            f"the first line of {file.uri} names the columns of {contract.dataset}, whose contract does not say whether files have a header: "
            "give source.options `header: true`, or `header: false` if that line is data; deploy it, then redrive the batch"
        )


def _first_record(content: bytes, whole: bool, options: CsvOptions) -> tuple[bytes, str] | None:
    """It and its line end; an empty one for a file without records; None where its end is not in sight."""
    text, at = content.decode("iso-8859-1"), 0
    one = re.compile(rf"({options.in_bytes().record})(\r\n|\r|\n|\Z)")
    while True:
        found = one.match(text, at)
        if not found or (found.end() == len(text) and not whole):
            return None
        if found[1].strip(" ") or found.end() == len(text):
            return found[1].encode("iso-8859-1"), "\r" if found[2] == "\r" else "\n"
        at = found.end()


def _decoded(record: bytes, file: SourceFile, options: CsvOptions) -> str:
    try:
        return record.decode(options.encoding, "strict" if options.header else "replace")
    except UnicodeDecodeError as error:
        remedy = "Give source.options the encoding that the file has, or land it again"
        raise UnreadableFileError(file.uri, f"its first line is not in {options.encoding}", remedy) from error


_DELIMITERS = {";": '";"', ",": '","', "|": '"|"', "\t": "a tab"}


def other_delimiter(found: Sequence[str], wanted: Mapping[str, str]) -> str:
    """Words to add where another delimiter would part one of the found names into two of the wanted ones: `: the delimiter looks like ";"`."""
    names = {name.casefold() for name in wanted.values()}
    for mark, shown in _DELIMITERS.items():
        if any(sum(part.strip().strip('"').casefold() in names for part in name.split(mark)) >= 2 for name in found):
            return f": the delimiter looks like {shown}"
    return ""
