"""Errors named for the reaction to them; messages carry ids and key names, never payloads."""

from __future__ import annotations

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


class GoldQueryError(Exception):
    """The SQL of a gold dataset fails; the message has the expression and no value."""


class GoldKeyError(Exception):
    """The SQL of a gold dataset gives a key that is NULL, or one that comes twice."""


class ReconcileError(Exception):
    """A gold dataset and its sources give different numbers."""


class SparkError(Exception):
    """Spark failed; the trace is in the job's log."""


def root_cause(error: Py4JJavaError) -> str:
    """One line, such as EOFException: Unexpected end of input stream."""
    cause = error.java_exception
    while cause.getCause() is not None:
        cause = cause.getCause()
    said = str(cause.getMessage() or "").strip().splitlines()
    return ": ".join([cause.getClass().getSimpleName(), *said[:1]])
