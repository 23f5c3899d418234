"""The rows of an XML file: each element of one name, and in it the values of columns, as text or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

Path = tuple[str, ...]


class BrokenXmlError(Exception):
    """The file is not well-formed, or declares entities; says where and why."""


@dataclass(frozen=True)
class Wanted:
    """A column: places of its value, of which the first that has one counts; a last name with @ is an attribute's."""

    paths: tuple[Path, ...]
    nested: bool
    """Whether its type is a struct, an array or a map; then its value is JSON, however plain."""
    repeated: bool
    """Whether its type is an array."""


@dataclass
class Element:
    name: str
    attributes: dict[str, str]
    texts: list[str] = field(default_factory=list)
    inner: list[Element] = field(default_factory=list)

    def at(self, path: Path) -> list[Element | str]:
        """Every element or attribute at the end of the path."""
        if path[0].startswith("@") and len(path) == 1:
            return [self.attributes[path[0][1:]]] if path[0][1:] in self.attributes else []
        found = [element for element in self.inner if element.name == path[0]]
        return found if len(path) == 1 else [end for element in found for end in element.at(path[1:])]

    def content(self) -> object:
        """A text, None for nothing, or an object of what is in it. What occurs more than once is a list."""
        text = "".join(self.texts)
        if self.attributes.get("nil") in ("true", "1"):
            return None
        if not self.inner and not self.attributes:
            return text or None
        parts: dict[str, list[object]] = {}
        for name, value in self.attributes.items():
            parts.setdefault(f"@{name}", []).append(value)
        for element in self.inner:
            parts.setdefault(element.name, []).append(element.content())
        if text.strip():
            parts["#text"] = [text]
        return {name: values[0] if len(values) == 1 else values for name, values in parts.items()}

    def plain(self) -> object:
        """As content(), of an element that may have attributes beside its text."""
        return self.content() if self.inner or self.attributes.get("nil") else "".join(self.texts) or None


def value_of(row: Element, wanted: Wanted) -> str | None:
    for path in wanted.paths:
        found = [one if isinstance(one, str) else one.content() if wanted.nested else one.plain() for one in row.at(path)]
        if not found:
            continue
        if wanted.repeated or len(found) > 1:
            return json.dumps(found, ensure_ascii=False)
        (value,) = found
        return value if value is None or (isinstance(value, str) and not wanted.nested) else json.dumps(value, ensure_ascii=False)
    return None


class Rows:
    def __init__(self, tag: str):
        self._tag = tag

    def of(self, chunks: Iterable[bytes]) -> Iterator[Element]:
        """Each outermost element of that name, whatever its namespace. Raises BrokenXmlError, behind the rows before the fault."""
        open_: list[Element] = []
        done: list[Element] = []

        def begin(name: str, attributes: dict[str, str]) -> None:
            name = _local(name)
            if open_ or name == self._tag:
                kept = {_local(key): value for key, value in attributes.items() if key != "xmlns" and not key.startswith("xmlns:")}
                element = Element(name, kept)
                if open_:
                    open_[-1].inner.append(element)
                open_.append(element)

        def end(_name: str) -> None:
            if open_:
                element = open_.pop()
                if not open_:
                    done.append(element)

        def text(data: str) -> None:
            if open_:
                open_[-1].texts.append(data)

        def entity(*_: object) -> None:
            raise BrokenXmlError("it declares entities, which are not read")

        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler, parser.EntityDeclHandler = begin, end, text, entity
        try:
            for chunk in chunks:
                parser.Parse(chunk)
                yield from done
                done.clear()
            parser.Parse(b"", True)
            yield from done
        except expat.ExpatError as error:
            yield from done
            raise BrokenXmlError(f"it is not well-formed XML ({error})") from error


def _local(name: str) -> str:
    return name.rpartition(":")[2]
