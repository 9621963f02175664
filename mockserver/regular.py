"""Regular expressions that cannot hang the server.

Problem: patterns come from outside, and Python's `re` backtracks: `(a|aa)+b`, or thirty times `a?`, keeps it
busy for longer than anybody waits, and nothing can interrupt it. Refusing nested quantifiers stops some of
these and many harmless patterns.

Solution: `re` judges the pattern's grammar and tests single characters and positions; the *search* is done
here, following all ways through the pattern at once, a character at a time (Thompson 1968). Its work is at
most `STATES_MAX` x `TEXT_MAX` small steps, whatever the pattern.

Given up: back references, lookaround, conditional, atomic and possessive groups and verbose patterns are
refused, since they are more than this method can follow. Only the first `TEXT_MAX` characters of a text are
searched.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

PATTERN_MAX = 500
TEXT_MAX = 10_000
STATES_MAX = 500

_ESCAPE = re.compile(
    r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]*\}|0[0-7]{0,2}|[0-7]{3}|.)", re.DOTALL
)
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_REPEAT = re.compile(r"[*+?]|\{(?!\})([0-9]*)(,?)([0-9]*)\}")
_GROUP = re.compile(r"\((?:\?P<\w+>|\?([aiLmsux]*)(?:-([imsx]+))?:)?")
_ASIDE = re.compile(r"\(\?(?:#[^)]*|[aiLmsux]+)\)")
_POSITIONS = {"^", "$", r"\A", r"\Z", r"\z", r"\b", r"\B"}
_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "a": re.ASCII, "u": re.UNICODE}


class PatternError(ValueError):
    """The pattern is broken, or more than can be searched in bounded time."""


@dataclass(frozen=True, slots=True)
class _State:
    """One point on the way through a pattern: `test` what stands at the position, then go to `exits`.

    `width` is how far the test moves: 1 for a character, 0 for an anchor or (without a test) a fork.
    """

    test: Callable[[str, int], object] | None
    width: int
    exits: tuple[int, ...]


class Expression:
    """A pattern ready for searching. Raises PatternError."""

    def __init__(self, pattern: str) -> None:
        if len(pattern) > PATTERN_MAX:
            raise PatternError(f"the pattern is longer than {PATTERN_MAX} characters")
        try:
            compiled = re.compile(pattern)
            if compiled.flags & re.VERBOSE:
                raise PatternError("verbose patterns, (?x), are not supported")
            self._states, self._start = _Reader(pattern, compiled.flags).read()
        except re.error as error:
            raise PatternError(f"the pattern is broken: {error}") from None
        except (RecursionError, OverflowError, Warning) as error:
            raise PatternError(f"the pattern is too intricate: {error}") from None
        self.pattern = pattern
        self.size = len(self._states)
        """For each character of a text, a search takes so many steps at most."""

    def search(self, text: str) -> bool:
        """Whether the pattern matches somewhere in the first `TEXT_MAX` characters."""
        states = self._states
        arrived: set[int] = set()
        for position in range(min(len(text), TEXT_MAX) + 1):
            pending = [self._start, *arrived]
            seen = set(pending)
            arrived = set()
            while pending:
                state = states[pending.pop()]
                if not state.exits:
                    return True
                if state.test is not None and state.test(text, position) is None:
                    continue
                if state.width:
                    arrived.update(state.exits)
                    continue
                for exit_ in state.exits:
                    if exit_ not in seen:
                        seen.add(exit_)
                        pending.append(exit_)
        return False


_Piece = Callable[[int], int]
"""A part of a pattern: given the state that follows it, adds its own states and answers where it begins."""


class _Reader:
    """Takes a pattern that `re` has accepted apart, so that only its structure is left to find out."""

    def __init__(self, pattern: str, flags: int) -> None:
        self.pattern = pattern
        self.flags = flags
        self.at = 0
        self.states: list[_State] = []

    def read(self) -> tuple[list[_State], int]:
        """The states, and the one to start from."""
        piece = self._choice()
        end = self._add(None, 0)
        return self.states, piece(end)

    def _choice(self) -> _Piece:
        """Alternatives, up to the closing parenthesis or the end."""
        branches = [self._sequence()]
        while self.pattern[self.at : self.at + 1] == "|":
            self.at += 1
            branches.append(self._sequence())
        if len(branches) == 1:
            return branches[0]
        return lambda after: self._add(None, 0, *[branch(after) for branch in branches])

    def _sequence(self) -> _Piece:
        pieces: list[_Piece] = []
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            if aside := _ASIDE.match(self.pattern, self.at):
                self.at = aside.end()
            elif repeat := _REPEAT.match(self.pattern, self.at) if pieces else None:
                pieces.append(self._repeated(pieces.pop(), repeat))
            else:
                pieces.append(self._one())

        if not pieces:  # a state even for nothing: repeats of it shall count against the limit
            return lambda after: self._add(None, 0, after)

        def chain(after: int) -> int:
            for piece in reversed(pieces):
                after = piece(after)
            return after

        return chain

    def _one(self) -> _Piece:
        """A group, or one character or position."""
        for form in (_CLASS, _ESCAPE):
            if found := form.match(self.pattern, self.at):
                return self._atom(found[0])
        if self.pattern[self.at] != "(":
            return self._atom(self.pattern[self.at])
        opening = _GROUP.match(self.pattern, self.at)
        if opening is None or self.pattern.startswith("?", opening.end()):
            raise PatternError("lookaround, back references, conditional and atomic groups are not supported")
        outside = self.flags
        if "x" in (opening[1] or ""):
            raise PatternError("verbose patterns, (?x), are not supported")
        if opening[1] and set(opening[1]) & set("au"):
            self.flags &= ~(re.ASCII | re.UNICODE)
        for letter in opening[1] or "":
            self.flags |= _FLAGS[letter]
        for letter in (opening[2] or "").replace("x", ""):
            self.flags &= ~_FLAGS[letter]
        self.at = opening.end()
        piece = self._choice()
        self.at += 1
        self.flags = outside
        return piece

    def _atom(self, source: str) -> _Piece:
        self.at += len(source)
        if source[0] == "\\" and source[1] in "123456789" and len(source) == 2:
            raise PatternError("back references are not supported")
        # A lone brace is an ordinary character to `re`, also when it is compiled alone.
        test = re.compile(source, self.flags).match
        width = 0 if source in _POSITIONS else 1
        return lambda after: self._add(test, width, after)

    def _repeated(self, piece: _Piece, written: re.Match[str]) -> _Piece:
        self.at = written.end()
        if self.pattern[self.at : self.at + 1] == "+":
            raise PatternError("possessive repeats are not supported")
        if self.pattern[self.at : self.at + 1] == "?":
            self.at += 1  # lazy or greedy: the same texts match
        least, most = _bounds(written)
        if least > STATES_MAX or (most or 0) > STATES_MAX:
            raise PatternError(f"repeats are counted up to {STATES_MAX}")

        def build(after: int) -> int:
            if most is None:
                loop = self._add(None, 0)
                body = piece(loop)
                self.states[loop] = _State(None, 0, (body, after))
                after = loop
            for _ in range((most or least) - least):
                after = self._add(None, 0, piece(after), after)
            for _ in range(least):
                after = piece(after)
            return after

        return build

    def _add(self, test: Callable[[str, int], object] | None, width: int, *exits: int) -> int:
        if len(self.states) >= STATES_MAX:
            raise PatternError("the pattern is too large; use fewer or smaller counted repeats")
        self.states.append(_State(test, width, exits))
        return len(self.states) - 1


def _bounds(written: re.Match[str]) -> tuple[int, int | None]:
    simple = {"*": (0, None), "+": (1, None), "?": (0, 1)}
    if written[0] in simple:
        return simple[written[0]]
    least = int(written[1] or 0)
    if not written[2]:
        return least, least
    return least, int(written[3]) if written[3] else None
