"""Extracts for tests: from a real database to rows, as another reader of the files has them."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pyarrow.parquet as pq
from lake import contract_with
from sluice_etl.contract import parse_contract
from sluice_etl.extract.database import Access
from sluice_etl.extract.extract import Extract, JdbcSource, Place, Window

COMMON = dict(derive={}, latest_by=[], quarantine={"rules": {}}, curated={"partition_by": [], "target_file_mb": 128})


@dataclass(frozen=True)
class Extracting:
    spark: object
    lake: object
    access: dict
    table: str

    def __call__(self, columns: dict, number=1, lower=None, access=None, before=(), **source) -> tuple[list[dict], str | None]:
        """The rows of one extract, and the upper bound of its window."""
        key = source.pop("primary_key", [next(iter(columns))])
        contract = parse_contract(json.dumps(contract_with(columns=columns, source={"format": "parquet", "options": {}}, primary_key=key, **COMMON)))
        place = Place(f"file:{self.lake.root}/scratch/{number}/", f"file:{self.lake.root}/raw/raw/orders/extract_id={number}/")
        way = Access(**{**self.access, **(access or {})})
        found = Extract(self.spark, self.lake.store, contract, JdbcSource(**{"table": self.table, **source}), way).run(place, Window(lower, before=before))
        rows = [row for uri in found.objects for row in pq.ParquetFile(uri.removeprefix("file:")).read().to_pylist()]
        assert len(rows) == found.rows
        return rows, found.upper


def statements(spark, driver, url: str, user: str, password: str):
    """Runs statements by the driver itself; `connection` is to be closed."""
    properties = spark._jvm.java.util.Properties()
    properties.setProperty("user", user)
    properties.setProperty("password", password)
    connection = driver.connect(url, properties)

    def run(*texts: str) -> None:
        for text in texts:
            statement = connection.createStatement()
            statement.execute(text)
            statement.close()

    return connection, run
