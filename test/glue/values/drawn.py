"""
Drawn values of several columns, packed into few rows: a row holds only values that fit, or one that does not in each column. So one Spark run
judges tens of thousands of values for each type, and the verdict still names each value.
"""

from __future__ import annotations

import math
import os
import random
from collections.abc import Callable
from dataclasses import dataclass

from lake import contract_with
from value_oracle import INVALID

FEW = 20_000
DRAWS = int(os.environ.get("SLUICE_DRAWS", FEW))
"""
Values of each type. `npm test` draws the same ones each time, so that a change is judged by itself; more than those are drawn anew each time.
SLUICE_SEED=<seed> draws those of an earlier run again.
"""


@dataclass(frozen=True)
class Case:
    written: object
    """The value as it is in the file."""
    wanted: object
    """What another reader makes of it for the column's type, or INVALID."""
    shown: Callable[[str], bool]
    """Whether a text in quarantine is the value."""


Rows = dict[str, dict[str, Case]]
"""By the row's id, then by its column."""


def seeded() -> random.Random:
    seed = int(os.environ.get("SLUICE_SEED", 1 if DRAWS == FEW else random.randrange(1 << 32)))
    print(f"SLUICE_SEED={seed} SLUICE_DRAWS={DRAWS}")
    return random.Random(seed)


def packed(columns: dict[str, list[Case]]) -> Rows:
    """Rows of unfit values are filled up with ones that fit: these, too, must be in quarantine as they were written."""
    fitting = {name: [case for case in cases if case.wanted is not INVALID] for name, cases in columns.items()}
    unfit = {name: [case for case in cases if case.wanted is INVALID] for name, cases in columns.items()}
    rows: Rows = {}
    for number in range(max(map(len, fitting.values()))):
        rows[f"fits-{number}"] = {name: cases[number] for name, cases in fitting.items() if number < len(cases)}
    for number in range(max(map(len, unfit.values()))):
        rows[f"unfit-{number}"] = {
            name: unfit[name][number] if number < len(unfit[name]) else fitting[name][number % len(fitting[name])]
            for name in columns
            if number < len(unfit[name]) or fitting[name]
        }
    return rows


def contract_of(columns: dict[str, str | dict], **changes) -> dict:
    plain = {"derive": {}, "latest_by": [], "quarantine": {"rules": {}}, "curated": {"partition_by": [], "target_file_mb": 128}}
    return contract_with(columns={"id": "string", **columns}, **{**plain, **changes})


def faults(rows: Rows, lake, equal: Callable[[object, object], bool]) -> str:
    """What was published or set aside otherwise than it had to be, a line each; empty if nothing was."""
    published = {row["id"]: row for row in lake.arrow("curated")}
    aside = {row["id"]: row for row in lake.arrow("quarantine")}
    found = [f"{row} is in neither table" for row in rows.keys() - published.keys() - aside.keys()]
    found += [f"{row} is in both tables" for row in published.keys() & aside.keys()]
    for row, cases in rows.items():
        unfit = {name for name, case in cases.items() if case.wanted is INVALID}
        if row in published:
            found += [_fault(name, case, published[row][name]) for name, case in cases.items() if name in unfit or not equal(published[row][name], case.wanted)]
        elif row in aside:
            blamed = {error.removeprefix("invalid_type:") for error in aside[row]["_errors"]}
            found += [_fault(name, cases.get(name), "set aside") for name in blamed - unfit]
            found += [_fault(name, cases[name], "taken, in a row that is set aside") for name in unfit - blamed]
            found += [
                _fault(name, case, f"{aside[row][name]!r} in quarantine")
                for name, case in cases.items()
                if not (aside[row][name] is None if case.wanted is None else case.shown(aside[row][name]))
            ]
    return "\n".join(sorted(set(found))[:60])


def _fault(name: str, case: Case | None, became: object) -> str:
    wanted = "nothing" if case is None else "invalid" if case.wanted is INVALID else repr(case.wanted)
    return f"{name}: {case and case.written!r} must be {wanted}, and is {became!r}"


def equal(found, wanted) -> bool:
    """Of the same Python type, down to the sign of a zero; Arrow shows a map as pairs."""
    if isinstance(wanted, dict):
        found = dict(found) if isinstance(found, list) else found
        return isinstance(found, dict) and found.keys() == wanted.keys() and all(equal(found[name], wanted[name]) for name in wanted)
    if isinstance(wanted, list):
        return isinstance(found, list) and len(found) == len(wanted) and all(map(equal, found, wanted))
    if isinstance(wanted, float):
        return isinstance(found, float) and (found == wanted and math.copysign(1, found) == math.copysign(1, wanted) or found != found and wanted != wanted)
    return found == wanted and type(found) is type(wanted)
