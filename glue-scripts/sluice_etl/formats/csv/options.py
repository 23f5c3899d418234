"""The options of a CSV contract with their defaults."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...contract import Contract

_UTF8 = ("utf-8", "utf8")


@dataclass(frozen=True)
class CsvOptions:
    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    """Before a quote inside quotes: the quote itself, as RFC 4180 has it, or another character, which then stands for itself before itself."""
    header: bool | None = None
    """None where the contract does not tell."""
    multiline: bool = False
    encoding: str = "utf-8"
    null_values: tuple[str, ...] = ()

    @property
    def is_utf8(self) -> bool:
        return self.encoding.lower() in _UTF8

    @property
    def doubled(self) -> bool:
        return self.escape == self.quote

    @property
    def quoted_text(self) -> str:
        """Regular expression of what stands between quotes. Possessive: a broken quote must not cost backtracking, nor a long value the stack."""
        quote, escape = re.escape(self.quote), re.escape(self.escape)
        if self.doubled:
            return f"[^{quote}]*+(?:{quote}{quote}[^{quote}]*+)*+"
        return f"[^{quote}{escape}]*+(?:{escape}(?s:.)[^{quote}{escape}]*+)*+"

    @property
    def unquoted(self) -> str:
        """Regular expression of characters up to a delimiter or line end."""
        if len(self.delimiter) == 1:
            return f"[^{re.escape(self.delimiter)}\r\n]*+"
        return f"(?:(?!{re.escape(self.delimiter)})[^\r\n])*+"

    @property
    def record(self) -> str:
        """Regular expression of a record up to its line end; text behind a closing quote is part of it, though no good one has such."""
        quote = re.escape(self.quote)
        field = f"(?:{quote}{self.quoted_text}{quote}{self.unquoted}|(?!{quote}){self.unquoted})"
        return f"{field}(?:{re.escape(self.delimiter)}{field})*+"

    def in_bytes(self) -> CsvOptions:
        """The same over text in which each character is one byte of the file."""

        def spelled(mark: str) -> str:
            return mark.encode(self.encoding).decode("iso-8859-1")

        return CsvOptions(spelled(self.delimiter), spelled(self.quote), spelled(self.escape), self.header, self.multiline, "iso-8859-1")


def csv_options(contract: Contract) -> CsvOptions:
    given = contract.options
    quote = given.get("quote", '"')
    return CsvOptions(
        delimiter=given.get("delimiter", ","),
        quote=quote,
        escape=given.get("escape", quote),
        header=given.get("header"),
        multiline=given.get("multiline", False),
        encoding=given.get("encoding", "utf-8"),
        null_values=tuple(given.get("null_values", [])),
    )
