"""
Numbers from texts. A pattern says what a number looks like; only then is it cast, since Spark's casts take much more: 12D, 0x1p3, 1_0.
Blanks and tabs around a number are not part of it.
"""

from __future__ import annotations

import re

from ...contract import Column
from ...formats.sources import literal
from .names import numbers_in

_BLANKS = r"[ \t]*"
_START, _END = rf"^{_BLANKS}[+-]?", rf"{_BLANKS}\z"
_SOME_DIGIT = r"(?=\.?[0-9])"
_DIGITS = rf"{_SOME_DIGIT}[0-9]*+(?:\.[0-9]*+)?"
_EXPONENT = "[eE][+-]?[0-9]{1,3}"
_WHOLE = f"{_START}[0-9]++{_END}"
_NUMBER = f"{_START}{_DIGITS}(?:{_EXPONENT})?{_END}"
# Of a decimal. It is written out, so that a large exponent would cost memory without end.
_SCIENTIFIC = f"{_START}(?=[0-9.]{{1,16}}[eE]){_DIGITS}[eE][+-]?[0-9]{{1,2}}{_END}"
_ROUNDED = f"{_START}{_DIGITS}(?:[eE][+-]?[0-9]{{1,2}})?{_END}"
# Spark counts the exponent of a zero among its digits: its cast has no room for 0E38 in any decimal.
_ZERO = f"{_START}(?=[0-9.]{{1,16}}[eE])(?=\\.?0)0*+(?:\\.0*+)?[eE][+-]?[0-9]{{1,2}}{_END}"
_NAMED = r"(?i:nan|[+-]?inf(?:inity)?)"
# Letters of a text, and digits of its exponent, whose number is always exact: every float and every double gives back so many decimal digits,
# and with so few neither overflows nor underflows. The length is part of the pattern, since each step of its own makes the generated method longer.
_SURE_SIZES = {"float": (6, 1), "double": (15, 2)}
_SURE = {
    kind: rf"^(?:(?=.{{1,{letters}}}\z){_BLANKS}[+-]?{_DIGITS}(?:[eE][+-]?[0-9]{{1,{digits}}})?|{_BLANKS}{_NAMED}){_END}"
    for kind, (letters, digits) in _SURE_SIZES.items()
}


def trimmed(value: str) -> str:
    return f"trim(BOTH ' \\t' FROM {value})"


def integer(value: str, column: Column, target: str) -> str:
    value = _with_plain_marks(value, column)
    return f"CASE WHEN {_like(value, _WHOLE)} THEN CAST({value} AS {target}) END"


def decimal(value: str, column: Column, target: str) -> str:
    precision, scale = numbers_in(target)
    value = _with_plain_marks(value, column)
    number, zero = f"CAST({value} AS {target})", f"CAST(0 AS {target})"
    if column.round == "half_up":
        return f"CASE WHEN {_like(value, _ZERO)} THEN {zero} WHEN {_like(value, _ROUNDED)} THEN {number} END"
    # Leading zeros and those behind the last place are free; every other digit must have its place.
    whole = f"[0-9]{{0,{precision - scale}}}" if precision > scale else ""
    fits = _like(value, f"{_START}{_SOME_DIGIT}0*+{whole}(?:\\.[0-9]{{0,{scale}}}0*)?{_END}")
    # Two different numbers of at most fifteen digits are different doubles.
    keeps = f"{_like(value, _SCIENTIFIC)} AND CAST({value} AS double) = CAST({number} AS double)"
    return f"CASE WHEN {fits} OR ({keeps}) THEN {number} WHEN {_like(value, _ZERO)} THEN {zero} END"


def fraction(value: str, column: Column, target: str, exact: str | None) -> str:
    plain = _with_plain_marks(value, column)
    number = f"CAST({plain} AS {target})"
    if exact is not None:
        return f"CASE WHEN {exact} THEN {number} END"
    back = gives_its_text_back(plain, target)
    return f"CASE WHEN {is_exact(plain, target)} THEN {number} WHEN {is_finite(plain, target)} THEN CASE WHEN {back} THEN {number} END END"


def gives_its_text_back(text: str, kind: str) -> str:
    """SQL that is true where the number nearest to `text`, SQL of a number's text, gives its digits back: see exact.py."""
    every = _significant(f"reflect('scala.math.BigDecimal', 'exact', CAST(CAST({text} AS {kind}) AS double))")
    # Neither has zeros at its end, so one that is rounded up differs in its last digit alone, or is 1 for 9.
    rest = "substring(e, length(w) + 1)"
    up = f"({rest} > '5' OR ({rest} = '5' AND substring(e, length(w), 1) IN ('1', '3', '5', '7', '9')))"
    one_less = "concat(left(w, length(w) - 1), CAST(CAST(right(w, 1) AS INT) - 1 AS STRING))"
    same = f"CASE WHEN {up} THEN left(e, length(w)) = {one_less} OR (w = '1' AND left(e, 1) = '9') ELSE left(e, length(w)) = w END"
    # Lambdas, since SQL has no other way to name what is used more than once.
    return f"get(transform(array({_significant(text)}), w -> w = '' OR get(transform(array({every}), e -> {same}), 0)), 0)"


def is_exact(text: str, kind: str) -> str:
    """SQL that is true for a number, NaN and Infinity among them, that the type has as it is, for all that one look can tell."""
    return _like(text, _SURE[kind])


def is_finite(text: str, kind: str) -> str:
    """SQL that is true for a number below the type's infinity."""
    return f"{_like(text, _NUMBER)} AND abs(CAST({text} AS {kind})) < CAST('Infinity' AS {kind})"


def number_text(value: str, column: Column) -> str:
    """The text with `.` for its decimal mark and without group marks; NULL where its marks are not where they belong."""
    return _with_plain_marks(value, column)


def _with_plain_marks(value: str, column: Column) -> str:
    decimal_mark, group_mark = column.decimal_mark or ".", column.group_mark
    if decimal_mark == "." and group_mark is None:
        return value
    point, whole = re.escape(decimal_mark), "[0-9]*+"
    if group_mark is not None:
        # Groups of three, or no groups at all.
        whole = rf"(?:[0-9]{{1,3}}(?:{re.escape(group_mark)}[0-9]{{3}})++|[0-9]*+)"
    shape = rf"{_START}{whole}(?:{point}[0-9]*+)?(?:{_EXPONENT})?{_END}"
    marks = decimal_mark + (group_mark or "")
    return f"CASE WHEN {_like(value, shape)} THEN translate({value}, {literal(marks)}, '.') END"


def _like(value: str, pattern: str) -> str:
    return f"{value} RLIKE {literal(pattern)}"


def _significant(value: str) -> str:
    """The digits of a number without the zeros around them: they are the same before and after a cast that loses none."""
    mantissa = f"regexp_replace({value}, {literal('[eE].*')}, '')"
    return f"trim(BOTH '0' FROM translate({mantissa}, '+-. \\t', ''))"
