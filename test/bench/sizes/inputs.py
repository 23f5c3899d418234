"""Raw files of unusual sizes, and the contract that reads them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lake import contract_with

COLUMNS = {"id": "string", "at": "timestamp", "amount": "decimal(12,2)", "note": "string"}
NOTE = "with its note a row has about a hundred bytes: ten kilobytes are a hundred rows of it"
PIECE = 1 << 24


def many_files(folder: Path, files: int, rows: int) -> dict:
    """So many files of so many rows; with one file, the same rows in it."""
    for number in range(files):
        lines = (row(number * rows + place) for place in range(rows))
        (folder / f"{number:06}.csv").write_text(f"{','.join(COLUMNS)}\n{''.join(lines)}")
    return contract()


def wide(folder: Path, columns: int, rows: int) -> dict:
    """An id and so many whole numbers of one digit."""
    names = [f"c{number}" for number in range(columns - 1)]
    digits = ",".join(str(number % 10) for number in range(columns - 1))
    with (folder / "wide.csv").open("w") as file:
        file.write(",".join(["id", *names]) + "\n")
        for first in range(0, rows, 10_000):
            file.write("".join(f"{number},{digits}\n" for number in range(first, min(first + 10_000, rows))))
    return contract_with(columns={"id": "string", **dict.fromkeys(names, "int")}, latest_by=[], derive={}, **PLAIN)


def long_line(folder: Path, megabytes: int) -> dict:
    """A note without an end between two good rows."""
    with (folder / "long.csv").open("w") as file:
        file.write(f"{','.join(COLUMNS)}\n{row(1)}2,2025-01-01 00:00:00,1.00,")
        for piece in pieces(megabytes << 20):
            file.write(piece)
        file.write(f"\n{row(3)}")
    return contract()


def contract() -> dict:
    return contract_with(columns={**COLUMNS, "at": {"type": "timestamp", "format": "yyyy-MM-dd HH:mm:ss"}}, **PLAIN)


PLAIN = {"curated": {"partition_by": [], "target_file_mb": 128}, "quarantine": {"rules": {}, "warn_rate": 1, "halt_rate": 1}}


def row(number: int) -> str:
    return f"{number},2025-01-{number % 28 + 1:02} 10:{number % 60:02}:00,{number % 1000}.25,{NOTE}\n"


def pieces(size: int) -> Iterator[str]:
    for _ in range(0, size, PIECE):
        yield "x" * PIECE
