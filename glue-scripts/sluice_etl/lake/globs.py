"""`exclude` globs of a contract, of the kind that picomatch, on the intake's side, reads alike (functions/domain/exclude-glob.ts)."""

from __future__ import annotations

import re


def excluded(key: str, globs: tuple[str, ...]) -> bool:
    return any(_pattern(glob).fullmatch(key) for glob in globs)


_PATTERNS: dict[str, re.Pattern] = {}


def _pattern(glob: str) -> re.Pattern:
    if glob not in _PATTERNS:
        _PATTERNS[glob] = re.compile(_translate(glob), re.DOTALL)
    return _PATTERNS[glob]


def _translate(glob: str) -> str:
    out, at, depth = "", 0, 0
    while at < len(glob):
        rest = glob[at:]
        if rest.startswith("**/"):
            out, at = out + "(?:.*/)?", at + 3
        elif rest == "/**":
            out, at = out + "(?:/.*)?", at + 3
        elif rest.startswith("**"):
            out, at = out + ".*", at + 2
        elif rest[0] == "*":
            out, at = out + "[^/]*", at + 1
        elif rest[0] == "?":
            out, at = out + "[^/]", at + 1
        elif rest[0] == "{":
            out, at, depth = out + "(?:", at + 1, depth + 1
        elif rest[0] == "}" and depth:
            out, at, depth = out + ")", at + 1, depth - 1
        elif rest[0] == "," and depth:
            out, at = out + "|", at + 1
        elif rest[0] == "[" and "]" in rest[2:]:
            end = rest.index("]", 2)
            body = rest[1:end].replace("\\", "\\\\")
            out, at = out + "[" + body + "]", at + end + 1
        elif rest[0] == "\\" and len(rest) > 1:
            out, at = out + re.escape(rest[1]), at + 2
        else:
            out, at = out + re.escape(rest[0]), at + 1
    return out
