"""What a cell of a workbook says, as text: numbers and dates with no digit more or less than their writer meant."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

DAY_MS = 24 * 60 * 60 * 1000
# Formats by number that every workbook has: ECMA-376, part 1, 18.8.30. 46 is a span of hours.
_DATES = {*range(14, 18), 22, *range(27, 37), *range(50, 59)}
_TIMES = {*range(18, 22), 45, 47}
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
# A double has no more; what is behind them is noise of its binary form.
_DIGITS = 17


class Style:
    """How a number is shown: whether it is a point in time, and has a day."""

    def __init__(self, number: int, code: str | None):
        # Texts in quotes, escaped letters, colours and conditions say nothing of it.
        plain = re.sub(r'"[^"]*"|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]', "", (code or "").lower().split(";")[0])
        is_span = "[" in plain
        self.has_day = number in _DATES if code is None else bool(re.search(r"[yd]|(?<![hs:])m{1,4}(?![:s])", plain.replace("am/pm", ""))) and not is_span
        self.is_time = self.has_day or (number in _TIMES if code is None else bool(re.search(r"[hs]", plain)) and not is_span)


def number_text(written: str, style: Style | None, since_1904: bool) -> str:
    """`written`: the number as the file has it. Raises ValueError for what is none."""
    value = float(written)
    if style and style.is_time and 0 <= value:
        if moment := _moment(value, style.has_day, since_1904):
            return moment
    exact = Decimal(written)
    if len(exact.normalize().as_tuple().digits) <= _DIGITS:
        exact = Decimal(repr(value))
    exact = exact.normalize()
    return "0" if exact == 0 else format(exact, "f") if abs(exact.adjusted()) <= 40 else str(exact)


def _moment(value: float, has_day: bool, since_1904: bool) -> str | None:
    """Spreadsheets count days; to a thousandth of a second, which is as far as they show it."""
    days, rest = divmod(round(value * DAY_MS), DAY_MS)
    seconds, thousandths = divmod(rest, 1000)
    time = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}" + (f".{thousandths:03}" if thousandths else "")
    if days == 0 and not since_1904 or not has_day and days == 0:
        return time
    try:
        day = _day(days, since_1904)
    except OverflowError:
        return None
    return day if rest == 0 else f"{day} {time}"


def _day(days: int, since_1904: bool) -> str:
    if since_1904:
        return (date(1904, 1, 1) + timedelta(days)).isoformat()
    # The day that 1900 did not have is counted, and shown.
    if days == 60:
        return "1900-02-29"
    return (date(1899, 12, 31 if days < 60 else 30) + timedelta(days)).isoformat()


def unescaped(text: str) -> str:
    """Characters that XML does not take are written as _x000D_."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
