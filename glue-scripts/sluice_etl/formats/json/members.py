"""
SQL that takes one JSON container apart: a text for each value, as it was written. Strings come without their quotes and escapes;
numbers, `true`, `false` and containers come byte for byte; `null` comes as NULL.

Spark's JSON reader takes some texts that are no JSON, and turns every number into a double. So one regular expression checks the
container and puts marks around its values; marked values become strings, and the reader only undoes escapes and finds keys. The marks
are control characters, which RFC 8259 does not let into a text.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..sources import literal
from .grammar import MOST_DEPTH, NUMBER, STRING, WS, balanced, container

_BEGIN, _END, _VALUE = "\x01", "\x02", "\x03"


@dataclass(frozen=True)
class Kind:
    opening: str
    closing: str
    key: str
    """What comes before a value, as a pattern."""


OBJECT = Kind("{", "}", f"{STRING}{WS}:{WS}")
ARRAY = Kind("[", "]", "")


def marked(text: str, kind: Kind, strings: bool) -> str:
    """
    SQL of `text` with marks around its values. is_whole() tells whether it was a container of that kind. `strings`: also around strings,
    which tokens() needs and texts() does not.
    """
    return _marked(text, kind, container(), strings)


def marked_known(text: str, kind: Kind, strings: bool) -> str:
    """As marked(), however deep, of a text that is known to be JSON; what is no container of that kind stays as it is."""
    return _marked(text, kind, balanced(), strings)


def _marked(text: str, kind: Kind, nested: str, strings: bool) -> str:
    # What needs no mark is passed over in one match with what does: a match costs as much as a value.
    passed_over = "" if strings else f"(?:{kind.key}(?:{STRING}|null){WS},{WS})*+"
    value = f"(?:({STRING}|null)|({NUMBER}|true|false|{nested}))"
    pattern = rf"\G(^{WS}\{kind.opening}{WS}|,{WS})({passed_over}{kind.key}){value}{WS}(\{kind.closing}{WS}\z)?+"
    return f"regexp_replace({text}, {literal(pattern)}, '$1$2{_VALUE if strings else ''}$3{_BEGIN}$4{_END}$5')"


def is_whole(marks: str, text: str, kind: Kind) -> str:
    """SQL that is true where marked() took all of `text`: what it cannot take stays unchanged at the end."""
    empty = rf"^{WS}\{kind.opening}{WS}\{kind.closing}{WS}\z"
    return f"((endswith({marks}, '{_END}{kind.closing}') AND NOT contains({text}, '{_END}')) OR {text} RLIKE {literal(empty)})"


def is_json_container(text: str) -> str:
    """SQL that is true where `text` is a JSON object or array of any depth up to MOST_DEPTH."""
    return f"({text} RLIKE {literal(f'^{WS}{container()}{WS}' + chr(92) + 'z')} OR {is_deep_container(text)})"


def is_deep_container(text: str) -> str:
    """
    As is_json_container(), by rounds, so for the few that the pattern does not hold for. Strings become one sign and other scalars
    another; then each round makes a value of the innermost containers, until one value is left.
    """
    string, value, container_value = "\x01", "\x02", "\x03"
    any, member = f"[{string}{value}{container_value}]", f"{string}:[{string}{value}{container_value}]"
    signs = f"regexp_replace({text}, {literal(STRING)}, '{string}')"
    signs = f"regexp_replace({signs}, {literal(f'{NUMBER}|true|false|null')}, '{value}')"
    signs = f"regexp_replace({signs}, '[ \\t\\r\\n]+', '')"
    innermost = literal(rf"\{{(?:{member}(?:,{member})*+)?+\}}|\[(?:{any}(?:,{any})*+)?+\]")
    rounds = f"aggregate(sequence(1, {MOST_DEPTH}), {signs}, (left, round) -> regexp_replace(left, {innermost}, '{container_value}'))"
    return f"(NOT ({text} RLIKE '[{string}{value}{container_value}]') AND {rounds} = '{container_value}')"


def texts(marks: str, strings: bool) -> str:
    """
    SQL of JSON in which every marked value is a string; those that were none are as they were written. `marks` is a column, `strings` as it
    was when they were made.
    """
    plain = f"replace(replace({marks}, '{_VALUE}', ''), '{_BEGIN}{_END}', '')" if strings else f"replace({marks}, '{_BEGIN}{_END}', '')"
    has_containers = f"contains({marks}, '{_BEGIN}{{') OR contains({marks}, '{_BEGIN}[')"
    return _as_strings(f"CASE WHEN {has_containers} THEN {_escaped(plain, _BEGIN)} ELSE {plain} END", _BEGIN)


def tokens(marks: str) -> str:
    """As texts(), but strings keep their quotes and escapes: that tells a container from a string that holds one."""
    return _as_strings(_escaped(f"replace({marks}, '{_BEGIN}', '')", _VALUE), _VALUE)


def strings_read(text: str, type: str) -> str:
    """SQL of texts() or tokens() as a struct, array or map of strings. Blanks of JSON in a container's text may be tabs."""
    return f"from_json({text}, {literal(type)}, map('allowUnquotedControlChars', 'true'))"


def _escaped(text: str, begin: str) -> str:
    # Each match begins where the one before it ended, so it cannot leave the value.
    to_escape = literal(rf'({begin}|\G(?!^))([^"\\{_END}]*+)(["\\])')
    return f"regexp_replace({text}, {to_escape}, {literal(r'$1$2' + 2 * chr(92) + '$3')})"


def _as_strings(text: str, begin: str) -> str:
    return f"replace(replace({text}, '{begin}', '\"'), '{_END}', '\"')"
