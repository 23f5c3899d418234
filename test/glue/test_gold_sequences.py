"""
Promise of gold, for many sequences: after corrections, deletes, late dimensions, replays, backfills and failures in any order, each incremental table equals its
query as DuckDB answers it. `npm test` plays 300 sequences, the same each time. SLUICE_GOLD_SEQUENCES=3000 plays others, and prints their seed for SLUICE_SEED.
"""

from __future__ import annotations

import os
import random

import pytest
from gold_lake import GoldLake
from gold_sequences import GOLD, answers, play
from iceberg_lake import iceberg
from sluice_etl.session import SESSION
from test_gold_equals_query import LIGHT

pytestmark = pytest.mark.nightly

USUAL, TOGETHER, STEPS = 300, 150, 6
# Hundreds of files with a few rows each, which the driver looks up without a job.
SMALL_FILES = {**LIGHT, "spark.sql.sources.parallelPartitionDiscovery.threshold": "100000"}
SEQUENCES = int(os.environ.get("SLUICE_GOLD_SEQUENCES", USUAL))
SEED = int(os.environ.get("SLUICE_SEED", 1 if SEQUENCES == USUAL else random.randrange(1 << 32)))
# Files of many small partitions cost more there.
IN_ICEBERG = [range(first, min(first + 30, SEQUENCES // 10)) for first in range(0, SEQUENCES // 10, 30)]
PLAYED_TOGETHER = [range(first, min(first + TOGETHER, SEQUENCES)) for first in range(0, SEQUENCES, TOGETHER)]


@pytest.mark.parametrize("numbers", PLAYED_TOGETHER, ids=lambda numbers: f"{numbers.start}-{numbers.stop - 1}")
def test_after_any_sequence_of_batches_each_gold_table_equals_its_query(spark, tmp_path, monkeypatch, numbers):
    print(f"SLUICE_SEED={SEED} SLUICE_GOLD_SEQUENCES={SEQUENCES}")
    for name, value in SMALL_FILES.items():
        monkeypatch.setitem(SESSION, name, value)
    gold = GoldLake(spark, tmp_path)
    play_and_compare(gold, GOLD, numbers, SEED)


@pytest.mark.parametrize("numbers", IN_ICEBERG, ids=lambda numbers: f"{numbers.start}-{numbers.stop - 1}")
def test_so_does_each_gold_table_in_iceberg(spark, iceberg_lake, tmp_path, monkeypatch, numbers):
    print(f"SLUICE_SEED={SEED} SLUICE_GOLD_SEQUENCES={SEQUENCES}")
    for name, value in SMALL_FILES.items():
        monkeypatch.setitem(SESSION, name, value)
    play_and_compare(GoldLake(spark, tmp_path, iceberg_lake), {name: iceberg(contract) for name, contract in GOLD.items()}, numbers, SEED)


def play_and_compare(gold: GoldLake, contracts: dict[str, dict], numbers: range, seed: int) -> None:
    play(gold, contracts, numbers, seed, STEPS)
    expected = answers(gold)
    found = {dataset: gold.rows(contract) for dataset, contract in contracts.items()}
    wrong = {dataset: sorted({of(dataset, row) for row in set(found[dataset]) ^ set(expected[dataset])}) for dataset in GOLD}
    assert wrong == {dataset: [] for dataset in GOLD}
    assert found == expected
    # So many sequences have rows in each table, or the test would prove little.
    assert min(len({of(dataset, row) for row in rows}) for dataset, rows in expected.items()) > len(numbers) / 3


def of(dataset: str, row: tuple) -> str:
    """The sequence that a row belongs to."""
    return row[list(GOLD[dataset]["columns"]).index("seq")]
