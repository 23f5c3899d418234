"""Writes three contracts, gold that is made of them, and two waves of files as they come in real life. The same bytes every time.

usage: messy_inputs.py FOLDER
"""

import csv
import gzip
import io
import json
import random
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow
import pyarrow.parquet

CONTRACTS = {
    "orders": """
dataset: orders
owner: shop@example.com
source:
  format: csv
  options: { header: true, multiline: true }
  partition_keys: [ingest_date, region]
columns:
  order_id: string
  customer_id: bigint
  ordered_at: { type: timestamp, format: "yyyy-MM-dd HH:mm:ss" }
  amount: { type: "decimal(12,2)", round: half_up }
  note: string
  status: string
derive:
  order_date: to_date(ordered_at)
  doubled: amount * 2
  region_name: upper(region)
primary_key: [order_id]
latest_by: [ordered_at]
quarantine:
  rules:
    negative_amount: amount < 0
    unknown_status: status NOT IN ('PENDING', 'SHIPPED')
quality: |
  Rules = [ RowCount > 0, IsUnique "order_id", IsComplete "order_date" ]
curated: { partition_by: [order_date] }
""",
    "events": """
dataset: events
owner: web@example.com
source: { format: json, partition_keys: [day] }
columns:
  event_id: string
  user_id: bigint
  at: timestamp
  tags: array<string>
primary_key: [event_id]
latest_by: [at]
quarantine: { rules: { no_user: user_id IS NULL }, warn_rate: 0.02 }
curated: { partition_by: [day] }
""",
    "products": """
dataset: products
owner: shop@example.com
source: { format: parquet }
columns: { sku: string, name: string, price: "decimal(10,2)", updated_at: timestamp }
primary_key: [sku]
latest_by: [updated_at]
quarantine: { rules: { free: price <= 0 } }
quality: Rules = [ Completeness "name" > 0.8 ]
""",
    "orders_by_day": """
dataset: orders_by_day
owner: shop@example.com
gold:
  sources: { orders: { rebuilds: { order_date: order_date } } }
  sql: |
    SELECT order_date, coalesce(status, 'none') AS status, count(*) AS orders, sum(amount) AS amount
    FROM orders GROUP BY 1, 2
columns: { order_date: date, status: string, orders: bigint, amount: "decimal(22,2)" }
primary_key: [order_date, status]
reconcile: { amount: { gold: SELECT sum(amount) FROM orders_by_day, sources: SELECT sum(amount) FROM orders } }
quality: Rules = [ RowCount > 0, ColumnValues "orders" > 0 ]
curated: { partition_by: [order_date] }
""",
    "shop_totals": """
dataset: shop_totals
owner: shop@example.com
gold:
  sources: { orders_by_day: { rebuilds: all }, events: { rebuilds: all } }
  sql: SELECT 'orders' AS what, sum(orders) AS count FROM orders_by_day UNION ALL SELECT 'events', count(*) FROM events
columns: { what: string, count: bigint }
primary_key: [what]
""",
}
START = datetime(2025, 1, 1, 8, 0, 0)
NOTES = ["", "plain", "comma, inside", 'a "quoted" word', "two\nlines", "ünïcødé ☃", "  spaces  ", "semi;colon", "tab\there", "100% = good + bad"]
ORDER_HEADER = ["order_id", "customer_id", "ordered_at", "amount", "note", "status"]


def main(folder: Path) -> None:
    chance = random.Random(7)
    for dataset, text in CONTRACTS.items():
        write(folder / "contracts" / f"{dataset}.yml", text.lstrip().encode())
    orders = [order(chance, number) for number in range(600)]
    first, second = folder / "wave-1", folder / "wave-2"
    write_orders(first, second, orders, chance)
    write_events(first, second, chance)
    write_products(first, second)


def order(chance: random.Random, number: int, version: int = 0) -> list[str]:
    when = START + timedelta(days=number % 5, minutes=number) + timedelta(seconds=version)
    amount = f"{chance.randrange(1, 99999) / 1000:.3f}"
    spoilt = number % 23
    return [
        f"O-{number:04d}" if number % 97 else "",
        "12.7" if spoilt == 3 else "" if spoilt == 4 else str(number % 50),
        when.strftime("%d.%m.%Y") if spoilt == 5 else when.strftime("%Y-%m-%d %H:%M:%S"),
        "-5.00" if spoilt == 6 else "12345678901.00" if spoilt == 7 else amount,
        chance.choice(NOTES),
        "LOST" if spoilt in (6, 8) else "" if spoilt == 9 else chance.choice(["PENDING", "SHIPPED"]),
    ]


