"""Errors named for the reaction to them; messages carry ids and key names, never payloads."""

from __future__ import annotations

import re

from py4j.protocol import Py4JJavaError


class ConfigurationError(Exception):
    """The deployment or the contract is wrong; running again does not help."""


class StaleCatalogError(Exception):
    """A claimed object is in a partition that the catalog does not have; a new crawl helps."""


class DriftError(Exception):
    """The files differ from the contract, which asks to fail then."""


class ConservationError(Exception):
    """The rows that came in are not the rows that went out."""


class ContractChangedError(Exception):
    """The contract would give the existing table rows of a second kind."""


class CutOffPublicationError(Exception):
    """A partition holds files of two publications: rows may be in it twice until the sweep has mended it."""


class UnreadableFileError(Exception):
    """A file is broken as a whole; the batch can run once it has landed again or is gone."""

    def __init__(self, uri: str, why: str, remedy: str = "Land it again or delete it"):
        super().__init__(f"{uri} cannot be read: {why.rstrip('.')}. {remedy}, then redrive the batch")


class FileGoneError(Exception):
    """A file was removed or replaced after it was listed."""

    def __init__(self, uri: str):
        super().__init__(f"{uri} went away while the job read it. Redrive the batch")


class GoldQueryError(Exception):
    """The SQL of a gold dataset fails; the message has the expression and no value."""


class GoldKeyError(Exception):
    """The SQL of a gold dataset gives a key that is NULL, or one that comes twice."""


class ReconcileError(Exception):
    """A gold dataset and its sources give different numbers."""


class SparkError(Exception):
    """Spark failed for another reason than a file that landed; the trace is in the job's log."""

    @classmethod
    def of(cls, error: Py4JJavaError) -> SparkError:
        cause = root_cause(error)
        print(f"Spark failed: {cause}")
        found, sentence = next((found, sentence) for sign, sentence in _SPARK_FAILURES if (found := re.search(sign, cause)))
        return cls(sentence.format(*found.groups()))


# A sign in Java's own sentence, which is for the log, and ours.
_SPARK_FAILURES = [
    # Ours already: raise_error says it for rows of the table (tables/parquet/existing.py).
    (r"RuntimeException: ((?:curated holds values of|derive\.\S+ fails for a row) .+)", "{}"),
    (r"(\S+) is not a Parquet file", "{}, a file of the table, is not a Parquet file any more. Put it back as it was, or delete it, then redrive the batch"),
    (r"OutOfMemory|GC overhead|Java heap space", "a worker ran out of memory. Give the contract's compute a larger worker_type, deploy it, then redrive the batch"),
    (r"No space left", "a worker's disk is full. Give the contract's compute more workers, deploy it, then redrive the batch"),
    (r"AccessDenied|Access Denied|Forbidden|Status Code: 403", "S3 refused the job. Run `sluice doctor`, correct the role or the key, then redrive the batch"),
    (r"SlowDown|Please reduce your request rate|Status Code: 503", "S3 asked the job to slow down for too long. Redrive the batch"),
    (r"", "Spark failed in a way that Sluice does not know; the job's log has its reason. Redrive the batch; if it fails again, report it with that log"),
]


def root_cause(error: Py4JJavaError) -> str:
    """One line, such as EOFException: Unexpected end of input stream: for the log, and to tell what happened."""
    cause = error.java_exception
    while cause.getCause() is not None:
        cause = cause.getCause()
    said = str(cause.getMessage() or "").strip().splitlines()
    return ": ".join([cause.getClass().getSimpleName(), *said[:1]])
