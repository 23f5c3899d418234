"""
Random datasets, in random formats and under random contracts, through batches of landings, the same again, batches by hand, compactions
and replays; against a plain calculation of what the table and the quarantine must hold.

SLUICE_ORACLE_SEEDS=500 for a soak, SLUICE_ORACLE_FIRST=<seed> to see a failure again.
"""

import datetime
import io
import json
import os
import random
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lake import contract_with

FIRST = int(os.environ.get("SLUICE_ORACLE_FIRST", "1"))
SEEDS = range(FIRST, FIRST + int(os.environ.get("SLUICE_ORACLE_SEEDS", "3")))

VALUES = {
    "id": ["a", "b", "bb", "é", "a b", "x/y", "q'q", "", None, "%41", "A"],
    "sub": [1, 2, 12, None],
    "at": [None, *(datetime.datetime(2025, 1, 1, hour) for hour in range(3))],
    "amount": [None, Decimal("1.00"), Decimal("2.50"), Decimal("-1.00")],
    "flag": [True, False, None],
    "note": ["x", "y", "", "bad", None, 'q"q', "two\nlines", "a,b;c", " s "],
    "op": ["U", None, "D"],
    "part": ["p1", "p 2", "", None],
}
TYPES = {"id": pa.string(), "sub": pa.int64(), "at": pa.timestamp("us", "UTC"), "amount": pa.decimal128(12, 2), "flag": pa.bool_(), "note": pa.string(), "op": pa.string(), "part": pa.string()}
OPTIONS = [
    {"header": True}, {"header": True, "multiline": True}, {"header": False}, {"header": True, "delimiter": ";"},
    {"header": True, "encoding": "iso-8859-1"},
]  # fmt: skip


class Dataset:
    def __init__(self, draw: random.Random):
        self.draw = draw
        self.format = draw.choice(["csv", "csv", "json", "parquet"])
        self.options = draw.choice({"csv": OPTIONS, "json": [{}, {"multiline": True}], "parquet": [{}]}[self.format])
        self.key = draw.choice([["id"], ["id", "sub"], ["sub"]])
        self.latest_by = draw.choice([[], ["at"], ["at", "amount"], ["note"]])
        # A partition of the column's own may change for a key, and rows that remove one need not tell it.
        self.partition_by = draw.choice([[], ["size"], ["size", "first"], ["part"], ["size", "part"]])
        self.removes = bool(self.latest_by) and draw.random() < 0.6
        time = "timestamp" if self.format == "parquet" else {"type": "timestamp", "format": "yyyy-MM-dd HH:mm:ss"}
        derived = {"size": f"length(CAST({self.key[0]} AS STRING))", "first": f"concat('f=', substr(CAST({self.key[0]} AS STRING), 1, 1))"}
        self.contract = contract_with(
            columns={"id": "string", "sub": "bigint", "at": time, "amount": "decimal(12,2)", "flag": "boolean", "note": "string", "op": "string", "part": "string"},
            derive={name: derived[name] for name in self.partition_by if name in derived},
            primary_key=self.key,
            latest_by=self.latest_by,
            source={"format": self.format, "options": self.options},
            quarantine={"rules": {"negative": "amount < 0", "odd": "note = 'bad'"}, "warn_rate": 1, "halt_rate": 1},
            curated={"partition_by": self.partition_by, "target_file_mb": 128},
            **({"delete_when": "op = 'D'"} if self.removes else {}),
        )

    def rows(self) -> list[dict]:
        rows = [{name: self.draw.choice(values) for name, values in VALUES.items()} for _ in range(self.draw.randint(0, 9))]
        if self.format == "csv" and not self.options.get("multiline"):
            rows = [row for row in rows if row["note"] != "two\nlines"]
        return [*rows, *rows[: self.draw.randint(0, 1)]]

    def content(self, rows: list[dict]) -> bytes:
        return {"csv": self._csv, "json": self._json, "parquet": self._parquet}[self.format](rows)

    def _csv(self, rows: list[dict]) -> bytes:
        delimiter = self.options.get("delimiter", ",")

        def cell(value) -> str:
            text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
            quoted = any(sign in text for sign in (delimiter, '"', "\n")) or (text and self.draw.random() < 0.1)
            return '"' + text.replace('"', '""') + '"' if quoted else text

        lines = [delimiter.join(map(cell, row.values())) for row in rows]
        header = [delimiter.join(VALUES)] if self.options["header"] else []
        return "\n".join([*header, *lines, *self.draw.choice([[], [""]])]).encode(self.options.get("encoding", "utf-8"))

    def _json(self, rows: list[dict]) -> bytes:
        def left_out(value) -> bool:
            return value is None and self.draw.random() < 0.5

        objects = [{n: v for n, v in row.items() if not left_out(v)} for row in rows]
        if self.options.get("multiline") and self.draw.random() < 0.7:
            return json.dumps(objects, default=str, indent=self.draw.choice([None, 2])).encode()
        return "".join(json.dumps(row, default=str) + "\n" for row in objects).encode()

    def _parquet(self, rows: list[dict]) -> bytes:
        file = io.BytesIO()
        pq.write_table(pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in TYPES.items()}), file)
        return file.getvalue()

    def good(self, rows: list[dict]) -> list[dict]:
        """Those that are not quarantined, as the table has them: CSV knows no empty text."""
        if self.format == "csv":
            rows = [{name: None if value == "" else value for name, value in row.items()} for row in rows]
        rows = [row for row in rows if all(row[name] is not None for name in self.key)]
        kept = [row for row in rows if not self.is_removal(row) and (row["amount"] or 0) >= 0 and row["note"] != "bad"]
        if "part" in self.partition_by:
            kept = [row for row in kept if row["part"]]
        # Of a removal only key and order count.
        bare = [{name: row[name] if name in (*self.key, *self.latest_by) else None for name in VALUES} | {"op": "D"} for row in rows if self.is_removal(row)]
        return [*kept, *bare]

    def is_removal(self, row: dict) -> bool:
        return self.removes and row["op"] == "D"

    def key_of(self, row: dict) -> tuple:
        return tuple(row[name] for name in self.key)

    def newest(self, rows: list[dict]) -> dict[tuple, dict]:
        """By latest_by, then by content; NULL is the least, texts compare by their bytes."""

        def rank(row: dict) -> tuple:
            def values(names) -> tuple:
                return tuple((row[n] is not None, row[n].encode() if isinstance(row[n], str) else row[n] or 0) for n in names)

            return values(self.latest_by), self.is_removal(row), values(name for name in VALUES if name not in self.key)

        found: dict[tuple, dict] = {}
        for row in rows:
            existing = found.get(self.key_of(row))
            if existing is None or rank(row) > rank(existing):
                found[self.key_of(row)] = row
        return found


