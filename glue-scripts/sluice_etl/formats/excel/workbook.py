"""The rows of a sheet in an Office Open XML workbook (.xlsx, .xlsm), cell by cell as text."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree

from .cells import Style, number_text, unescaped

# What a workbook may unpack to: a larger one is no table that a person looks at.
MOST_BYTES = 2 * 1024 * 1024 * 1024
_COLUMN = re.compile(r"[A-Z]+")


class WorkbookError(Exception):
    """The file is no workbook, or has no such sheet; says why."""


class Workbook:
    def __init__(self, content: bytes):
        if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
            raise WorkbookError("it is an .xls file or one with a password, which are not read; save it as .xlsx without a password")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            if sum(part.file_size for part in self._zip.infolist()) > MOST_BYTES:
                raise WorkbookError(f"it unpacks to more than {MOST_BYTES >> 30} GB")
            book = self._tree("xl/workbook.xml")
        except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, zlib.error, EOFError) as error:
            raise WorkbookError(f"it is no workbook, or cut off ({error})") from error
        self._sheets = {node.get("name", ""): _relation(node) for node in book.iter() if _name(node) == "sheet"}
        self._since_1904 = any(_name(node) == "workbookPr" and node.get("date1904") in ("1", "true") for node in book.iter())
        targets = self._tree("xl/_rels/workbook.xml.rels").iter() if "xl/_rels/workbook.xml.rels" in self._zip.namelist() else ()
        self._targets = {node.get("Id"): posixpath.normpath(posixpath.join("/xl", node.get("Target", "")))[1:] for node in targets}
        self._styles = self._read_styles()
        self._strings: list[str] | None = None

    def rows(self, sheet: str | int | None) -> Iterator[tuple[int, list[str | None], str | None]]:
        """
        Its number, its texts, and what is wrong with it (None for nothing), of each row that holds something. Raises WorkbookError.

        `sheet`: its name, or its place counted from 1; the first where none is given.
        """
        try:
            if self._strings is None:
                self._strings = self._read_strings()
            with self._zip.open(self._part_of(sheet)) as part:
                number = 0
                for _, node in ElementTree.iterparse(part):
                    if _name(node) != "row":
                        continue
                    number = int(node.get("r", number + 1))
                    texts, wrong = self._row(node)
                    node.clear()
                    if wrong or any(text is not None and text.strip() for text in texts):
                        yield number, texts, wrong
        except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, zlib.error, EOFError, IndexError) as error:
            raise WorkbookError(f"its sheet cannot be read to its end ({error})") from error

    def _row(self, row) -> tuple[list[str | None], str | None]:
        texts: list[str | None] = []
        wrong = None
        for cell in row:
            if _name(cell) != "c":
                continue
            place = _place(cell.get("r")) if cell.get("r") else len(texts)
            texts += [None] * (place + 1 - len(texts))
            parts = {_name(part): part for part in cell}
            if "f" in parts and _is_without_result(cell, parts):
                wrong = f"cell {cell.get('r')} holds a formula without its result"
            texts[place] = self._text(cell, parts)
        return texts, wrong

    def _text(self, cell, parts) -> str | None:
        kind, value = cell.get("t", "n"), parts["v"].text if "v" in parts else None
        if kind == "inlineStr":
            return _texts(parts["is"]) if "is" in parts else None
        if value is None:
            return None
        if kind == "s":
            return self._strings[int(value)]
        if kind == "b":
            return "true" if value.strip() == "1" else "false"
        if kind == "n":
            place = int(cell.get("s", 0))
            return number_text(value, self._styles[place] if place < len(self._styles) else None, self._since_1904)
        return unescaped(value)

    def _part_of(self, sheet: str | int | None) -> str:
        names = list(self._sheets)
        name = names[sheet - 1] if isinstance(sheet, int) and 0 < sheet <= len(names) else sheet if sheet is not None else next(iter(names), None)
        if name not in self._sheets:
            raise WorkbookError(f"it has no sheet {sheet!r}; it has {', '.join(names) or 'none'}")
        return self._targets.get(self._sheets[name], "")

    def _read_strings(self) -> list[str]:
        if "xl/sharedStrings.xml" not in self._zip.namelist():
            return []
        found = []
        with self._zip.open("xl/sharedStrings.xml") as part:
            for _, node in ElementTree.iterparse(part):
                if _name(node) == "si":
                    found.append(_texts(node))
                    node.clear()
        return found

    def _read_styles(self) -> list[Style]:
        if "xl/styles.xml" not in self._zip.namelist():
            return []
        tree = self._tree("xl/styles.xml")
        codes = {int(node.get("numFmtId", 0)): node.get("formatCode") for node in tree.iter() if _name(node) == "numFmt"}
        cells = next((node for node in tree.iter() if _name(node) == "cellXfs"), ())
        numbers = [int(node.get("numFmtId", 0)) for node in cells]
        return [Style(number, codes.get(number)) for number in numbers]

    def _tree(self, part: str):
        return ElementTree.fromstring(self._zip.read(part))


def _name(node) -> str:
    return node.tag.rpartition("}")[2]


def _is_without_result(cell, parts) -> bool:
    """Programs that do not calculate leave the value out, or empty; an empty text is a result (t="str")."""
    return "is" not in parts and ("v" not in parts or (not parts["v"].text and cell.get("t") != "str"))


def _relation(node) -> str:
    return next((value for name, value in node.attrib.items() if name.rpartition("}")[2] == "id" and "}" in name), "")


def _texts(node) -> str:
    """Of a string in pieces; readings of other scripts (phonetic, rPh) are none of it."""
    pieces = [part.text or "" for part in node if _name(part) == "t"]
    pieces += [piece.text or "" for run in node if _name(run) == "r" for piece in run if _name(piece) == "t"]
    return unescaped("".join(pieces))


def _place(reference: str) -> int:
    place = 0
    for letter in _COLUMN.match(reference)[0]:
        place = 26 * place + ord(letter) - ord("A") + 1
    return place - 1
