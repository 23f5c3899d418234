"""
The records of a JSON file that is no JSON lines: elements of an array, and objects that stand one behind another, pretty-printed or not.
Only where a record ends is found here; whether it is one object after RFC 8259 is for records.py.

A broken record must not take others with it. So a string ends at its quote or at the end of its line, which no string may hold; and a
bracket that closes what is not open closes what it can. Where that does not help, the file is given up: no one can tell its records apart.
"""

from __future__ import annotations

import re

LONGEST_RECORD = 64 * 1024 * 1024
_MARK = b"\xef\xbb\xbf"
_BLANKS = b" \t\r\n"
_STRING = rb'"(?:[^"\\\r\n]++|\\[^\r\n])*+"?'
_PLAIN = rb'[^"{}\[\]]++'
# Containers in one another that are passed over in one match; deeper ones token by token.
_DEPTH = 6


def _container(depth: int) -> bytes:
    inner = rb"(?:" + _PLAIN + rb"|" + _STRING + (rb"|" + _container(depth - 1) if depth > 1 else rb"") + rb")*+"
    return rb"(?:\{" + inner + rb"\}|\[" + inner + rb"\])"


class Splitter:
    """Takes the bytes of one file piece by piece, and gives back the bytes of each record that has come to its end."""

    _blank = re.compile(rb"[ \t\r\n]*+")
    _whole = re.compile(_container(_DEPTH))
    _whole_element = re.compile(rb"[ \t\r\n]*+(" + _container(_DEPTH) + rb")[ \t\r\n]*+([,\]])")
    # The group is empty for a string without its closing quote.
    _token = re.compile(_STRING[:-2] + rb'("?)|[{}\[\],]')
    _garbage = re.compile(rb"[^{\[\r\n]*+")

    def __init__(self) -> None:
        self.problem: str | None = None
        """What is wrong with the file as a whole, so that records of it may be lost."""
        self._text = b""
        self._begun = False
        self._in_array = False
        self._is_first = True
        """Whether no element of the array has ended yet."""
        self._open = bytearray()
        """Brackets of the present record that are not closed."""
        self._count = 0
        self._at = 0
        """As far as the present record has been searched for its end."""

    def feed(self, piece: bytes) -> list[bytes]:
        if self.problem:
            return []
        self._text += piece
        if not self._begun and len(self._text) >= len(_MARK):
            self._begun, self._text = True, self._text.removeprefix(_MARK)
        return self._take(final=False) if self._begun else []

    def end(self) -> list[bytes]:
        """Records that only the end of the file ends. Sets `problem` where it ends too early."""
        if self.problem:
            return []
        found = self._take(final=True)
        if self._in_array or self._open:
            self.problem = f"it ends before its {'array' if self._in_array else 'last object'} is closed, so it may be cut off"
        rest = self._text.strip(_BLANKS)
        return [*found, rest] if rest else found

    def _take(self, final: bool) -> list[bytes]:
        found: list[bytes] = []
        start: int | None = 0
        while start is not None:
            begin = start
            start = self._element(begin, final, found) if self._in_array else self._outside(begin, final, found)
        self._text, self._at = self._text[begin:], self._at - begin
        if len(self._text) > LONGEST_RECORD:
            self.problem = f"a record of it is longer than {LONGEST_RECORD >> 20} MB; a quote or a bracket may never be closed"
            found.append(self._text)
        return found

    def _outside(self, start: int, final: bool, found: list[bytes]) -> int | None:
        """Outside of arrays. Returns where the next record may begin, None where more bytes are needed."""
        text = self._text
        if self._at <= start:
            self._at = start
            begin = self._blank.match(text, start).end()
            if begin == len(text):
                return None
            if text[begin] == ord("["):
                self._in_array, self._is_first, self._at = True, True, begin + 1
                return begin + 1
            if text[begin] != ord("{"):
                end = self._garbage.match(text, begin).end()
                if end == len(text) and not final:
                    return None
                return self._found(text[begin:end], end, found)
            if whole := self._whole.match(text, begin):
                return self._found(whole[0], whole.end(), found)
            self._at = begin
        end = self._end_of_record(final)
        return None if end is None else self._found(text[start:end], end, found)

    def _element(self, start: int, final: bool, found: list[bytes]) -> int | None:
        text = self._text
        if self._at <= start:
            if whole := self._whole_element.match(text, start):
                self._is_first, self._in_array = False, whole[2] == b","
                return self._found(whole[1], whole.end(), found)
            self._at = start
        end = self._end_of_record(final)
        if end is None:
            return None
        element, self._in_array = text[start : end - 1].strip(_BLANKS), text[end - 1] == ord(",")
        if not element and not self._in_array and self._is_first:
            self._at = end
            return end
        self._is_first = False
        # Where nothing stands before a comma or behind the last one, the comma is shown.
        return self._found(element or b",", end, found)

    def _found(self, record: bytes, end: int, found: list[bytes]) -> int:
        found.append(record.strip(_BLANKS))
        self._count += 1
        self._at = end
        return end

    def _end_of_record(self, final: bool) -> int | None:
        """Behind the token that ends the record: a comma or ] of the array, else the object's own }. None where it is not there yet."""
        text, stack = self._text, self._open
        for token in self._token.finditer(text, self._at):
            sign = token[0]
            if token[1] is not None:
                left = len(text) - token.end()
                if not token[1] and not final and (left == 0 or (left == 1 and text[-1] == ord("\\"))):
                    self._at = token.start()
                    return None
            elif sign in b"{[":
                stack += sign
            elif sign == b",":
                if self._in_array and not stack:
                    return token.end()
            elif (opening := b"{" if sign == b"}" else b"[") in stack:
                del stack[stack.rindex(opening) :]
                if not self._in_array and not stack:
                    return token.end()
            elif sign == b"]" and self._in_array:
                if stack:
                    self.problem = f"a quote or bracket of its record {self._count + 1} is not closed, so where that ends cannot be known"
                    stack.clear()
                return token.end()
        self._at = len(text)
        return None
