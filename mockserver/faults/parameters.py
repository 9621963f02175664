"""What can be said about a fault when it is armed: parameters with their types and bounds.

    @dataclass(frozen=True)
    class Slow(Fault):
        delay: int = duration("10s")

A parameter is declared as the default of a dataclass field. Durations are milliseconds in the fault and are
written as `300ms`, `2s`, `10m`, `1h`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from difflib import get_close_matches
from typing import Any

from mockserver.durations import milliseconds

_KEY = "parameter"


class FaultError(ValueError):
    """A fault that cannot be armed as it is written. `path` says where, if that is known."""

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(f"{path}: {reason}" if path else reason)
        self.reason = reason
        self.path = path

    def below(self, path: str) -> FaultError:
        """The same error, seen from further out."""
        inner = self.path if not self.path or self.path.startswith("[") else f".{self.path}"
        return FaultError(self.reason, (path + inner).lstrip("."))


@dataclass(frozen=True, slots=True)
class Kind:
    """The type of a parameter: how its values are read, and what they look like."""

    read: Callable[[Any], Any]
    shown: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared parameter: its name, what its values look like, and its value when nothing is said."""

    name: str
    kind: Kind
    default: Any
    about: str


def duration(default: str, about: str) -> Any:
    """A length of time."""
    return _declared(milliseconds(default), about, Kind(_duration, "a duration such as 2s or 10m"), default)


def whole(default: int, about: str, *, min: int = 0, max: int = 1_000_000) -> Any:  # noqa: A002
    """A whole number within bounds."""

    def read(value: Any) -> int:
        number = _number(value)
        if not isinstance(number, int) or not min <= number <= max:
            raise ValueError(f"a whole number from {min} to {max}")
        return number

    return _declared(default, about, Kind(read, f"a whole number from {min} to {max}"))


def share(default: float, about: str) -> Any:
    """A number from 0 to 1."""

    def read(value: Any) -> float:
        number = _number(value)
        if isinstance(number, str) or not 0 <= number <= 1:
            raise ValueError("a number from 0 to 1")
        return float(number)

    return _declared(default, about, Kind(read, "a number from 0 to 1"))


def flag(default: bool, about: str) -> Any:
    """Yes or no."""

    def read(value: Any) -> bool:
        known = {"true": True, "false": False, True: True, False: False}
        if isinstance(value, bool | str) and value in known:
            return known[value]
        raise ValueError("true or false")

    return _declared(default, about, Kind(read, "true or false"))


def choice(*choices: str, about: str) -> Any:
    """One of some words; the first is meant when nothing is said."""
    listed = ", ".join(choices)

    def read(value: Any) -> str:
        if value in choices:
            return str(value)
        near = get_close_matches(str(value), choices, 1)
        raise ValueError(f"one of {listed}", *near)

    return _declared(choices[0], about, Kind(read, f"one of {listed}"))


def text(default: str | None, about: str) -> Any:
    """Some text."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or not value:
            raise ValueError("a text")
        return value

    return _declared(default, about, Kind(read, "a text"))


def optional(declared: Any) -> Any:
    """The same parameter, left out when nothing is said."""
    kind, about, _ = declared.metadata[_KEY]
    return field(default=None, metadata={_KEY: (kind, about, None)})


def declared_by(kind: type[Any]) -> tuple[Parameter, ...]:
    """The parameters a fault class declares, in order; those of a shared base come last and are named."""
    ordered = sorted(fields(kind), key=lambda entry: bool(entry.kw_only))
    return tuple(_parameter(entry) for entry in ordered)


def read_parameters(name: str, known: tuple[Parameter, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    """Values for a fault's parameters. Raises FaultError naming what is wrong and what would be right."""
    by_name = {parameter.name: parameter for parameter in known}
    read: dict[str, Any] = {}
    for key, value in given.items():
        if key not in by_name:
            if not known:
                raise FaultError(f"{name} takes no parameters")
            near = get_close_matches(key, by_name, 1)
            listed = ", ".join(by_name)
            hint = f"did you mean '{near[0]}'?" if near else f"it takes {listed}"
            raise FaultError(f"{name} has no parameter '{key}'; {hint}", key)
        try:
            read[key] = by_name[key].kind.read(value)
        except ValueError as error:
            what, *near = error.args
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise FaultError(f"{name}: '{key}' is {what}, not {value!r}{hint}", key) from error
    return read


def _parameter(entry: Field[Any]) -> Parameter:
    kind, about, written = entry.metadata[_KEY]
    return Parameter(entry.name, kind, written if written is not None else entry.default, about)


def _declared(default: Any, about: str, kind: Kind, written: Any = None) -> Any:
    assert default is not MISSING
    return field(default=default, metadata={_KEY: (kind, about, written)})


def _duration(value: Any) -> int:
    try:
        return milliseconds(value)
    except ValueError as error:
        raise ValueError("a duration such as 300ms, 2s or 10m") from error


def _number(value: Any) -> Any:
    """A number, also one that was written as text, as it is in a header."""
    if isinstance(value, str):
        for read in (int, float):
            try:
                return read(value)
            except ValueError:
                continue
    return "" if isinstance(value, bool) or not isinstance(value, int | float) else value
