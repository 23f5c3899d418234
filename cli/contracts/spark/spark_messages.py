"""Spark's and Deequ's errors in a sentence that a person can act on."""

import re
from collections.abc import Iterable
from difflib import get_close_matches


def in_words(error: Exception) -> str:
    text = getattr(error, "desc", None) or str(error)
    java = getattr(error, "java_exception", None)
    if java is not None and getattr(error, "desc", None) is None:
        text = java.getMessage() or java.toString()
    if "INCONSISTENT_BEHAVIOR_CROSS_VERSION" in str(error) or "upgrading to Spark" in text:
        text = deepest_reason(error) or text
    unresolved = re.search(r"with name (.+?) cannot be resolved\.(?: Did you mean one of the following\? \[(.*?)\])?", text)
    if unresolved and "UNRESOLVED_COLUMN" in text:
        return unknown_column(unresolved.group(1), unresolved.group(2))
    unresolved = re.search(r"\[UNRESOLVED_ROUTINE\] Cannot resolve function (.+?) on search path", text)
    if unresolved:
        return f"calls function {unresolved.group(1)}, which Spark does not have"
    if "PARSE_" in text or "ParseException" in type(error).__name__:
        return f"does not parse: {first_sentence(text)}"
    return first_sentence(text)


def deepest_reason(error: Exception) -> str | None:
    """Spark wraps what is wrong with a pattern in a lecture on upgrading; the reason is the innermost cause."""
    reason = getattr(error, "_origin", None) or getattr(error, "java_exception", None)
    while reason is not None and reason.getCause() is not None:
        reason = reason.getCause()
    return reason.getMessage() if reason is not None else None


def did_you_mean(written: str, names: Iterable[str]) -> str:
    by_plain = {name.lower(): name for name in names}
    near = get_close_matches(written.lower(), by_plain, n=1)
    return f"; did you mean {by_plain[near[0]]}?" if near and near[0] != written.lower() else ""


def unknown_column(name: str, suggestions: str | None) -> str:
    near = [part.strip().replace("`", "") for part in (suggestions or "").split(",") if part.strip()]
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"names column {name.replace('`', '')}, which is not there{hint}"


def first_sentence(text: str) -> str:
    text = re.sub(r"^\[[A-Z_.\d]+\]\s*", "", text.strip())
    # Spark adds the plan, the SQL text or SQLSTATE, which do not help here.
    text = re.split(r"; line \d+ pos \d+|;\s*\n|\n|\s*SQLSTATE", text)[0]
    return re.sub(r"\s+", " ", re.sub(r"\.\(", " (", text)).strip().rstrip(".;")
