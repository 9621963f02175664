"""Steps as they are written: one operation each, and what is said about it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from harness.apioperations import OPERATIONS
from harness.scenarios import matchers
from harness.scenarios.errorkeys import EXPECTED_ERROR, exception_mistakes
from harness.scenarios.matchers import EXPECTED
from harness.scenarios.mistakes import MissingKeyError, UnknownKeyError, ValueMistakeError, check, nearest
from harness.scenarios.model import Node, ScenarioError, Step
from harness.scenarios.references import ENVIRONMENT, INDEX, NAME, malformed, whole_reference
from harness.scenarios.sentfiles import file_mistakes
from harness.scenarios.shapes import Shape, choice, either, names, text, whole, word
from harness.steps.contract import Verb

SKIP = "skip"
MOST_REPEATS = 10_000

STEP: Mapping[str, Shape] = {
    "as": text(
        "The name for what the step gives back: ${name.id}.", pattern=f"^{NAME}$", **{"x-called": "a name"}
    ),
    "expect": names(EXPECTED, "Paths into the result and what is there: {data.0.role: user}."),
    "expect_error": EXPECTED_ERROR,
    "live": either(
        choice(SKIP, called="word"),
        names(EXPECTED),
        about="On real targets: skip the step, or expect this at these paths.",
    ),
    "cleanup": word("The operation that takes away what was made: vector_stores.delete."),
    "repeat": whole("How often it is done; ${index} counts from 1.", 1, MOST_REPEATS),
}
"""The keys of a step beside its operation."""

CLEANUPS = tuple(
    sorted({each.deleted_by for each in OPERATIONS.values() if each.deleted_by} | {"runs.cancel"})
)


class StepReader:
    """Reads the steps of one scenario and keeps the mistakes it finds.

    `verbs` are all that steps can do, by the words they are written with.
    """

    def __init__(self, verbs: Mapping[str, Verb]) -> None:
        self.verbs = verbs
        self.mistakes: list[ScenarioError] = []
        self.needs: set[str] = set()
        self.unread: set[str] = set()

    def read(self, node: Node, prefix: str = "") -> tuple[Step, ...]:
        """All steps of a list that could be understood, numbered behind `prefix`."""
        if not isinstance(node.value, list) or not node.value:
            self.mistakes.append(ValueMistakeError(node.value_place, "steps are a list of at least one step"))
            return ()
        steps = (self._step(item, f"{prefix}{index}") for index, item in enumerate(node, 1))
        return tuple(step for step in steps if step is not None)

    def _step(self, node: Node, number: str) -> Step | None:
        operation = self._operation(node)
        if operation is None:
            self._forget(node)
            return None
        arguments = node[operation]
        if arguments.value is None and operation in OPERATIONS:
            arguments = replace(arguments, value={})  # `threads.create:` with nothing behind it
        verb = self.verbs[operation]
        step = self._described(node, Step(number, operation, arguments, node.place))
        self._check_arguments(verb, step)
        self.needs |= verb.needs(operation, arguments)
        if verb.nested:
            return replace(step, branches=self._branches(arguments, number))
        self.mistakes += malformed(arguments)
        return step

    def _forget(self, node: Node) -> None:
        """A step that cannot be read: what it binds is not known, and not to be complained about."""
        name = node.value.get("as") if isinstance(node.value, dict) else None
        if isinstance(name, str):
            self.unread.add(name)

    def _operation(self, node: Node) -> str | None:
        """The one key of a step that says what to do."""
        if not isinstance(node.value, dict):
            hint = "a step is a mapping with one operation: - threads.create: {}"
            self.mistakes.append(ValueMistakeError(node.value_place, "this is no step", hint))
            return None
        known = [key for key in node.value if key in self.verbs]
        strange = [key for key in node.value if key not in self.verbs and key not in STEP]
        for key in strange:
            self.mistakes.append(self._strange(node, key, alone=not known))
        if len(known) > 1:
            reason = f"two operations in one step: {known[0]} and {known[1]}"
            self.mistakes.append(
                UnknownKeyError(
                    node.place_of(known[1]), reason, "a step does one thing; begin another with '- '"
                )
            )
            return None
        if not known and not strange:
            hint = (
                f"it has only {', '.join(node.value)}"
                if node.value
                else "write what it does: threads.create: {}"
            )
            self.mistakes.append(MissingKeyError(node.value_place, "the step has no operation", hint))
        return known[0] if known else None

    def _strange(self, node: Node, key: str, *, alone: bool) -> UnknownKeyError:
        place = node.place_of(key)
        meant = _sdk_word(key)
        if meant and alone:
            return UnknownKeyError(place, f"unknown operation '{key}'", meant)
        if alone:
            near = get_close_matches(key.lower(), [*self.verbs, *STEP], 1, 0.6)
            hint = f"did you mean '{near[0]}'?" if near else "`assistants-mock schema` lists them all"
            return UnknownKeyError(place, f"unknown operation '{key}'", hint)
        return UnknownKeyError(
            place, f"a step has no '{key}'", nearest(key, STEP, otherwise="beside its operation it has")
        )

    def _check_arguments(self, verb: Verb, step: Step) -> None:
        """What its shape and its verb have against what stands behind the operation.

        Where an error is expected, arguments of the API may be anything: they may be what it is about. Only
        those must be there without which no call leaves.
        """
        schema = verb.operations[step.operation]
        if schema.get("type") == "object" and whole_reference(step.arguments.value) is not None:
            reason = f"the arguments of {step.operation} are a mapping; a reference can stand for one of them"
            self.mistakes.append(ValueMistakeError(step.arguments.value_place, reason))
            return
        found = list(check(step.arguments, schema, step.operation))
        places = {mistake.place for mistake in found}
        found += [each for each in verb.check(step.operation, step.arguments) if each.place not in places]
        if step.operation in OPERATIONS and not found:
            found += file_mistakes(OPERATIONS[step.operation], step.arguments)
        lenient = step.expect_error is not None
        self.mistakes += [
            each
            for each in found
            if not (lenient and _about_arguments(step, each)) or isinstance(each, MissingKeyError)
        ]

    def _described(self, node: Node, step: Step) -> Step:
        """The step with what is said about it."""
        said: dict[str, Any] = {}
        for key in STEP:
            if key not in node.value:
                continue
            before = len(self.mistakes)
            self.mistakes += check(node[key], STEP[key])
            if len(self.mistakes) == before:
                said[key] = node[key]
        if "expect" in said and "expect_error" in said:
            reason = "a step that is to fail gives nothing back: `expect` cannot stand beside `expect_error`"
            self.mistakes.append(UnknownKeyError(node.place_of("expect_error"), reason))
        for key in ("expect", "expect_error", "live"):
            if key in said and said[key].value != SKIP:
                self.mistakes += [*_matcher_mistakes(said[key]), *malformed(said[key])]
        self.mistakes += _saying_mistakes(said)
        live = said.get("live")
        return replace(
            step,
            bind=said["as"].value if "as" in said else None,
            expect=said.get("expect"),
            expect_error=said.get("expect_error"),
            live=live if live is not None and live.value != SKIP else None,
            live_skip=live is not None and live.value == SKIP,
            cleanup=said["cleanup"].value if "cleanup" in said else None,
            repeat=int(said["repeat"].value)
            if "repeat" in said and not isinstance(said["repeat"].value, str)
            else 1,
        )

    def _branches(self, node: Node, number: str) -> tuple[tuple[Step, ...], ...]:
        if not isinstance(node.value, dict):
            return ()
        return tuple(
            self.read(node[name], f"{number}.{name}.")
            for name, steps in node.value.items()
            if isinstance(steps, list) and steps
        )


def _about_arguments(step: Step, mistake: ScenarioError) -> bool:
    """Whether a mistake lies in what the API itself is given."""
    if step.operation in OPERATIONS:
        return True
    inner = [key for key in step.arguments.value or () if key in OPERATIONS]
    starts = [step.arguments[key].place for key in inner]
    return any((mistake.place.line, mistake.place.column) > (start.line, start.column) for start in starts)


def _saying_mistakes(said: Mapping[str, Node]) -> Iterator[ScenarioError]:
    """Names that are taken, clean-ups that clean nothing, `live` that replaces nothing."""
    bind, cleanup, live = said.get("as"), said.get("cleanup"), said.get("live")
    if bind is not None and bind.value in (ENVIRONMENT, INDEX):
        yield ValueMistakeError(
            bind.value_place, f"'{bind.value}' has a meaning of its own in references", "choose another name"
        )
    if cleanup is not None and cleanup.value not in CLEANUPS:
        what = "takes nothing away" if cleanup.value in OPERATIONS else "is no operation"
        yield ValueMistakeError(
            cleanup.value_place,
            f"{cleanup.value} {what}",
            nearest(str(cleanup.value), CLEANUPS, otherwise="cleanup is one of"),
        )
    if live is not None and isinstance(live.value, dict):
        expected = said.get("expect") or said.get("expect_error")
        paths = list(expected.value) if expected is not None and isinstance(expected.value, dict) else []
        for path in live.value:
            if path not in paths:
                yield UnknownKeyError(
                    live.place_of(path),
                    f"`live` replaces what is expected at '{path}', and nothing is expected there",
                    nearest(path, paths, otherwise="expected are"),
                )


def _matcher_mistakes(node: Node) -> Iterator[ScenarioError]:
    for path in node.value:
        inner = node[path]
        if not path or any(not part or part != part.strip() for part in path.split(".")):
            yield ValueMistakeError(
                inner.place, f"'{path}' is no path", "write keys and numbers with dots: data.0.id"
            )
        for way, reason, hint in matchers.mistakes(inner.value):
            yield ValueMistakeError(inner.place_of(*way), reason, hint)
        if path == "exception":
            yield from exception_mistakes(inner)


def _sdk_word(key: str) -> str:
    """What to write in place of a method of the SDK."""
    name = key.removeprefix("client.").removeprefix("beta.")
    helper = re.fullmatch(
        r"(.*?)\.?(create|submit_tool_outputs|create_and_run|upload)?_?(?:and_)?(poll|stream)", name
    )
    if helper and name not in OPERATIONS:
        words = ".".join(part for part in (helper[1].removeprefix("threads."), helper[2]) if part)
        if helper[3] == "stream":
            return f"streams are written `stream: {{{words if words in OPERATIONS else 'runs.create'}: …}}`"
        return "a step calls once, and `wait: {run: …, until: …}` waits"
    for each in OPERATIONS.values():
        if name in (each.method.removeprefix("beta."), each.method) or key in (
            each.method,
            f"client.{each.method}",
        ):
            return f"did you mean '{each.name}'?"
    return ""
