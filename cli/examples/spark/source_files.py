"""Example rows as a file of the contract's format."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow
import pyarrow.orc
import pyarrow.parquet
from sluice_etl.contract import Contract
from sluice_etl.formats.csv.options import csv_options


class LocalFiles:
    """What formats look up in a store, of `file:` URIs."""

    def head(self, uri: str, size: int) -> bytes:
        with _path(uri).open("rb") as file:
            return file.read(size)

    def tail(self, uri: str, size: int) -> bytes:
        return _path(uri).read_bytes()[-size:]

    def chunks(self, uri: str) -> Iterator[bytes]:
        with _path(uri).open("rb") as file:
            while chunk := file.read(1 << 16):
                yield chunk


def write_source(folder: Path, contract: Contract, example: dict) -> Path:
    """The file that the example names, or one of its text or rows. Raises ValueError for a format that rows cannot be written in."""
    if example["path"] is not None:
        return Path(example["path"])
    folder.mkdir(parents=True)
    file = folder / f"example.{contract.format}"
    if example["text"] is not None:
        encoding = csv_options(contract).encoding if contract.format == "csv" else "utf-8"
        file.write_bytes(example["text"].encode(encoding))
    elif contract.format in _WRITERS:
        _WRITERS[contract.format](file, contract, example)
    else:
        raise ValueError(f"rows cannot be written as {contract.format}; give text or path")
    return file


def _write_csv(file: Path, contract: Contract, example: dict) -> None:
    file.write_bytes(_csv(contract, example["texts"]).encode(csv_options(contract).encoding))


def _write_json(file: Path, _: Contract, example: dict) -> None:
    file.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in example["rows"]), encoding="utf-8")


def _write_orc(file: Path, _: Contract, example: dict) -> None:
    pyarrow.orc.write_table(pyarrow.Table.from_pylist(example["rows"]), file)


def _write_parquet(file: Path, _: Contract, example: dict) -> None:
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(example["rows"]), file)


# Formats that a row of an example can be written in; of others an example gives the text or the file.
_WRITERS = {"csv": _write_csv, "json": _write_json, "orc": _write_orc, "parquet": _write_parquet}


def _csv(contract: Contract, rows: list[dict]) -> str:
    options, lines = csv_options(contract), io.StringIO()
    declared = [column.read_from if isinstance(column.read_from, str) else column.name for column in contract.columns]
    names = declared if options.header is False else list(dict.fromkeys(name for row in rows for name in row))
    if len(options.delimiter) > 1:
        raise ValueError("rows cannot be written with a delimiter of several characters; give text or path")
    doubled = options.doubled
    writer = csv.writer(
        lines, delimiter=options.delimiter, quotechar=options.quote, doublequote=doubled, escapechar=None if doubled else options.escape,
        lineterminator="\n",
    )
    if options.header is not False:
        writer.writerow(names)
    writer.writerows(["" if row.get(name) is None else row[name] for name in names] for row in rows)
    return lines.getvalue()


def _path(uri: str) -> Path:
    return Path(uri.removeprefix("file:"))
