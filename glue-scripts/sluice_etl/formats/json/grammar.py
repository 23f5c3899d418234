"""
RFC 8259 as regular expressions. What repeats is possessive, or greedy where nothing behind it can fail: a broken line costs no
backtracking, a long one no stack.
"""

from __future__ import annotations

WS = r"[ \t\r\n]*+"
_ESCAPE = (
    r'\\(?:["\\/bfnrt]|u(?:(?![dD][89a-fA-F])[0-9a-fA-F]{4}'
    # A surrogate alone is no character: only pairs are text.
    r"|[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}))"
)
# Greedy, which Java runs faster than possessive.
STRING = rf'"(?:[^"\\\x00-\x1f]+|{_ESCAPE})*+"'
NUMBER = r"-?+(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?+[0-9]++)?+"
_SCALAR = f"(?:{STRING}|{NUMBER}|true|false|null)"

CHECKED_DEPTH = 3
"""Containers in one another that container() describes: its length doubles with each, and few producers nest deeper."""
MOST_DEPTH = 100
"""Containers in one another that a line may hold, itself counted: RFC 8259 lets a reader set a limit."""


def container(depth: int = CHECKED_DEPTH) -> str:
    """An object or array with at most `depth` containers in one another, itself counted."""
    value = _SCALAR if depth == 1 else f"(?:{_SCALAR}|{container(depth - 1)})"
    member = rf"{STRING}{WS}:{WS}{value}{WS}(?:,{WS}(?!\}})|(?=\}}))"
    element = rf"{value}{WS}(?:,{WS}(?!\])|(?=\]))"
    return rf"(?:\{{{WS}(?:{member})*+\}}|\[{WS}(?:{element})*+\])"


def balanced(depth: int = MOST_DEPTH) -> str:
    """A container in a text that is known to be JSON: only its end is looked for."""
    inner = r'[^"{}\[\]]+|"(?:[^"\\]+|\\.)*+"'
    return rf"[\[{{](?:{inner})*+[\]}}]" if depth == 1 else rf"[\[{{](?:{inner}|{balanced(depth - 1)})*+[\]}}]"
