"""Which objects below a dataset's folder are its files: functions/domain/landing/admission.ts on this side, for batches that list raw themselves."""

from __future__ import annotations

import re
from urllib.parse import unquote

from ..contract import Contract
from .globs import excluded

VALUE_LIMIT = 200
"""UTF-16 code units, as JavaScript counts."""
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029'\"`/\\\\]|\\.\\.")


def is_admitted(path: str, contract: Contract) -> bool:
    """`path` is the object's below raw/<dataset>/. An empty object is never admitted, which is not asked here."""
    segments = path.split("/")
    *folders, name = segments
    if not name or _CONTROL.search(name) or name.endswith("_$folder$") or excluded(path, contract.exclude) or any(map(is_hidden, segments)):
        return False
    keys = contract.partition_keys
    return len(folders) == len(keys) and all(
        folder.startswith(f"{key}=") and _is_safe(folder[len(key) + 1 :]) for folder, key in zip(folders, keys)
    )


def is_hidden(segment: str) -> bool:
    """Spark skips these without a word, even when it is told to read them by name."""
    return segment.startswith(".") or (segment.startswith("_") and "=" not in segment) or segment.endswith("._COPYING_")


def _is_safe(written: str) -> bool:
    try:
        value = unquote(written, errors="strict")
    except UnicodeDecodeError:
        return False
    return 0 < len(value.encode("utf-16-le")) // 2 <= VALUE_LIMIT and not _UNSAFE.search(value)
