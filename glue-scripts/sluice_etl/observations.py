"""Counts that Spark takes beside a write."""

from __future__ import annotations

from threading import Thread

from pyspark.sql import Observation

from .errors import SparkError

# Spark hands them over after the write; what takes so long is not coming.
PATIENCE_SECONDS = 120


def values_of(observation: Observation) -> dict:
    """
    By name, after an action on the frame that was observed. Raises SparkError where Spark has left out the observed step: Observation.get
    would wait for it for ever.
    """
    found: list[dict] = []
    waiting = Thread(target=lambda: found.append(observation.get), daemon=True)
    waiting.start()
    waiting.join(PATIENCE_SECONDS)
    if not found:
        raise SparkError("Spark ended a write without the counts that it was asked for. Run the batch again; if it fails again, report it")
    return found[0]
