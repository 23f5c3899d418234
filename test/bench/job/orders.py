"""
Orders as a shop's systems send them, as many as asked for, the same for the same seed: every value is a hash of its row number.
Some rows stand twice, some keys come in several versions, some rows are bad in each of the ways that the contract knows.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

HEADER = "order_id,customer_id,order_timestamp,amount,status,channel,country,note"
FIRST_DAY = "2025-01-01"
STATUSES = ("PENDING", "PROCESSING", "SHIPPED", "DELIVERED", "CANCELLED")

CONTRACT = {
    "dataset": "orders",
    "owner": "bench@example.com",
    "version": "be9c00000000",
    "source": {"format": "csv", "options": {"header": True}, "partition_keys": ["ingest_date"], "exclude": []},
    "columns": {
        "order_id": {"type": "string"},
        "customer_id": {"type": "bigint"},
        "order_timestamp": {"type": "timestamp", "format": "yyyy-MM-dd HH:mm:ss"},
        "amount": {"type": "decimal(12,2)"},
        "status": {"type": "string"},
        "channel": {"type": "string"},
        "country": {"type": "string"},
        "note": {"type": "string"},
    },
    "derive": {"order_date": "to_date(order_timestamp)"},
    "primary_key": ["order_id"],
    "latest_by": ["order_timestamp"],
    "drift": {"missing": "null", "unknown": "ignore"},
    "quarantine": {
        "rules": {
            "negative_amount": "amount < 0",
            "invalid_status": f"status NOT IN {STATUSES}",
            "no_customer": "customer_id IS NULL",
        },
        "warn_rate": 0.01,
        "halt_rate": 1,
    },
    "references": {},
    "curated": {"partition_by": ["order_date"], "target_file_mb": 128},
}


@dataclass(frozen=True)
class Size:
    rows: int = 6_000_000
    duplicate_rate: float = 0.05
    bad_rate: float = 0.02
    days: int = 10
    format: str = "csv"
    seed: int = 7
    first_day: int = 0


def generate(spark: SparkSession, size: Size, folder: Path) -> None:
    """Writes <folder>/ingest_date=…/*.csv, *.json or *.parquet; skips what is there already."""
    if (folder / "_done").exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    frame = _orders(spark, size)
    columns = HEADER.split(",")
    if size.format == "parquet":
        typed = [f"try_cast({name} AS {_PARQUET_TYPES.get(name, 'STRING')}) AS {name}" for name in columns]
        frame.selectExpr(*typed, "ingest_date").write.partitionBy("ingest_date").parquet(f"file:{folder}")
    elif size.format == "json":
        frame.select(_json_line().alias("value"), "ingest_date").write.partitionBy("ingest_date").text(f"file:{folder}")
        for part in folder.rglob("*.txt"):
            part.rename(part.with_suffix(".json"))
    else:
        line = F.concat_ws(",", *(F.coalesce(F.col(name), F.lit("")) for name in columns))
        # A malformed record has a column too many.
        text = F.when(F.col("_fault") == 0, F.concat(line, F.lit(",surplus"))).otherwise(line)
        frame.select(text.alias("value"), "ingest_date").write.partitionBy("ingest_date").text(f"file:{folder}")
        for part in folder.rglob("*.txt"):
            _with_header(part)
    for left in folder.rglob("*.crc"):
        left.unlink()
    (folder / "_done").touch()


_PARQUET_TYPES = {"customer_id": "BIGINT", "order_timestamp": "TIMESTAMP", "amount": "DECIMAL(12,2)"}


def _json_line():
    """Numbers are JSON numbers, where they are numbers; a malformed record has a text behind its object."""
    members = []
    for name in HEADER.split(","):
        text = F.concat(F.lit('"'), F.col(name), F.lit('"'))
        value = F.when(F.col(name).rlike("^-?[0-9]"), F.col(name)).otherwise(text) if name in ("customer_id", "amount") else text
        members.append(F.concat(F.lit(f'"{name}":'), F.coalesce(value, F.lit("null"))))
    line = F.concat(F.lit("{"), F.concat_ws(",", *members), F.lit("}"))
    return F.when(F.col("_fault") == 0, F.concat(line, F.lit(",surplus"))).otherwise(line)


def _orders(spark: SparkSession, size: Size):
    def draw(name: str, ceiling: int):
        """A number below the ceiling that depends on the order, not on the row."""
        return F.pmod(F.xxhash64(F.lit(f"{name}/{size.seed}"), F.col("_order")), F.lit(ceiling))

    def draw_row(name: str, ceiling: int):
        return F.pmod(F.xxhash64(F.lit(f"{name}/{size.seed}"), F.col("id")), F.lit(ceiling))

    again = draw_row("again", 1_000_000) < int(size.duplicate_rate * 1_000_000)
    faulty = draw_row("bad", 1_000_000) < int(size.bad_rate * 1_000_000)
    # Half of what comes again is the same version, half a later one of the same day.
    rows = spark.range(0, size.rows, 1, max(2, size.days)).select(
        "id",
        F.when(again, draw_row("twin", size.rows)).otherwise(F.col("id")).alias("_order"),
        F.when(again & (draw_row("newer", 2) == 1), 1 + draw_row("step", 3)).otherwise(F.lit(0)).alias("_version"),
        F.when(faulty, draw_row("fault", 5)).alias("_fault"),
    )
    day = draw("day", size.days) + size.first_day
    date = F.date_add(F.lit(FIRST_DAY).cast("date"), day.cast("int"))
    second = draw("second", 80_000) + F.col("_version") * 60
    timestamp = F.concat(date.cast("string"), F.lit(" "), F.date_format(second.cast("timestamp"), "HH:mm:ss"))
    amount = (draw("amount", 1_000_000) + F.col("_version") * 100) / 100 + F.lit(1)
    statuses = F.array(*(F.lit(status) for status in STATUSES))
    return rows.select(
        "_fault",
        F.concat(F.lit("ORD-"), F.lpad(F.hex(F.xxhash64(F.lit(size.seed), F.col("_order"))), 16, "0")).alias("order_id"),
        F.when(F.col("_fault") == 1, F.lit("unknown")).otherwise((100_000 + draw("customer", 900_000)).cast("string")).alias("customer_id"),
        F.when(F.col("_fault") == 2, F.lit("soon")).otherwise(timestamp).alias("order_timestamp"),
        F.when(F.col("_fault") == 3, F.lit("-1.00")).otherwise(F.format_string("%.2f", amount)).alias("amount"),
        F.when(F.col("_fault") == 4, F.lit("LOST"))
        .otherwise(F.element_at(statuses, (1 + F.pmod(draw("status", 5) + F.col("_version"), F.lit(5))).cast("int")))
        .alias("status"),
        F.element_at(F.array(F.lit("web"), F.lit("shop"), F.lit("app"), F.lit("phone")), (1 + draw("channel", 4)).cast("int")).alias("channel"),
        F.element_at(F.array(F.lit("DE"), F.lit("FR"), F.lit("GB"), F.lit("NL"), F.lit("PT")), (1 + draw("country", 5)).cast("int")).alias("country"),
        F.concat(F.lit("note "), F.hex(draw("note", 1 << 30))).alias("note"),
        date.cast("string").alias("ingest_date"),
    )


def _with_header(part: Path) -> None:
    target = part.with_suffix(".csv")
    with part.open("rb") as source, target.open("wb") as out:
        out.write(HEADER.encode() + b"\n")
        shutil.copyfileobj(source, out, 1 << 20)
    part.unlink()
