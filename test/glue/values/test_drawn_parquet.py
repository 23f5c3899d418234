"""Values of Parquet files become what pyarrow reads from the same bytes, or their row is set aside with the value as a text."""

import base64
import json
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from drawn import DRAWS, Case, contract_of, equal, faults, packed, seeded
from value_oracle import INVALID, draw, value_of

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
FIRST_DAY, DAYS = date(1, 1, 1), 3_652_059


@dataclass(frozen=True)
class Pair:
    """A type of a file and a type of a contract."""

    arrow: pa.DataType
    kind: str
    make: Callable[[random.Random], object]
    """Draws a value, a moment as ticks since 1970."""


def whole_number(bits: int, signed: bool) -> Callable[[random.Random], int]:
    lowest, highest = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    return lambda draws: draws.choice([draws.randint(lowest, highest), draws.randint(0, 99), lowest, highest, highest - draws.randint(0, 9)])


def number(draws: random.Random) -> float:
    any_bits = struct.unpack("d", struct.pack("Q", draws.getrandbits(64)))[0]
    return draws.choice([any_bits, float(draws.randint(-(1 << 54), 1 << 54)), round(draws.uniform(-1e6, 1e6), draws.randint(0, 4)), 1.005, -0.0, float("inf"), float("nan")])


def moment(unit: int) -> Callable[[random.Random], int]:
    """Ticks since 1970, `unit` in a second."""

    def make(draws: random.Random) -> int:
        seconds = draws.choice([draws.randint(-62_135_596_800, 253_402_300_799), 0, 86_400 * draws.randint(-9999, 9999)])
        if unit == 10**9:
            seconds = draws.choice([draws.randint(-9_223_372_036, 9_223_372_035), 86_400 * draws.randint(-9999, 9999)])
        return seconds * unit + draws.choice([0, draws.randrange(unit), 1000 * draws.randrange(max(1, unit // 1000))])

    return make


def decimal(digits: int, scale: int) -> Callable[[random.Random], Decimal]:
    def make(draws: random.Random) -> Decimal:
        large = Decimal(draws.randint(-(10**digits) + 1, 10**digits - 1)).scaleb(-scale)
        return large if draws.random() < 0.5 else Decimal(draws.randint(-999, 999)).scaleb(-min(scale, 2))

    return make


def as_float(value: float) -> float:
    """The nearest float."""
    try:
        return struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return float("inf") * (1 if value > 0 else -1)


def some_bytes(draws: random.Random) -> bytes:
    return draw("string", draws).encode() if draws.random() < 0.7 else draws.randbytes(draws.randint(0, 6))


def day(draws: random.Random) -> date:
    return FIRST_DAY + timedelta(draws.randrange(DAYS))


def maybe(make: Callable[[random.Random], object]) -> Callable[[random.Random], object]:
    return lambda draws: None if draws.random() < 0.1 else make(draws)


def some(make: Callable[[random.Random], object]) -> Callable[[random.Random], list]:
    return lambda draws: [make(draws) for _ in range(draws.randint(0, 2))]


def small_or_any(draws: random.Random) -> int:
    return draws.randint(-9, 9) if draws.random() < 0.7 else whole_number(64, True)(draws)


STRUCT = pa.struct([("z", pa.float64()), ("a", pa.string())])
PAIRS = [
    *(Pair(pa.int64(), kind, maybe(whole_number(64, True))) for kind in ("bigint", "int", "smallint", "double", "float", "decimal(12,2)", "string")),
    Pair(pa.uint64(), "bigint", whole_number(64, False)),
    Pair(pa.uint64(), "decimal(20,0)", whole_number(64, False)),
    Pair(pa.uint32(), "bigint", whole_number(32, False)),
    Pair(pa.uint16(), "smallint", whole_number(16, False)),
    Pair(pa.int8(), "float", whole_number(8, True)),
    *(Pair(pa.float64(), kind, maybe(number)) for kind in ("double", "float", "int", "bigint")),
    Pair(pa.float32(), "double", lambda draws: as_float(number(draws))),
    *(Pair(pa.decimal128(38, 6), kind, decimal(38, 6)) for kind in ("decimal(12,2)", "decimal(38,6)", "bigint")),
    Pair(pa.decimal128(9, 2), "decimal(9,2)", decimal(9, 2)),
    *(Pair(pa.string(), kind, lambda draws, kind=kind: draw(kind, draws)) for kind in ("string", "int", "decimal(12,2)", "double", "timestamp", "boolean", "varchar(5)")),
    Pair(pa.binary(), "string", some_bytes),
    Pair(pa.binary(), "binary", some_bytes),
    *(Pair(pa.timestamp("ns"), kind, maybe(moment(10**9))) for kind in ("timestamp", "date", "string")),
    *(Pair(pa.timestamp("us", "UTC"), kind, moment(10**6)) for kind in ("timestamp", "date")),
    Pair(pa.timestamp("ms"), "timestamp", moment(10**3)),
    Pair(pa.date32(), "date", maybe(day)),
    Pair(pa.date32(), "timestamp", day),
    Pair(pa.bool_(), "boolean", maybe(lambda draws: draws.random() < 0.5)),
    Pair(pa.list_(pa.int64()), "array<int>", some(maybe(small_or_any))),
    Pair(pa.map_(pa.string(), pa.int64()), "map<string,int>", lambda draws: {key: small_or_any(draws) for key in draws.sample("abc", draws.randint(0, 2))}),
    Pair(STRUCT, "struct<a:int,z:double>", lambda draws: {"z": number(draws), "a": draw("int", draws) if draws.random() < 0.5 else None}),
]


def wanted_of(value, arrow: pa.DataType, kind: str):
    """What the contract's type makes of a value, or INVALID. Written from docs/contract.md, with Python's own numbers and days."""
    if value is None:
        return None
    if pa.types.is_nested(arrow):
        return _wanted_of_nested(value, arrow, kind)
    if pa.types.is_timestamp(arrow):
        return _wanted_of_moment(value, {"ms": 10**6, "us": 10**3, "ns": 1}[arrow.unit], kind)
    if pa.types.is_date(arrow):
        return value if kind == "date" else datetime(value.year, value.month, value.day, tzinfo=timezone.utc)
    if isinstance(value, bytes):
        return value if kind == "binary" else _decoded(value)
    if isinstance(value, (str, bool)):
        return value_of(value, kind) if isinstance(value, str) else value
    if kind == "string":
        return str(value)
    if kind in ("float", "double"):
        near = as_float(value) if kind == "float" else float(value)
        return near if near == value or value != value else INVALID
    if value != value or value in (float("inf"), float("-inf")):
        return INVALID
    exact = Decimal(value) if not isinstance(value, Decimal) else value
    if kind.startswith("decimal"):
        return value_of(f"{value:f}" if isinstance(value, Decimal) else str(value), kind)
    return value_of(f"{exact:.0f}", kind) if exact == exact.to_integral_value() else INVALID


def _wanted_of_nested(value, arrow: pa.DataType, kind: str):
    if pa.types.is_list(arrow):
        found = [wanted_of(each, arrow.value_type, "int") for each in value]
        return INVALID if any(each is INVALID for each in found) else found
    kinds = {"a": "int", "z": "double"} if pa.types.is_struct(arrow) else dict.fromkeys(value, "int")
    types = {"a": pa.string(), "z": pa.float64()} if pa.types.is_struct(arrow) else dict.fromkeys(value, pa.int64())
    found = {name: wanted_of(value[name], types[name], kinds[name]) for name in kinds}
    return INVALID if any(each is INVALID for each in found.values()) else found


def _wanted_of_moment(value: int, nanos: int, kind: str):
    micros, rest = divmod(value * nanos, 1000)
    at = EPOCH + timedelta(microseconds=micros)
    if kind == "string":
        return f"{at.year:04d}-{at.month:02d}-{at.day:02d} {at:%H:%M:%S.%f}{rest:03d}"
    if rest or (kind == "date" and micros % 86_400_000_000):
        return INVALID
    return at.date() if kind == "date" else at


def _decoded(value: bytes):
    try:
        return value.decode()
    except UnicodeDecodeError:
        return INVALID


def shown_as(value, arrow: pa.DataType) -> Callable[[str], bool]:
    """Whether a text in quarantine, read by Python, is the value."""
    if pa.types.is_timestamp(arrow) or pa.types.is_date(arrow):
        return lambda text: _moment_of(text, arrow) == value
    if isinstance(value, bytes):
        as_text = _decoded(value)
        # Of a binary column the bytes are shown as text where they are text.
        return lambda text: text == (base64.b64encode(value).decode() if as_text is INVALID else as_text)
    if isinstance(value, (str, bool)):
        return lambda text: text == (value if isinstance(value, str) else str(value).lower())
    if isinstance(value, float):
        near = as_float if arrow == pa.float32() else float
        return lambda text: equal(near(float(text)), value)
    if isinstance(value, (int, Decimal)):
        return lambda text: Decimal(text) == value
    return lambda text: _holds(json.loads(text), value)


def _moment_of(text: str, arrow: pa.DataType):
    if pa.types.is_date(arrow):
        return date.fromisoformat(text)
    seconds, _, places = text.partition(".")
    since = datetime.fromisoformat(f"{seconds}+00:00") - EPOCH
    unit = {"ms": 3, "us": 6, "ns": 9}[arrow.unit]
    return (since.days * 86_400 + since.seconds) * 10**unit + int(places.ljust(unit, "0") or 0)


def _holds(shown, value) -> bool:
    """JSON has no number that is none: Spark writes these as texts."""
    if isinstance(value, dict):
        return all(_holds(shown.get(name), each) for name, each in value.items())
    if isinstance(value, list):
        return len(shown) == len(value) and all(map(_holds, shown, value))
    if isinstance(value, float) and isinstance(shown, str):
        return equal(float(shown), value)
    return shown == value


@pytest.mark.nightly
def test_any_parquet_value_is_what_pyarrow_reads_or_is_set_aside(lake):
    draws = seeded()
    cases = {}
    for index, pair in enumerate(PAIRS):
        # So many values of each type in a file, shared by the contract's types that it is read as.
        values = [pair.make(draws) for _ in range(DRAWS // sum(pair.arrow == other.arrow for other in PAIRS))]
        cases[f"c{index}"] = [Case(value, wanted_of(value, pair.arrow, pair.kind), shown_as(value, pair.arrow)) for value in values]
    rows = packed(cases)
    columns = {name: pa.array([in_row[name].written if name in in_row else None for in_row in rows.values()], pair.arrow) for name, pair in zip(cases, PAIRS)}
    pq.write_table(pa.table({"id": pa.array(rows), **columns}), lake.root / "a.parquet", row_group_size=7000)
    contract = contract_of({name: pair.kind for name, pair in zip(cases, PAIRS)}, source={"format": "parquet", "options": {}})
    manifest = lake.batch(contract, keys=[lake.land("day=1/a.parquet", (lake.root / "a.parquet").read_bytes())])
    assert manifest["rows"]["read"] == len(rows)
    print({step: value for step, value in manifest["metrics"].items() if step.endswith("Seconds")})
    if found := faults(rows, lake, equal):
        pytest.fail(found)
