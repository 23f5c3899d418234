"""The position of each rule in a DQDL text: the parser keeps no positions."""

import re
from dataclasses import dataclass


@dataclass
class RuleText:
    text: str
    # Lines before it, from 0.
    line: int


def rules_of(dqdl: str) -> tuple[str, list[RuleText]] | None:
    """The text before `Rules = [`, and the rules in it; None when the list is missing or its bracket is not closed."""
    opening = re.search(r"\bRules\s*=\s*\[", dqdl)
    if not opening:
        return None
    rules: list[RuleText] = []
    start, depth, quoted, place = opening.end(), 0, False, opening.end()
    while place < len(dqdl):
        letter = dqdl[place]
        if letter == '"' and dqdl[place - 1] != "\\":
            quoted = not quoted
        elif not quoted and letter in "[(":
            depth += 1
        elif not quoted and letter == "]" and depth == 0:
            _add(rules, dqdl, start, place)
            return dqdl[: opening.start()], rules
        elif not quoted and letter in "])":
            depth -= 1
        elif not quoted and letter == "," and depth == 0:
            _add(rules, dqdl, start, place)
            start = place + 1
        place += 1
    return None


def _add(rules: list[RuleText], dqdl: str, start: int, end: int) -> None:
    text = dqdl[start:end]
    if text.strip():
        first = start + len(text) - len(text.lstrip())
        rules.append(RuleText(text.strip(), dqdl.count("\n", 0, first)))
