"""A scenario file, read and checked: all its mistakes at once, or its scenarios."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.capabilities import CAPABILITIES, CONTROLLED
from harness.durations import written
from harness.scenarios.backend import BACKEND, backend_mistakes
from harness.scenarios.bindings import unbound
from harness.scenarios.faultorders import FAULTS, order_mistakes, read_orders
from harness.scenarios.mistakes import MissingKeyError, ValueMistakeError, check, nearest
from harness.scenarios.model import Node, Place, Scenario, ScenarioError, ScenarioErrors
from harness.scenarios.positions import parse_document
from harness.scenarios.references import NAME, whole_reference
from harness.scenarios.shapes import Shape, choice, duration, either, listing, mapping, number, text, whole
from harness.scenarios.writtensteps import StepReader
from harness.steps.contract import discover

VERSION = 1
ERRORS = 15
"""How many errors of the API are documented."""

SCENARIO: Mapping[str, Shape] = {
    "name": text(
        "Letters, digits, _ and -; it is part of the test's name.",
        pattern=f"^{NAME}$",
        **{"x-called": "letters, digits, _ and -", "x-hint": "it is part of a test's name"},
    ),
    "about": text("What it shows, in a sentence."),
    "error": whole(f"The number of the documented error it is about, 1 to {ERRORS}.", 1, ERRORS),
    "needs": listing(
        choice(*CAPABILITIES, called="capability"),
        "What a target must be able to do, beside what the steps say by themselves.",
    ),
    "client": mapping(
        "Options of the SDK's client.",
        max_retries=whole("How often a failed call is tried again.", 0),
        timeout=either(duration(), number("Seconds.", least=0), about="How long a call may take: 20s."),
    ),
    "seed": either({"type": "integer"}, {"type": "string"}, about="The luck of the mock's world."),
    "attempts": whole("How often it is tried on a real target until it passes.", 1, 3),
    "backend": BACKEND,
    "faults": FAULTS,
    "steps": {"type": "array", "minItems": 1, "description": "What a client does, one thing after another."},
}
"""The keys of a scenario."""

_NEEDED = ("name", "steps")
_ELSEWHERE = ("backend", "faults", "steps")
"""Keys whose values are looked at more closely than shapes do."""


def read_scenarios(path: Path, names: Collection[str] | None = None) -> tuple[Scenario, ...]:
    """The scenarios of a file in their order, or those of these names.

    Raises ScenarioErrors with every mistake of the file, also when it cannot be read at all, and for names
    that are not in it.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        what = f"the file cannot be read: {error.strerror or error}"
        raise ScenarioErrors([ScenarioError(Place(path, 1, 1), what)]) from error
    scenarios = parse_scenarios(raw, path)
    if names is None:
        return scenarios
    known = [scenario.name for scenario in scenarios]
    missing = [name for name in names if name not in known]
    if missing:
        raise ScenarioErrors(
            [
                ScenarioError(
                    Place(path, 1, 1),
                    f"there is no scenario '{name}'",
                    nearest(name, known, otherwise="there are"),
                )
                for name in missing
            ]
        )
    return tuple(scenario for scenario in scenarios if scenario.name in names)


def parse_scenarios(raw: bytes, path: Path) -> tuple[Scenario, ...]:
    """The same of a file that was read already; `path` is how its places are named."""
    document = parse_document(raw, path)
    found = _Reader(document)
    scenarios = found.scenarios()
    if found.mistakes:
        raise ScenarioErrors(found.mistakes)
    return scenarios