def write_orders(first: Path, second: Path, orders: list, chance: random.Random) -> None:
    home = first / "orders" / "ingest_date=2025-01-01"
    write(home / "region=Köln+Süd" / "größe +50% = viel.csv", csv_bytes([ORDER_HEADER, *orders[:200]]))
    write(home / "region=north" / "b.csv.gz", gzip.compress(csv_bytes([ORDER_HEADER, *orders[200:400]]), mtime=0))
    # Another order of columns, one that the contract does not know, and Windows line ends.
    shuffled = [[row[5], "x", row[0], row[1], row[2], row[3], row[4]] for row in orders[400:500]]
    header = ["status", "extra", *ORDER_HEADER[:5]]
    write(home / "region=north" / "c,d.csv", csv_bytes([header, *shuffled], line_end="\r\n"))
    # One without `note`; every row twice.
    short = [[*row[:4], row[5]] for row in orders[500:]]
    write(home / "region=a=b" / "d%20e.csv", csv_bytes([[*ORDER_HEADER[:4], "status"], *short, *short]))
    write(home / "region=north" / "_temporary" / "0" / "part.csv", csv_bytes([ORDER_HEADER, *orders[:5]]))
    write(home / "region=north" / "_SUCCESS", b"")
    write(home / "region=north" / "empty.csv", csv_bytes([ORDER_HEADER]))

    newer = [order(chance, number, version=60) for number in range(0, 600, 7)]
    older = [order(chance, number, version=-60) for number in range(3, 600, 11)]
    again = orders[:50]
    late = second / "orders" / "ingest_date=2025-01-02"
    write(late / "region=north" / "corrections.csv", csv_bytes([ORDER_HEADER, *newer]))
    # Into a partition that was crawled before, and out of order.
    write(home_of(second) / "late and older.csv", csv_bytes([ORDER_HEADER, *older, *again]))


def home_of(wave: Path) -> Path:
    return wave / "orders" / "ingest_date=2025-01-01" / "region=Köln+Süd"


def write_events(first: Path, second: Path, chance: random.Random) -> None:
    def event(number: int, seconds: int = 0) -> str:
        at = START + timedelta(minutes=number, seconds=seconds)
        fields = {"event_id": f"e{number}", "user_id": number % 9 or None, "at": at.isoformat(), "tags": ["a", f"ü{number % 3}"]}
        if number % 31 == 0:
            fields["user_id"] = "somebody"
        if number % 37 == 0:
            fields["unknown"] = {"nested": True}
        return json.dumps(fields, ensure_ascii=number % 2 == 0)

    lines = [event(number) for number in range(300)]
    broken = ['{"event_id": "x1", ', "not json at all", '["an", "array"]', '{"event_id": "x2"} trailing', "", '{"event_id": "cut', "null"]
    write(first / "events" / "day=2025-01-01" / "events 1.json", "\n".join([*lines[:150], *broken]).encode())
    write(first / "events" / "day=2025-01-02" / "events.json.gz", gzip.compress("\n".join(lines[150:]).encode() + b"\n", mtime=0))
    newer = [event(number, seconds=30) for number in range(0, 150, 5)]
    write(second / "events" / "day=2025-01-01" / "late.json", "\n".join([*newer, *lines[:20]]).encode())


def write_products(first: Path, second: Path) -> None:
    def table(numbers: range, days: int) -> pyarrow.Table:
        return pyarrow.table(
            {
                "sku": [f"P{number}" for number in numbers],
                "name": [f"Ding {number} ÄÖ" if number % 13 else None for number in numbers],
                "price": [0.0 if number % 17 == 0 else number + 0.25 for number in numbers],
                "updated_at": pyarrow.array([START + timedelta(days=days, hours=number) for number in numbers], pyarrow.timestamp("us", "UTC")),
            }
        )

    for wave, file, content in (
        (first, "all.parquet", table(range(1, 120), 0)),
        (second, "some & more.parquet", table(range(100, 160), 1)),
        (second, "old.parquet", table(range(1, 30), -1)),
    ):
        path = wave / "products" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        pyarrow.parquet.write_table(content, path)


def csv_bytes(rows: list[list[str]], line_end: str = "\n") -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator=line_end).writerows(rows)
    return text.getvalue().encode()


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
