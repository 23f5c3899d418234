"""What must come out of the messy inputs, reckoned with nothing but Python's own csv, json and decimal: no Spark, no code of the product.

usage: calculation.py FOLDER   (as messy_inputs.py left it); JSON on stdout
"""

import csv
import gzip
import io
import json
import re
import sys
from collections import Counter
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path

import pyarrow.parquet

BAD = object()
"""A value that is there and is not of the type."""


def main(folder: Path) -> None:
    waves = [folder / "wave-1", folder / "wave-2"]
    answer = {name: calculate(waves, *spec) for name, spec in DATASETS.items()}
    json.dump(answer, sys.stdout, ensure_ascii=False)


def calculate(waves: list[Path], name: str, read, judge, key: str, latest: str, content) -> dict:
    kept, reasons, counts = {}, Counter(), []
    for wave in waves:
        read_rows = quarantined = 0
        for file in sorted(path for path in (wave / name).rglob("*") if path.is_file()):
            if "_temporary" in file.parts or file.name == "_SUCCESS":
                continue
            keys = dict(part.split("=", 1) for part in file.relative_to(wave / name).parts[:-1])
            for raw in read(file):
                read_rows += 1
                row, errors = judge(raw, keys) if raw is not None else (None, ["malformed_record"])
                reasons.update(errors)
                if errors:
                    quarantined += 1
                    continue
                existing = kept.get(row[key])
                if existing is None or rank(row, latest, content) > rank(existing, latest, content):
                    kept[row[key]] = row
        counts.append({"read": read_rows, "quarantined": quarantined})
    rows = sorted((shown(row) for row in kept.values()), key=lambda row: row[key])
    return {"rows": rows, "reasons": dict(sorted(reasons.items())), "waves": counts}


def rank(row: dict, latest: str, content: list[str]) -> tuple:
    """Newest first, then by content; NULL is the smallest value."""
    return tuple((0,) if value is None else (1, value) for value in (row[latest], *(row[name] for name in content)))


# --- values


def whole(text: str | None):
    if text is None:
        return None
    return int(text) if re.fullmatch(r"\s*[+-]?\d+\s*", text) and abs(int(text)) < 2**63 else BAD


def decimal(text: str | None, digits: int):
    if text is None:
        return None
    try:
        value = Decimal(text.strip()).quantize(Decimal("0.01"), ROUND_HALF_UP)
    except InvalidOperation:
        return BAD
    return value if abs(value) < 10 ** (digits - 2) else BAD


def instant(text: str | None, pattern: str | None = None):
    if text is None:
        return None
    try:
        return datetime.strptime(text, pattern) if pattern else datetime.fromisoformat(text)
    except ValueError:
        return BAD


def shown(row: dict) -> dict:
    return {name: value.isoformat() if hasattr(value, "isoformat") else str(value) if isinstance(value, Decimal) else value for name, value in row.items()}


def type_errors(row: dict) -> list[str]:
    return [f"invalid_type:{name}" for name, value in row.items() if value is BAD]


# --- orders: CSV


def text_of(file: Path) -> str:
    content = file.read_bytes()
    return (gzip.decompress(content) if file.suffix == ".gz" else content).decode()


def read_csv(file: Path):
    reader = csv.reader(io.StringIO(text_of(file), newline=""))
    header = next(reader)
    for cells in reader:
        yield {name: cell or None for name, cell in zip(header, cells)} if len(cells) == len(header) else None


def judge_order(raw: dict, keys: dict):
    row = {
        "order_id": raw.get("order_id"),
        "customer_id": whole(raw.get("customer_id")),
        "ordered_at": instant(raw.get("ordered_at"), "%Y-%m-%d %H:%M:%S"),
        "amount": decimal(raw.get("amount"), 12),
        "note": raw.get("note"),
        "status": raw.get("status"),
    }
    errors = type_errors(row)
    if row["order_id"] is None:
        errors.append("null_key:order_id")
    if row["amount"] not in (None, BAD) and row["amount"] < 0:
        errors.append("negative_amount")
    if row["status"] is not None and row["status"] not in ("PENDING", "SHIPPED"):
        errors.append("unknown_status")
    if errors:
        return None, errors
    derived = {"order_date": row["ordered_at"].date(), "doubled": row["amount"] * 2, "region_name": keys["region"].upper()}
    return {**row, **derived}, []


# --- events: JSON lines


def read_json_lines(file: Path):
    for line in text_of(file).split("\n"):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError:
            value = None
        yield value if isinstance(value, dict) else None


def judge_event(raw: dict, keys: dict):
    user = raw.get("user_id")
    row = {
        "event_id": raw.get("event_id"),
        "user_id": whole(None if user is None else str(user)),
        "at": instant(raw.get("at")),
        "tags": raw.get("tags"),
        "day": keys["day"],
    }
    errors = type_errors(row)
    if row["event_id"] is None:
        errors.append("null_key:event_id")
    if row["user_id"] is None:
        errors.append("no_user")
    return (None, errors) if errors else (row, [])


# --- products: Parquet


def read_parquet(file: Path):
    yield from pyarrow.parquet.read_table(file, partitioning=None).to_pylist()


def judge_product(raw: dict, _keys: dict):
    price = decimal(repr(raw["price"]), 10)
    row = {"sku": raw["sku"], "name": raw["name"], "price": price, "updated_at": raw["updated_at"].replace(tzinfo=None)}
    return (None, ["free"]) if price <= 0 else (row, [])


ORDER_CONTENT = ["order_id", "customer_id", "ordered_at", "amount", "note", "status", "doubled", "region_name", "order_date"]
DATASETS = {
    "orders": ("orders", read_csv, judge_order, "order_id", "ordered_at", ORDER_CONTENT),
    "events": ("events", read_json_lines, judge_event, "event_id", "at", ["event_id", "user_id", "at", "tags", "day"]),
    "products": ("products", read_parquet, judge_product, "sku", "updated_at", ["sku", "name", "price", "updated_at"]),
}

if __name__ == "__main__":
    main(Path(sys.argv[1]))