STEPS = ("landings", "landings", "raw", "curated", "quarantine")


@pytest.mark.parametrize("seed", [FIRST, *(pytest.param(seed, marks=pytest.mark.nightly) for seed in SEEDS[1:])])
def test_the_table_holds_the_newest_good_version_of_every_key_and_quarantine_each_bad_row_once(lake, seed):
    draw = random.Random(seed)
    dataset = Dataset(draw)
    check_batches(lake, draw, dataset, dataset.contract)


def check_batches(lake, draw: random.Random, dataset: Dataset, contract: dict, steps: tuple[str, ...] = STEPS) -> list[dict]:
    """The property, for any table format. Returns the rows that the table has at the end."""
    files: dict[str, list[dict]] = {}
    batches: dict[str, list[str]] = {}
    existing: dict[tuple, dict] = {}
    for number in range(draw.randint(2, 5)):
        step = draw.choice([*steps, *(["again"] if batches else [])]) if files else "landings"
        if step == "landings":
            keys = []
            for part in range(draw.randint(1, 3)):
                rows = dataset.rows()
                keys.append(lake.land(f"day={draw.randint(1, 2)}/{number}-{part}.{dataset.format}", dataset.content(rows)))
                files[keys[-1]] = rows
            batches[f"orders-{number}"] = keys
        if step in ("landings", "again"):
            batch_id = f"orders-{number}" if step == "landings" else draw.choice(list(batches))
            read = batches[batch_id]
            manifest = lake.batch(contract, keys=read, batch_id=batch_id)
        else:
            read = list(files) if step == "raw" else []
            manifest = lake.batch(contract, batch_id=f"by-hand-{number}", source=step)
            # Intake runs no batch again of whose files one by hand has read all.
            batches = batches if step == "curated" else {}

        rows = [row for key in read for row in files[key]]
        good = dataset.good(rows)
        before, existing = existing, dataset.newest([*existing.values(), *good])
        live = [row for row in existing.values() if not dataset.is_removal(row)]
        assert _content(lake.curated()) == _content(live), step
        if step not in ("curated", "quarantine"):
            new = [row for key, row in existing.items() if before.get(key) != row]
            deleted = sum(map(dataset.is_removal, new))
            written = len(new) - deleted
            same = sum(existing[dataset.key_of(row)] == row for row in good)
            counts = {"duplicates": same - len(new), "superseded": len(good) - same, "quarantined": len(rows) - len(good)}
            counts |= {"deleted": deleted} if dataset.removes else {}
            assert manifest["rows"] == {"read": len(rows), "written": written, **counts}, step
    assert len(lake.quarantined()) == sum(len(rows) - len(dataset.good(rows)) for rows in files.values())
    return live


def _content(rows) -> list[str]:
    return sorted(repr([row[name] for name in VALUES]) for row in rows)
