"""
What Python's own readers make of a text, by the rules of docs/contract.md, "How values are read"; and texts to ask about. Nothing here
uses Spark or the job.
"""

from __future__ import annotations

import random
import re
import struct
from datetime import date, datetime, timedelta, timezone
from decimal import Context, Decimal, localcontext

INVALID = object()
NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6})0*)?)?( ?(?:Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?))?)?"
)
BITS = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64}


def value_of(text: str, kind: str):
    """The value, or INVALID."""
    if kind == "string":
        return text
    if kind.startswith(("varchar", "char")):
        return text if len(text) <= int(re.search("[0-9]+", kind)[0]) else INVALID
    if kind == "binary":
        return text.encode("utf-8")
    word = text.strip(" \t")
    if kind in BITS:
        value = int(word) if re.fullmatch(r"[+-]?[0-9]+", word, re.ASCII) else None
        return value if value is not None and -(1 << BITS[kind] - 1) <= value < 1 << BITS[kind] - 1 else INVALID
    if kind.startswith("decimal"):
        return _decimal(word, *(int(number) for number in re.findall("[0-9]+", kind)))
    if kind in ("float", "double"):
        return _fraction(word, kind)
    if kind == "boolean":
        found = {"true": True, "t": True, "yes": True, "y": True, "1": True, "false": False, "f": False, "no": False, "n": False, "0": False}
        return found.get(word.lower(), INVALID) if word.isascii() else INVALID
    try:
        if kind == "date":
            return date.fromisoformat(word) if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", word) else INVALID
        return _moment(word)
    except (ValueError, OverflowError):
        return INVALID


def _decimal(word: str, precision: int, scale: int):
    mantissa, _, exponent = word.lower().partition("e")
    if not NUMBER.fullmatch(word) or (exponent and (len(exponent.lstrip("+-")) > 2 or len(mantissa.lstrip("+-")) > 16)):
        return INVALID
    with localcontext(Context(prec=5000)):
        shifted = Decimal(word).scaleb(scale)
        fits = shifted == shifted.to_integral_value() and abs(shifted) < 10**precision
        return Decimal(word).quantize(Decimal(1).scaleb(-scale)) if fits else INVALID


def _fraction(word: str, kind: str):
    if word.lower() in ("nan", "infinity", "+infinity", "-infinity", "inf", "+inf", "-inf"):
        return float(word)
    if not NUMBER.fullmatch(word):
        return INVALID
    written = Decimal(word)
    nearest = float(word)
    if kind == "float":
        nearest = _nearest_float(written)
    if nearest in (float("inf"), float("-inf")):
        return INVALID
    digits = len(written.normalize(Context(prec=5000)).as_tuple().digits)
    return nearest if Decimal(f"{nearest:.{digits - 1}e}") == written else INVALID


def _nearest_float(written: Decimal) -> float:
    """Not by way of the nearest double, which may round twice."""
    try:
        near = struct.unpack("f", struct.pack("f", float(written)))[0]
    except OverflowError:
        return float("inf")
    bits = struct.unpack("i", struct.pack("f", near))[0]
    around = [struct.unpack("f", struct.pack("i", bits + step))[0] for step in (-1, 0, 1) if 0 <= (bits + step) & 0x7FFFFFFF < 0x7F800000]
    with localcontext(Context(prec=2000)):
        return min(around or [near], key=lambda value: (abs(Decimal(value) - written), value != near))


def _moment(word: str):
    found = MOMENT.fullmatch(word)
    if not found:
        return INVALID
    day, minutes, seconds, fraction, zone = found.groups()
    moment = datetime.fromisoformat(f"{day} {minutes or '00:00'}:{seconds or '00'}").replace(microsecond=int((fraction or "0").ljust(6, "0")))
    offset = re.fullmatch(r" ?([+-])([0-9]{2}):?([0-9]{2})?", zone or "")
    if offset:
        shift = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        if int(offset[3] or 0) > 59 or shift > timedelta(hours=18):
            return INVALID
        moment -= shift if offset[1] == "+" else -shift
    return moment.replace(tzinfo=timezone.utc)


