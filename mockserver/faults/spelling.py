"""How a fault is written in one line: `429(retry_after=20s)`, several with semicolons between them.

Values may stand without their names in the order of the parameters, `run.stuck(queued)`. A value with a
comma, a bracket, a semicolon or a quote in it is put into double quotes, with `\\"` and `\\\\` inside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mockserver.faults.parameters import FaultError

_NAME = re.compile(r"\s*([A-Za-z0-9_.]+)\s*")
_KEY = re.compile(r"\s*([A-Za-z_]+)\s*=")
_VALUE = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^,();"]*))\s*', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PLAIN = re.compile(r"[^\s,();\"=](?:[^,();\"=]*[^\s,();\"=])?")
_HOW = "a fault is written name(parameter=value, …), several with ';' between them"


@dataclass(frozen=True, slots=True)
class Spelled:
    """One fault as it was written: values without a name, and those with one, all of them text."""

    name: str
    values: tuple[str, ...]
    named: dict[str, str]

    def given(self, parameters: tuple[str, ...]) -> dict[str, str]:
        """All values by the names of the fault's parameters. Raises FaultError."""
        if len(self.values) > len(parameters):
            takes = f"takes {', '.join(parameters)}" if parameters else "takes no parameters"
            raise FaultError(f"{self.name} {takes}, not {len(self.values)} values")
        given = dict(zip(parameters, self.values, strict=False))
        for name in self.named.keys() & given:
            raise FaultError(f"{self.name}: '{name}' is given twice", name)
        return given | self.named


def parse_one(text: str) -> Spelled:
    """One fault. Raises FaultError."""
    found = list(parse_all(text))
    if len(found) != 1:
        raise FaultError(f"{text!r} is not one fault; {_HOW}")
    return found[0]


def parse_all(text: str) -> Iterator[Spelled]:
    """Every fault in a text, as they stand in a header. Raises FaultError."""
    at = 0
    while at < len(text):
        name = _NAME.match(text, at)
        if name is None:
            raise FaultError(f"{text[at:].strip()!r} is not a fault; {_HOW}")
        at = name.end()
        spelled = Spelled(name[1], (), {})
        if text[at : at + 1] == "(":
            spelled, at = _arguments(text, name[1], at + 1)
        yield spelled
        rest = re.compile(r"\s*(;\s*|$)").match(text, at)
        if rest is None:
            raise FaultError(f"{text[at:].strip()!r} after {name[1]} is not understood; {_HOW}")
        at = rest.end()


def write_value(value: str) -> str:
    """A value as it is written, in quotes if it has to be."""
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def write_duration(milliseconds: int) -> str:
    """A length of time as it is written: `20s`, `10m`, `1500ms`."""
    for unit, size in (("h", 3_600_000), ("m", 60_000), ("s", 1_000)):
        if milliseconds and milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms"


def _arguments(text: str, name: str, at: int) -> tuple[Spelled, int]:
    values: list[str] = []
    named: dict[str, str] = {}
    empty = re.compile(r"\s*\)").match(text, at)
    if empty:
        return Spelled(name, (), {}), empty.end()
    while True:
        key = _KEY.match(text, at)
        value = _VALUE.match(text, key.end() if key else at)
        assert value is not None  # it matches nothing as well
        said = _ESCAPED.sub(r"\1", value[1]) if value[1] is not None else (value[2] or "").strip()
        if key is None and named:
            raise FaultError(f"{name}: {said!r} has no name although a value before it has one")
        if key is None:
            values.append(said)
        elif key[1] in named:
            raise FaultError(f"{name}: '{key[1]}' is given twice", key[1])
        else:
            named[key[1]] = said
        at = value.end()
        if text[at : at + 1] == ")":
            return Spelled(name, tuple(values), named), at + 1
        if text[at : at + 1] != ",":
            raise FaultError(f"{name}( has no closing bracket; {_HOW}")
        at += 1