class _Reader:
    """Reads one document and keeps the mistakes it finds."""

    def __init__(self, document: Node) -> None:
        self.document = document
        self.mistakes: list[ScenarioError] = []

    def scenarios(self) -> tuple[Scenario, ...]:
        """All that could be read."""
        document = self.document
        if not isinstance(document.value, dict):
            what = "the file is empty" if document.value is None else "a scenario file is a mapping"
            hint = "it begins with `version: 1` and has `scenarios: […]`"
            self.mistakes.append(ValueMistakeError(document.place, what, hint))
            return ()
        shape = mapping("", ("scenarios",), version={}, scenarios={})
        self.mistakes += check(document, shape, "a scenario file")
        self.mistakes += _version_mistakes(document)
        if "scenarios" not in document.value:
            return ()
        node = document["scenarios"]
        if not isinstance(node.value, list) or not node.value:
            hint = "- name: …"
            self.mistakes.append(
                ValueMistakeError(node.value_place, "'scenarios' is a list of at least one scenario", hint)
            )
            return ()
        read = [scenario for scenario in map(self._scenario, node) if scenario is not None]
        self.mistakes += _repeated_names(node)
        return tuple(read)

    def _scenario(self, node: Node) -> Scenario | None:
        loose = {key: {} if key in _ELSEWHERE else shape for key, shape in SCENARIO.items()}
        before = len(self.mistakes)
        self.mistakes += check(node, mapping("", _NEEDED, **loose), "a scenario")
        if not isinstance(node.value, dict):
            return None
        given = node.value
        if "backend" in given:
            self.mistakes += backend_mistakes(node["backend"])
        if "faults" in given:
            self.mistakes += order_mistakes(node["faults"])
        for key in given:
            if key != "steps":
                self.mistakes += _vain_references(node[key])
        steps = StepReader(discover())
        done = steps.read(node["steps"]) if "steps" in given else ()
        needs = steps.needs | {str(name) for name in _listed(given.get("needs"))} | set(_implied(given))
        self.mistakes += steps.mistakes
        places = {mistake.place for mistake in steps.mistakes}
        loose_ends = unbound(done, simulated=bool(needs & CONTROLLED), unread=steps.unread)
        self.mistakes += [mistake for mistake in loose_ends if mistake.place not in places]
        if len(self.mistakes) > before:
            return None
        return Scenario(
            name=given["name"],
            place=node.place_of("name"),
            steps=done,
            about=given.get("about", ""),
            error=given.get("error"),
            needs=frozenset(needs),
            backend=given.get("backend", {}),
            faults=read_orders(node["faults"]) if "faults" in given else (),
            client=_client(given.get("client", {})),
            seed=given.get("seed"),
            attempts=given.get("attempts", 1),
            source=node,
        )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _vain_references(node: Node) -> Iterator[ScenarioError]:
    """References outside of the steps, where nothing is ever filled in."""
    if whole_reference(node.value) is not None:
        reason = f"{node.value} means nothing here: only steps refer to what steps have bound"
        yield ValueMistakeError(node.value_place, reason)
    for inner in node:
        yield from _vain_references(inner)


def _implied(given: Mapping[str, Any]) -> Iterator[str]:
    """What a scenario needs for what it has beside its steps."""
    backend = given.get("backend")
    if given.get("faults"):
        yield "faults"
    if isinstance(backend, dict) and backend.get("fixtures"):
        yield "fixtures"


def _client(given: Mapping[str, Any]) -> dict[str, Any]:
    timeout = given.get("timeout")
    return {**given, "timeout": written(timeout)} if isinstance(timeout, str) else dict(given)


def _version_mistakes(document: Node) -> Iterator[ScenarioError]:
    if "version" not in document.value:
        yield MissingKeyError(document.place, "a scenario file needs 'version'", f"write version: {VERSION}")
        return
    version = document["version"]
    if version.value != VERSION or isinstance(version.value, bool):
        known = isinstance(version.value, str) and re.fullmatch(rf"{VERSION}(\.0)?", version.value)
        hint = f"write version: {VERSION}" if known else f"this release reads version {VERSION}"
        yield ValueMistakeError(version.value_place, f"unknown version {version.value!r}", hint)


def _repeated_names(node: Node) -> Iterator[ScenarioError]:
    seen: dict[str, Place] = {}
    for scenario in node:
        name = scenario.value.get("name") if isinstance(scenario.value, dict) else None
        if not isinstance(name, str):
            continue
        place = scenario["name"].value_place
        if name in seen:
            yield ValueMistakeError(
                place, f"two scenarios are called '{name}'", f"the first is in line {seen[name].line}"
            )
        seen.setdefault(name, place)