def draw(kind: str, draws: random.Random) -> str:
    """A text of the kind, or nearly one."""
    text = _plausible(kind, draws)
    if draws.random() < 0.3:
        at, odd = draws.randint(0, len(text)), draws.choice(list("0195.-+eE _,:TZ/'\t") + ["\u00a0", "D", "f", "x", "inf", "00", "é", "٣", "\u2212", "\x00", "L", "++"])
        text = text[:at] + odd + text[at + draws.choice([0, 0, 1]) :]
    if draws.random() < 0.1:
        text = draws.choice([" ", "\t", "  "]) + text
    if draws.random() < 0.1:
        text += draws.choice([" ", "\t", "\u00a0"])
    return text


def _plausible(kind: str, draws: random.Random) -> str:
    if kind in BITS:
        edge = 1 << BITS[kind] - 1
        return draws.choice(["", "", "+", "-", "0", "00"]) + str(draws.choice([draws.randint(0, 99), draws.randint(0, edge), edge - 1, edge, edge + 1]))
    if kind.startswith("decimal"):
        whole, places = "".join(draws.choices("0123456789", k=draws.randint(0, 14))), "".join(draws.choices("0123456789", k=draws.randint(0, 4)))
        return draws.choice(["", "", "-", "+"]) + whole + draws.choice([".", ".", ""]) + places + draws.choice(["", "", "000", _exponent(draws)])
    if kind in ("float", "double"):
        return _number_near_a_fraction(kind, draws)
    if kind == "boolean":
        return draws.choice(["true", "false", "TRUE", "False", "t", "f", "T", "yes", "no", "Y", "n", "1", "0", "on", "off", "2", "tru", "yess"])
    if kind == "date":
        return _day(draws)
    if kind == "timestamp":
        return _day(draws) + draws.choice(["", "T", " ", " "]) + _time(draws)
    return "".join(draws.choices("ab 1é😀\\'", k=draws.randint(1, 8)))


def _exponent(draws: random.Random) -> str:
    return draws.choice("eE") + draws.choice(["", "+", "-"]) + draws.choice([str(draws.randint(0, 20)), "400", "0", "9999999999", "05"])


def _number_near_a_fraction(kind: str, draws: random.Random) -> str:
    way = draws.randint(0, 7)
    bits = draws.getrandbits(64)
    value = struct.unpack("d", struct.pack("Q", bits))[0] if draws.random() < 0.5 else draws.uniform(-1000, 1000)
    if kind == "float":
        value = struct.unpack("f", struct.pack("I", bits >> 32))[0] if draws.random() < 0.5 else struct.unpack("f", struct.pack("f", value % 1e6))[0]
    if value != value or value in (float("inf"), float("-inf")):
        return draws.choice(["NaN", "nan", "Infinity", "-inf", "+Infinity", "infinit", "Infinity1"])
    texts = [repr(value), f"{value:.17g}", f"{value:.16e}", f"{value:.9g}", f"{value:.6g}", f"{Decimal(value):f}"[:60], f"{value:.20f}"[:60]]
    return texts[way] if way < len(texts) else str(draws.randint(0, 1 << 60)) + draws.choice(["", ".0", "e3", _exponent(draws)])


def _day(draws: random.Random) -> str:
    year = draws.choice(["2024", "2023", "0001", "9999", "0000", "1582", "1900", "12024", "24"])
    return f"{year}-{draws.randint(0, 13):02d}-{draws.choice([draws.randint(1, 31), 29, 30])}" if draws.random() < 0.2 else (
        f"{year}-{draws.randint(1, 12):02d}-{draws.randint(1, 28):02d}"
    )


def _time(draws: random.Random) -> str:
    text = f"{draws.randint(0, 24):02d}:{draws.randint(0, 59):02d}"
    text += draws.choice(["", f":{draws.randint(0, 60):02d}", f":{draws.randint(0, 59):02d}"])
    text += draws.choice(["", "", ".5", ".123456", ".1234560", ".1234567", ".000000000"])
    return text + draws.choice(["", "", "Z", "+02:00", "-0530", "+01", " UTC", " +00:00", " Europe/Berlin", "+19:00", "CET"])
