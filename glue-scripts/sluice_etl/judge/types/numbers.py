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
_NAMED = "('nan', 'infinity', '+infinity', '-infinity', 'inf', '+inf', '-inf')"
# Decimal digits that every float and every double gives back, and exponents that with so few digits neither overflow nor underflow.
_SURE_DIGITS = {"float": 6, "double": 15}
_SURE = {kind: f"{_START}{_DIGITS}(?:[eE][+-]?[0-9]{{1,{most}}})?{_END}" for kind, most in (("float", 1), ("double", 2))}


def trimmed(value: str) -> str:
    return f"trim(BOTH ' \\t' FROM {value})"


def integer(value: str, column: Column, target: str) -> str:
    value = _with_plain_marks(value, column)
    return f"CASE WHEN {_like(value, _WHOLE)} THEN CAST({value} AS {target}) END"


def decimal(value: str, column: Column, target: str) -> str:
    precision, scale = numbers_in(target)
    value = _with_plain_marks(value, column)
    number = f"CAST({value} AS {target})"
    if column.round == "half_up":
        return f"CASE WHEN {_like(value, _ROUNDED)} THEN {number} END"
    # Leading zeros and those behind the last place are free; every other digit must have its place.
    whole = f"[0-9]{{0,{precision - scale}}}" if precision > scale else ""
    fits = _like(value, f"{_START}{_SOME_DIGIT}0*+{whole}(?:\\.[0-9]{{0,{scale}}}0*)?{_END}")
    # Two different numbers of at most fifteen digits are different doubles.
    keeps = f"{_like(value, _SCIENTIFIC)} AND CAST({value} AS double) = CAST({number} AS double)"
    return f"CASE WHEN {fits} OR ({keeps}) THEN {number} END"


def fraction(value: str, column: Column, target: str, exact: str | None) -> str:
    plain = _with_plain_marks(value, column)
    number = f"CAST({plain} AS {target})"
    sure = f"length({plain}) <= {_SURE_DIGITS[target]} AND {_like(plain, _SURE[target])}"
    named = f"lower({trimmed(plain)}) IN {_NAMED}"
    if exact is None:
        finite = f"{_like(plain, _NUMBER)} AND abs({number}) < CAST('Infinity' AS {target})"
        return f"CASE WHEN ({sure}) OR {named} THEN {number} WHEN {finite} THEN CASE WHEN {gives_its_text_back(plain, target)} THEN {number} END END"
    return f"CASE WHEN {exact} OR ({exact} IS NULL AND {sure}) OR {named} THEN {number} END"


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


def may_be_inexact(text: str, kind: str) -> str:
    """SQL that is true for a number whose digits or exponent may be too many for the type."""
    long = f"(length({text}) > {_SURE_DIGITS[kind]} OR NOT {_like(text, _SURE[kind])})"
    return f"{long} AND {_like(text, _NUMBER)} AND abs(CAST({text} AS {kind})) < CAST('Infinity' AS {kind})"


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
