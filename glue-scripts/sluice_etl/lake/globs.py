"""
`exclude` globs of a contract, as intake reads them too (functions/domain/contract/exclude-glob.ts); test/cases/globs.json holds both to one
meaning. A backtracking regular expression may take seconds over one long key, so globs are an automaton here: a key costs one step
for each of its letters, however many globs there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

# Sets of states that are remembered; more are rare, and beyond that memory matters more.
_MOST_PLACES = 10_000
_END = 0


def excluded(key: str, globs: tuple[str, ...]) -> bool:
    """Whether the whole of `key`, a path below the dataset's folder, matches one of them."""
    return bool(globs) and _matcher(globs).matches(key)


@lru_cache(maxsize=16)
def _matcher(globs: tuple[str, ...]) -> _Matcher:
    return _Matcher(globs)


class _Place:
    """All states that the letters so far lead to, and where each further letter leads; found out when it is first asked."""

    def __init__(self, states: frozenset[int]):
        self.states, self.next = states, {}


class _Matcher:
    def __init__(self, globs: tuple[str, ...]):
        self._steps: list[tuple[Callable[[str], bool], int] | None] = [None]
        """By state: which letters it takes, and to which state."""
        self._free: list[list[int]] = [[]]
        """By state: where it leads without a letter."""
        self._start = self._reached(self._sequence(_tokens(glob), _END) for glob in globs)
        self._places: dict[frozenset[int], _Place] = {}

    def matches(self, key: str) -> bool:
        if len(self._places) > _MOST_PLACES:
            self._places = {}
        place = self._place(self._start)
        for letter in key:
            place = place.next.get(letter) or self._step(place, letter)
        return _END in place.states

    def _step(self, place: _Place, letter: str) -> _Place:
        steps = (self._steps[state] for state in place.states)
        place.next[letter] = self._place(self._reached(step[1] for step in steps if step and step[0](letter)))
        return place.next[letter]

    def _place(self, states: frozenset[int]) -> _Place:
        return self._places.setdefault(states, _Place(states))

    def _reached(self, states) -> frozenset[int]:
        found, ahead = set(), list(states)
        while ahead:
            state = ahead.pop()
            if state not in found:
                found.add(state)
                ahead += self._free[state]
        return frozenset(found)

    def _sequence(self, tokens: list, after: int) -> int:
        """The state from which these tokens lead to `after`."""
        for kind, detail in reversed(tokens):
            if kind == "one":
                after = self._state((detail, after), [])
            elif kind == "many":
                after = self._loop(detail, after)
            elif kind == "either":
                after = self._state(None, [self._sequence(choice, after) for choice in detail])
            else:
                folders = self._loop(_is_any, self._state((_is("/"), after), [])) if kind == "folders/" else None
                inside = self._state((_is("/"), self._loop(_is_any, after)), []) if kind == "/folders" else None
                after = self._state(None, [state for state in (after, folders, inside) if state is not None])
        return after

    def _loop(self, takes: Callable[[str], bool], after: int) -> int:
        state = self._state(None, [after])
        self._steps[state] = (takes, state)
        return state

    def _state(self, step: tuple[Callable[[str], bool], int] | None, free: list[int]) -> int:
        self._steps.append(step)
        self._free.append(free)
        return len(self._steps) - 1


def _tokens(glob: str) -> list:
    """(kind, detail): `one` letter or `many` that a test takes, `either` of some token lists, `folders/` for **/, `/folders` for a last /**."""
    whole: list = []
    open_braces: list[list[list]] = []
    into, at = whole, 0
    while at < len(glob):
        rest = glob[at:]
        if rest.startswith("**/"):
            into, at = _put(into, ("folders/", None)), at + 3
        elif rest == "/**":
            into, at = _put(into, ("/folders", None)), at + 3
        elif rest.startswith("**"):
            into, at = _put(into, ("many", _is_any)), at + 2
        elif rest[0] == "*":
            into, at = _put(into, ("many", _is_in_name)), at + 1
        elif rest[0] == "?":
            into, at = _put(into, ("one", _is_in_name)), at + 1
        elif rest[0] == "{":
            open_braces.append([into, []])
            into, at = open_braces[-1][1], at + 1
        elif rest[0] == "," and open_braces:
            open_braces[-1].append([])
            into, at = open_braces[-1][-1], at + 1
        elif rest[0] == "}" and open_braces:
            outer, *choices = open_braces.pop()
            into, at = _put(outer, ("either", choices)), at + 1
        elif rest[0] == "[" and "]" in rest[2:]:
            end = rest.index("]", 2)
            into, at = _put(into, ("one", _is_of(rest[1:end]))), at + end + 1
        elif rest[0] == "\\" and len(rest) > 1:
            into, at = _put(into, ("one", _is(rest[1]))), at + 2
        else:
            into, at = _put(into, ("one", _is(rest[0]))), at + 1
    return whole


def _put(tokens: list, token: tuple) -> list:
    tokens.append(token)
    return tokens


def _is_any(_: str) -> bool:
    return True


def _is_in_name(letter: str) -> bool:
    return letter != "/"


def _is(wanted: str) -> Callable[[str], bool]:
    return lambda letter: letter == wanted


def _is_of(letters: str) -> Callable[[str], bool]:
    """`abc`, `a-z` or `^abc`, which takes no slash either."""
    pattern = re.compile("[" + letters.replace("\\", "\\\\") + "]", re.DOTALL)
    return lambda letter: letter != "/" and pattern.fullmatch(letter) is not None
