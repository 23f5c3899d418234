"""Why a query failed, in words that hold no value of a row."""

from __future__ import annotations

import re

from py4j.protocol import Py4JError, Py4JJavaError

_GONE = re.compile(r"FileNotFoundException|FAILED_READ_FILE\.FILE_NOT_EXIST|does not exist|NoSuchKey|Not Found")


def is_gone(error: Exception) -> bool:
    """A file of a source was replaced after it was listed."""
    return any(_GONE.search(text) for text in (str(error), *(f"{name}: {message}" for name, message in _causes(error))))


def failure_in_words(dataset: str, error: Exception) -> str:
    for cause in _throwables(error):
        # Spark's own errors have a class, and the piece of SQL that failed; their message would hold the value.
        if error_class := _error_class(cause):
            contexts = cause.getQueryContext()
            where = f" at {_fragment(contexts[0])}" if len(contexts) > 0 else ""
            return f"gold.sql of {dataset} fails{where}: {error_class}"
    *_, (name, _message) = _causes(error) or [(type(error).__name__, "")]
    return f"gold.sql of {dataset} fails: {name}; the trace is in the job's log"


def _error_class(cause) -> str | None:
    try:
        return cause.getErrorClass()
    except Py4JError:
        return None  # Java's own, which has no such method


def _fragment(context) -> str:
    text = " ".join(context.fragment().split())
    return f'"{text if len(text) <= 200 else text[:200] + "…"}"'


def _throwables(error: Exception) -> list:
    cause = error.java_exception if isinstance(error, Py4JJavaError) else getattr(error, "_origin", None)
    found = []
    while cause is not None:
        found.append(cause)
        cause = cause.getCause()
    # The innermost that Spark knows is the reason; those around it tell of tasks and stages.
    return found[::-1]


def _causes(error: Exception) -> list[tuple[str, str]]:
    return [(cause.getClass().getSimpleName(), str(cause.getMessage() or "")) for cause in _throwables(error)]
