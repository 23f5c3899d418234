"""What the demo must give, reckoned with Python's csv and decimal alone.

usage: retail.py WAVE_FOLDER...   JSON on stdout: a list with the counts of each wave, and the table after the last
"""

import csv
import json
import sys
from collections import Counter
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path


def main(waves: list[Path]) -> None:
    kept: dict[str, dict] = {}
    json.dump({"waves": [wave_counts(wave, kept) for wave in waves], "rows": sorted(map(shown, kept.values()), key=id_of)}, sys.stdout)


def wave_counts(wave: Path, kept: dict[str, dict]) -> dict:
    counts, reasons = Counter(), Counter()
    # In order of delivery, so that the last one wins.
    files = sorted((wave / "online_retail").rglob("*.csv"))
    landed: dict[str, dict] = {}
    for file in files:
        for cells in csv.DictReader(file.open(newline="")):
            counts["read"] += 1
            row = typed(cells, file.parent.name.removeprefix("delivered="))
            errors = bad(row)
            reasons.update(errors)
            if errors:
                counts["quarantined"] += 1
            elif landed.get(row["invoice_id"]) == row:
                counts["duplicates"] += 1
            else:
                assert row["invoice_id"] not in landed, "an invoice that differs from itself within a wave needs a rule here"
                landed[row["invoice_id"]] = row
    for invoice, row in landed.items():
        if kept.get(invoice) == row:
            counts["duplicates"] += 1
        else:
            counts["written"] += 1
            kept[invoice] = row
    return {"files": len(files), **counts, "reasons": dict(reasons)}


def typed(cells: dict, delivered: str) -> dict:
    when = datetime.strptime(cells["invoice_date"], "%m/%d/%y %H:%M")
    customer = Decimal(cells["customer_id"]) if cells["customer_id"] else None
    return {
        "invoice_id": cells["invoice_id"],
        "invoice_date": when,
        "customer_id": customer,
        "domestic_sale": cells["domestic_sale"] == "True",
        "item_types_purchased": int(cells["item_types_purchased"]),
        "total_quantity": int(cells["total_quantity"]),
        "total_price": Decimal(cells["total_price"]).quantize(Decimal("0.01"), ROUND_HALF_UP),
        "customer": int(customer) if customer is not None else None,
        "status": {"C": "CANCELLED", "A": "ADJUSTMENT"}.get(cells["invoice_id"][0], "SOLD"),
        "invoice_month": when.strftime("%Y-%m"),
        "delivered_on": delivered,
    }


def bad(row: dict) -> list[str]:
    reasons = {
        "missing_customer": row["customer"] is None,
        "non_positive_sale": row["status"] == "SOLD" and row["total_price"] <= 0,
        "adjustment_entry": row["status"] == "ADJUSTMENT",
    }
    return [name for name, holds in reasons.items() if holds]


def shown(row: dict) -> dict:
    return {name: value.isoformat() if isinstance(value, datetime) else str(value) if isinstance(value, Decimal) else value for name, value in row.items()}


def id_of(row: dict) -> str:
    return row["invoice_id"]


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
