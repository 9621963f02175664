"""The one marker, `@pytest.mark.assistants(scenario=, seed=, …)`, and what its arguments say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from harness import capabilities
from harness.orders import order_of

if TYPE_CHECKING:
    import pytest


class MarkError(ValueError):
    """A marker that cannot be understood, and why."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What the markers of one test say together.

    `scenario` is `FILE` or `FILE::NAME`; `world` are settings of the world, with the timeline as its latency;
    `faults` are as the control door takes them; `needs` are capabilities of the target; `live` tests may run
    against a real one. `practices` holds `judged`, whether the practice checks look at the test, where that
    is said, and `ignore`, those that do not. `raises` names the exceptions that an experiment may end with.
    """

    scenario: str | None = None
    seed: int | str | None = None
    world: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[dict[str, Any], ...] = ()
    needs: frozenset[str] = frozenset()
    live: bool = False
    practices: Mapping[str, Any] = field(default_factory=dict)
    raises: frozenset[str] = frozenset()


def read_marks(marks: Iterable[pytest.Mark]) -> Mark:
    """The markers of a test, its class and its module as one; the closest come first and win.

    Worlds and timelines are merged by their keys, needs and ignored checks add up. Raises MarkError.
    """
    given: dict[str, Any] = {}
    for mark in marks:
        if mark.args:
            raise MarkError(f"it takes named arguments only ({', '.join(_READERS)}), not {mark.args[0]!r}")
        for name, value in mark.kwargs.items():
            if name not in _READERS:
                near = get_close_matches(name, _READERS, 1)
                hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(_READERS)}"
                raise MarkError(f"unknown argument '{name}'; {hint}")
            try:
                read = _READERS[name](value)
            except ValueError as error:
                raise MarkError(f"{name}: {error}") from error
            given[name] = _merged(given[name], read) if name in given else read
    timeline = given.pop("timeline", None)
    if timeline is not None:
        given["world"] = {**given.get("world", {}), "latency": timeline}
    return Mark(**given)


def fault_order(spec: object) -> dict[str, Any]:
    """A fault as the control door takes it: of `"429(retry_after=20s) at runs.create#2"`, or of an object.

    Raises MarkError for anything else; what the words mean is for the server to know.
    """
    if isinstance(spec, Mapping) or (isinstance(spec, str) and spec.strip()):
        return order_of(spec)
    raise MarkError(f'a fault is written "lost_ack at messages.create", or as an object, not {spec!r}')


def _merged(closer: Any, wider: Any) -> Any:
    if isinstance(closer, Mapping) and isinstance(wider, Mapping):
        sets = {name: value for name, value in closer.items() if isinstance(value, frozenset)}
        added = {name: value | wider.get(name, frozenset()) for name, value in sets.items()}
        return {**wider, **closer, **added}
    return closer | wider if isinstance(closer, frozenset) else closer


def _scenario(value: object) -> str:
    if not isinstance(value, str) or not value.partition("::")[0]:
        raise ValueError(f'this is a file and a name, "weather.assistants.yaml::plain_qa", not {value!r}')
    return value


def _seed(value: object) -> int | str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(f"a seed is a whole number or a text, not {value!r}")
    return value


def _timeline(value: object) -> str | dict[str, Any]:
    if not isinstance(value, str | Mapping):
        raise ValueError(f'this is the name of a latency or durations, {{"queued": "2s"}}, not {value!r}')
    return value if isinstance(value, str) else dict(value)


def _world(value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise ValueError(f'these are settings of a world, {{"auto_create": True}}, not {value!r}')
    for name, where in (("seed", "seed"), ("latency", "timeline")):
        if name in value:
            raise ValueError(f"'{name}' has an argument of its own: {where}=…")
    return dict(value)


def _faults(value: object) -> tuple[dict[str, Any], ...]:
    return tuple(fault_order(spec) for spec in (value if isinstance(value, list | tuple) else [value]))


def _needs(value: object) -> frozenset[str]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple | set | frozenset) or not all(
        isinstance(name, str) for name in names
    ):
        raise ValueError(f"these are names of capabilities, not {value!r}")
    for name, hint in capabilities.unknown(names).items():
        raise ValueError(f"there is no capability '{name}'; {hint}")
    return frozenset(names)


def _live(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"this is True or False, not {value!r}")
    return value


def _raises(value: object) -> frozenset[str]:
    named = []
    for each in value if isinstance(value, list | tuple | set | frozenset) else [value]:
        if isinstance(each, type) and issubclass(each, BaseException):
            named.append(f"{each.__module__}.{each.__qualname__}")
        elif isinstance(each, str) and each:
            named.append(each)
        else:
            raise ValueError(f"these are exceptions or their names, not {each!r}")
    return frozenset(named)


def _practices(value: object) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"judged": value}
    if not isinstance(value, Mapping) or value.keys() != {"ignore"}:
        raise ValueError(f'this is True, False or {{"ignore": ["endless_poll"]}}, not {value!r}')
    names = [value["ignore"]] if isinstance(value["ignore"], str) else value["ignore"]
    if not isinstance(names, list | tuple | set | frozenset) or not all(
        isinstance(name, str) for name in names
    ):
        raise ValueError(f"what is ignored are names of checks, not {names!r}")
    from harness.practices.contract import known

    return {"ignore": known(names)}


_READERS: dict[str, Callable[[object], Any]] = {
    "scenario": _scenario,
    "seed": _seed,
    "timeline": _timeline,
    "faults": _faults,
    "needs": _needs,
    "live": _live,
    "world": _world,
    "practices": _practices,
    "raises": _raises,
}
