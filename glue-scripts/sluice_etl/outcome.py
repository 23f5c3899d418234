"""What a run has found and written so far; the manifest is made of it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field

from .lake.inputs import Inputs
from .tables.output import WrittenFile
from .formats.scan import Drift
from .tables.standing import StandingFiles


@dataclass
class Outcome:
    inputs: Inputs
    drift: Drift = field(default_factory=lambda: Drift({}, {}))
    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("read", "written", "duplicates", "superseded", "quarantined"), 0))
    reasons: dict[str, int] = field(default_factory=dict)
    staged: list[WrittenFile] = field(default_factory=list)
    standing: StandingFiles = field(default_factory=lambda: StandingFiles({}))
    quarantine: list[WrittenFile] = field(default_factory=list)
    metrics: dict[str, float] = field(default_factory=dict)
    examples: list[dict] = field(default_factory=list)
    compacted: dict[str, int] | None = None

    @contextmanager
    def timed(self, step: str):
        started = time.monotonic()
        yield
        self.metrics[f"{step}Seconds"] = round(time.monotonic() - started, 3)
