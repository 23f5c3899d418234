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
from sluice_etl.session import SESSION
from test_gold_equals_query import LIGHT

pytestmark = pytest.mark.nightly

USUAL, TOGETHER, STEPS = 300, 150, 6
# Hundreds of files with a few rows each: many for a task, where Spark would take four.
SMALL_FILES = {**LIGHT, "spark.sql.files.openCostInBytes": "65536", "spark.sql.sources.parallelPartitionDiscovery.threshold": "100000"}
SEQUENCES = int(os.environ.get("SLUICE_GOLD_SEQUENCES", USUAL))
SEED = int(os.environ.get("SLUICE_SEED", 1 if SEQUENCES == USUAL else random.randrange(1 << 32)))
PLAYED_TOGETHER = [range(first, min(first + TOGETHER, SEQUENCES)) for first in range(0, SEQUENCES, TOGETHER)]


@pytest.mark.parametrize("numbers", PLAYED_TOGETHER, ids=lambda numbers: f"{numbers.start}-{numbers.stop - 1}")
def test_after_any_sequence_of_batches_each_gold_table_equals_its_query(spark, tmp_path, monkeypatch, numbers):
    print(f"SLUICE_SEED={SEED} SLUICE_GOLD_SEQUENCES={SEQUENCES}")
    for name, value in SMALL_FILES.items():
        monkeypatch.setitem(SESSION, name, value)
    gold = GoldLake(spark, tmp_path)
    play(gold, numbers, SEED, STEPS)
    expected = answers(gold)
    found = {dataset: gold.rows(contract) for dataset, contract in GOLD.items()}
    wrong = {dataset: sorted({of(dataset, row) for row in set(found[dataset]) ^ set(expected[dataset])}) for dataset in GOLD}
    assert wrong == {dataset: [] for dataset in GOLD}
    assert found == expected
    # So many sequences have rows in each table, or the test would prove little.
    assert min(len({of(dataset, row) for row in rows}) for dataset, rows in expected.items()) > len(numbers) / 3


def of(dataset: str, row: tuple) -> str:
    """The sequence that a row belongs to."""
    return row[list(GOLD[dataset]["columns"]).index("seq")]
