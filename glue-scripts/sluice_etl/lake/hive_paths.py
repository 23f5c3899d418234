"""Folders named `key=value`, with Hive's escapes: how Spark writes partition values, and how they are read back."""

from __future__ import annotations

from urllib.parse import unquote

HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"
# ExternalCatalogUtils.escapePathName of Spark.
_ESCAPED = set("\"#%'*/:=?\\\x7f{[]^") | {chr(code) for code in range(1, 0x20)}


def partition_path(keys: tuple[str, ...], values: tuple[str, ...]) -> str:
    """Without slashes at the ends; '' for a table without partitions."""
    return "/".join(f"{_escaped(key)}={_escaped(value)}" for key, value in zip(keys, values))


def partition_values(path: str) -> dict[str, str]:
    """Escapes in folder names are undone: `a%2Fb` is a/b."""
    return {unquote(key): unquote(value) for key, _, value in (part.partition("=") for part in path.split("/") if part)}


def _escaped(text: str) -> str:
    return "".join(f"%{ord(c):02X}" if c in _ESCAPED else c for c in text)
