"""What an extract needs to know of a kind of database. Values come as the texts that the server itself writes."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Reason:
    """What an error of the server means."""

    begins: str
    """SQLSTATE, or its first letters, or `#` and the server's own number."""
    error: type[Exception]
    text: str
    """With {table} and {credentials}, which is what to do about them; says what helps."""


class DatabaseKind(ABC):
    url_begins: ClassVar[str]
    driver: ClassVar[str]
    """A class of Java."""
    begin_session: ClassVar[str]
    """A statement that makes texts the same on each server."""
    fetch_size: ClassVar[int]
    """Rows that the driver takes at once: a whole table does not fit into a task."""
    reasons: ClassVar[tuple[Reason, ...]]

    @staticmethod
    @abstractmethod
    def quoted(name: str) -> str: ...

    @abstractmethod
    def columns_sql(self, table: str) -> str:
        """`name`, `type` and `required` (no row may have NULL) of each column; no rows, or an error, for a table that is not there."""

    @abstractmethod
    def value(self, name: str, type: str) -> str:
        """A column as it is extracted: bytes as they are, all else as text."""

    @abstractmethod
    def text(self, expression: str) -> str:
        """A number or a time as text."""

    @abstractmethod
    def hash_part(self, name: str, type: str, parts: int) -> str:
        """Which of so many parts a row belongs to. NULL is in one of them."""

    @abstractmethod
    def is_whole(self, type: str) -> bool:
        """Whether it is a whole number."""

    @abstractmethod
    def is_watermark(self, type: str) -> bool:
        """Whether it is a number or a time."""

    @abstractmethod
    def bound(self, type: str, text: str) -> str:
        """A value of a watermark."""

    def is_bound(self, type: str, text: str) -> bool:
        """Whether the text is a value of a watermark, where the server would take another without a word."""
        return True

    @abstractmethod
    def settled(self, column: str, type: str, lag_seconds: int) -> str:
        """Whether a value of a watermark is older than the lag."""

    def quoted_table(self, table: str) -> str:
        return ".".join(self.quoted(part) for part in table.split("."))

    def rows_sql(self, table: str, columns: dict[str, str], window: str, split: str | None) -> str:
        """
        The columns in their order, called c0, c1 and so on: Spark takes a name with a quote in it for more than a name.
        :param columns: name → type
        :param window: SQL of a condition, or empty
        """
        selected = [f"{self.value(name, type)} AS c{number}" for number, (name, type) in enumerate(columns.items())]
        selected += [f"{split} AS {self.quoted(SPLIT)}"] if split else []
        return f"SELECT {', '.join(selected)} FROM {self.quoted_table(table)}" + (f" WHERE {window}" if window else "")

    def upper_bound_sql(self, table: str, column: str, type: str, lag_seconds: int) -> str:
        """`upper`: the highest value that is older than `lag_seconds`, as text, NULL for none; `all_null`: whether no row of a filled table has a value."""
        name, source = self.quoted(column), self.quoted_table(table)
        # Each part of it is answered by an index on the column, where there is one.
        highest = f"(SELECT max({name}) FROM {source} WHERE {self.settled(name, type, lag_seconds)})"
        has = f"EXISTS (SELECT 1 FROM {source}{{}})".format
        return f"SELECT {self.text(highest)} AS {self.quoted('upper')}, {has('')} AND NOT {has(f' WHERE {name} IS NOT NULL')} AS all_null"

    def range_sql(self, table: str, column: str) -> str:
        """`lowest` and `highest` of a whole number, as texts, NULL for none."""
        name = self.quoted(column)
        return f"SELECT {self.text(f'min({name})')} AS lowest, {self.text(f'max({name})')} AS highest FROM {self.quoted_table(table)}"

    def window(self, column: str, type: str, lower: str | None, upper: str) -> str:
        """From the lower bound on, which is read again, to the upper one. Rows without a watermark are read each time: no window would have them."""
        bounds = [f"{self.quoted(column)} <= {self.bound(type, upper)}"]
        if lower is not None:
            bounds.insert(0, f"{self.quoted(column)} >= {self.bound(type, lower)}")
        return f"({' AND '.join(bounds)} OR {self.quoted(column)} IS NULL)"


BOUND = "a bound of the window is no value of the watermark of table {table}; correct it, or extract the whole table with --all"

SPLIT = "__split"
"""The column by which readers part the rows, for Spark alone."""


def plain(type: str) -> str:
    """Without lengths."""
    return re.sub(r"\(\d+(,\d+)?\)", "", type)
