"""The contract of docs/how-to/databases.md over files as AWS DMS writes them, against the table that they come from."""

import random
import re
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from lake import contract_with

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "databases.md"
SCHEMA = pa.schema(
    [("Op", pa.string()), ("change_seq", pa.string()), ("order_id", pa.int64()), ("status", pa.string()), ("amount", pa.decimal128(12, 2)), ("updated_at", pa.timestamp("us"))]
)
BEGIN = datetime(2026, 1, 1)


def contract() -> dict:
    _, section = PAGE.read_text("utf-8").split("## All changes, by AWS DMS\n")
    written = yaml.safe_load(re.search(r"```yaml\n(.*?)```", section, re.DOTALL)[1])
    assert written.pop("source") == {"format": "parquet"}
    columns = {name: type if isinstance(type, dict) else {"type": type} for name, type in written.pop("columns").items()}
    return contract_with(
        **written, columns=columns, derive={}, quarantine={"rules": {}}, curated={"partition_by": [], "target_file_mb": 128}, source={"format": "parquet", "options": {}, "partition_keys": []}
    )


class Database:
    """A table under random transactions, and what DMS tells of them."""

    def __init__(self, draw: random.Random):
        self._draw, self.rows, self._changes = draw, {}, 0

    def transact(self) -> list[dict]:
        """Changes of one transaction, which have one time."""
        self._changes += 1
        moment = BEGIN + timedelta(minutes=self._changes)
        return [self._change(number, moment) for number in range(self._draw.randint(1, 5))]

    def full_load(self) -> list[dict]:
        return [{"Op": "I", "change_seq": None, **row} for row in self.rows.values()]

    def _change(self, number: int, moment: datetime) -> dict:
        key = self._draw.randint(1, 30)
        sequence = f"{moment:%Y%m%d%H%M%S}00{self._changes * 100 + number:019}"
        if key in self.rows and self._draw.random() < 0.3:
            return {"Op": "D", "change_seq": sequence, **self.rows.pop(key)}
        operation = "U" if key in self.rows else "I"
        self.rows[key] = {"order_id": key, "status": self._draw.choice(["new", "paid", "sent", None]), "amount": Decimal(self._draw.randint(0, 10**6)) / 100, "updated_at": moment}
        return {"Op": operation, "change_seq": sequence, **self.rows[key]}


@pytest.mark.nightly
def test_the_table_is_the_databases_whatever_order_the_files_come_in(lake):
    draw = random.Random(7)
    database = Database(draw)
    for _ in range(20):
        database.transact()
    # The full load reads while changes go on: some of them are in its rows already, and come again.
    early = [database.transact() for _ in range(5)]
    load = database.full_load()
    changes = [*early, *(database.transact() for _ in range(60))]
    cut = [changes[at : at + 7] for at in range(0, len(changes), 7)]
    files = [load, *([change for transaction in part for change in transaction] for part in cut)]
    delivered = [*files, *draw.sample(files, 3)]
    draw.shuffle(delivered)
    rule = contract()
    for number, some in enumerate((delivered[:4], delivered[4:9], delivered[9:])):
        keys = []
        for place, rows in enumerate(some):
            path = lake.root / "file.parquet"
            pq.write_table(pa.Table.from_pylist(rows, SCHEMA), path)
            keys.append(lake.land(f"{number}-{place}.parquet", path.read_bytes()))
        manifest = lake.batch(rule, keys=keys, batch_id=f"orders-{number}")
        assert manifest["rows"]["quarantined"] == 0
    found = {row["order_id"]: {name: row[name] for name in ("order_id", "status", "amount", "updated_at")} for row in lake.arrow("curated")}
    for row in found.values():
        row["updated_at"] = row["updated_at"].replace(tzinfo=None)
    assert found == database.rows
