"""Values of JSON lines become what Python's json makes of the same bytes, or their row is set aside with its text unchanged."""

import json
import random
from decimal import Decimal

import pytest
from drawn import DRAWS, Case, contract_of, equal, faults, packed, seeded
from value_oracle import INVALID, draw, value_of

SCALARS = ["int", "bigint", "double", "float", "decimal(12,2)", "string", "boolean", "date", "timestamp", "varchar(5)"]
NESTED = {
    "array<int>": ("array", "int"),
    "map<string,decimal(12,2)>": ("map", "decimal(12,2)"),
    "struct<a:bigint,b:string,c:struct<d:date,e:double>>": ("struct", {"a": "bigint", "b": "string", "c": ("struct", {"d": "date", "e": "double"})}),
    "array<struct<x:boolean,y:array<string>,z:float>>": ("array", ("struct", {"x": "boolean", "y": ("array", "string"), "z": "float"})),
}
KINDS = [*SCALARS, *NESTED]
TEXTS = ("string", "varchar(5)")


class Number(str):
    """A number as its text: Python's json finds it, and changes nothing."""


def read(token: str):
    return json.loads(token, parse_int=Number, parse_float=Number, parse_constant=lambda name: 1 / 0)


def text_of(value) -> str:
    """Of a scalar."""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def fit(value, kind, token: str | None):
    """The value that a JSON value is in a contract's type, None for null, or INVALID. `token` is its text in the file, where that is known."""
    if value is None:
        return None
    if isinstance(kind, str):
        if isinstance(value, (dict, list)):
            return value_of(token, kind) if token and kind in TEXTS else INVALID
        return value_of(text_of(value), kind)
    shape, inner = kind
    if not isinstance(value, list if shape == "array" else dict):
        return INVALID
    if shape == "array":
        found = [fit(each, inner, None) for each in value]
        return INVALID if any(each is INVALID for each in found) else found
    known = inner if shape == "struct" else dict.fromkeys(value, inner)
    found = {name: fit(value.get(name), each, None) for name, each in known.items()}
    return INVALID if any(each is INVALID for each in found.values()) else found


def scalar_token(kind: str, draws: random.Random) -> str:
    text = draw(kind, draws)
    way = draws.random()
    if way < 0.4:
        try:
            if isinstance(read(text), (Number, bool)):
                return text.strip(" \t")
        except (ValueError, ArithmeticError):
            pass
    if way < 0.5:
        return draws.choice(["1.10", "-0", "1e400", "12345678901234567890", "true", "false", "null", "1E+2", "0.1e-1", "2147483648"])
    if way < 0.55:
        return draws.choice(['{"a":1.10, "b":[ true,null ]}', "[]", "{}", '["\\u00e9", 1e2]', '[{"x":"\\"}"}]'])
    written = json.dumps(text, ensure_ascii=draws.random() < 0.5)
    return written.replace("/", "\\/") if draws.random() < 0.3 else written


def token_of(kind, draws: random.Random) -> str:
    space = draws.choice(["", "", " ", "\t"])
    if isinstance(kind, str):
        # A container in place of a leaf makes it a text, which only what is written in the file can tell.
        while True:
            token = scalar_token(kind, draws) if draws.random() < 0.3 else json.dumps(plausible(kind, draws))
            if token[0] not in "[{":
                return token
    if draws.random() < 0.05:
        return draws.choice(["null", '"text"', "[]", "{}", "1.5", "true", "[null]", '"{}"', '"[1]"'])
    shape, inner = kind
    if shape == "array":
        return "[" + space + f"{space},".join(token_of(inner, draws) for _ in range(draws.randint(0, 3))) + "]"
    if shape == "map":
        return "{" + f",{space}".join(f'"{draws.choice("abcé")}"{space}:{token_of(inner, draws)}' for _ in range(draws.randint(0, 3))) + "}"
    names = [name for name in [*inner, "new", draws.choice(list(inner))] if draws.random() < 0.7]
    draws.shuffle(names)
    return "{" + ",".join(f'{space}"{name}":{token_of(inner.get(name, "int"), draws)}' for name in names) + "}"


def plausible(kind: str, draws: random.Random):
    return {
        "int": lambda: draws.choice([draws.randint(-(1 << 31), (1 << 31) - 1), str(draws.randint(0, 9))]),
        "bigint": lambda: draws.randint(-(1 << 63), (1 << 63) - 1),
        "decimal(12,2)": lambda: str(Decimal(draws.randint(-(10**12) + 1, 10**12 - 1)).scaleb(-2)),
        "string": lambda: "".join(draws.choices('ab"\\/ é😀\u2028\x00\n1', k=draws.randint(0, 6))),
        "date": lambda: f"{draws.randint(1, 9999):04d}-{draws.randint(1, 12):02d}-{draws.randint(1, 28):02d}",
        "boolean": lambda: draws.choice([True, False, "true", "no"]),
        "double": lambda: draws.choice([draws.uniform(-1e6, 1e6), draws.random() * 10.0 ** draws.randint(-300, 300), 0.5]),
        "float": lambda: draws.choice([draws.randint(-(1 << 24), 1 << 24), draws.randint(-99999, 99999) / 1000]),
    }[kind]()


def case_of(kind: str, draws: random.Random) -> Case:
    token = token_of(NESTED[kind], draws) if kind in NESTED else scalar_token(kind, draws)
    value = read(token)
    # A nested column is shown as it is written, and so is what is no text in a column of texts.
    shown = token if kind in NESTED or value is None or isinstance(value, (dict, list)) else text_of(value)
    return Case(token, fit(value, NESTED.get(kind, kind), token), shown.__eq__)


def line_of(row: str, cases: dict[str, Case], draws: random.Random) -> str:
    members = [f'"id":"{row}"', *(f'"{_escaped(name, draws)}"{draws.choice(["", " "])}:{draws.choice(["", " ", chr(9)])}{case.written}' for name, case in cases.items())]
    draws.shuffle(members)
    return draws.choice(["", " "]) + "{" + f"{draws.choice(['', ' '])},".join(members) + draws.choice(["", " ", "\t"]) + "}"


def _escaped(name: str, draws: random.Random) -> str:
    return name if draws.random() < 0.95 else f"\\u{ord(name[0]):04x}" + name[1:]


@pytest.mark.nightly
def test_any_json_value_is_what_python_reads_or_is_set_aside_as_it_was_written(lake):
    draws = seeded()
    rows = packed({f"c{index}": [case_of(kind, draws) for _ in range(DRAWS)] for index, kind in enumerate(KINDS)})
    lines = [line_of(row, cases, draws) for row, cases in rows.items()]
    columns = {f"c{index}": kind for index, kind in enumerate(KINDS)}
    manifest = lake.batch(contract_of(columns, source={"format": "json", "options": {}}), keys=[lake.land("day=1/a.json", "\n".join(lines))])
    assert manifest["rows"]["read"] == len(rows)
    print({step: value for step, value in manifest["metrics"].items() if step.endswith("Seconds")})
    if found := faults(rows, lake, equal):
        pytest.fail(found)
