"""Which step binds which name, and whether every reference is to something bound before.

Steps are looked at in the order in which they are done: branches take turns, a step each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from difflib import get_close_matches
from itertools import zip_longest

from harness.scenarios.model import Place, ScenarioError, Step
from harness.scenarios.references import ENVIRONMENT, INDEX, Reference, references


def in_order(steps: Sequence[Step], *, skipped: bool = False) -> Iterator[tuple[Step, bool]]:
    """All steps as they are done, and whether real targets skip them.

    First comes the step that has branches, then those of its branches in turns.
    """
    for step in steps:
        skip = skipped or step.live_skip
        yield step, skip
        for turn in zip_longest(*step.branches):
            yield from in_order([each for each in turn if each is not None], skipped=skip)


def unbound(
    steps: Sequence[Step], *, simulated: bool = False, unread: Set[str] = frozenset()
) -> Iterator[ScenarioError]:
    """References to what no step has bound by then.

    `simulated` scenarios never run on a real target, so what is skipped there does not matter to them.
    `unread` are names that steps bind which could not be read; nothing is said of them.
    """
    order = list(in_order(steps))
    bound: dict[str, tuple[Step, bool]] = {}
    for position, (step, skipped) in enumerate(order):
        for reference, place, afterwards in _used(step):
            name = reference.name
            if name == ENVIRONMENT or name in unread or (afterwards and name == step.bind):
                continue
            if name == INDEX:
                if step.repeat == 1:
                    reason = "${index} counts what `repeat` does, and this step has no `repeat`"
                    yield ScenarioError(place, reason)
            elif name not in bound:
                yield _unbound(reference, place, list(bound), [each for each, _ in order[position:]])
            elif bound[name][1] and not skipped and not simulated:
                reason = f"{reference}: real targets skip step {bound[name][0].number}, which binds '{name}'"
                yield ScenarioError(place, reason, "give this step `live: skip` as well")
        if step.bind is not None:
            bound[step.bind] = step, skipped


def _used(step: Step) -> Iterator[tuple[Reference, Place, bool]]:
    """The references of a step, and whether they are looked up when it is done.

    What its branches refer to belongs to the steps there.
    """
    if not step.branches:
        for reference, place in references(step.arguments):
            yield reference, place, False
    for node in (step.expect, step.expect_error, step.live):
        if node is not None:
            for reference, place in references(node):
                yield reference, place, True


def _unbound(reference: Reference, place: Place, bound: list[str], later: Sequence[Step]) -> ScenarioError:
    here, *rest = later
    name = reference.name
    if here.bind == name:
        return ScenarioError(place, f"{reference}: '{name}' is bound by this step itself, when it is done")
    binder = next((step for step in rest if step.bind == name), None)
    if binder is not None:
        hint = f"step {binder.number} in line {binder.place.line} binds it, which is later"
        return ScenarioError(place, f"{reference}: '{name}' is not bound yet", hint)
    near = get_close_matches(name, bound, 1)
    if near:
        hint = f"did you mean '{near[0]}'?"
    elif bound:
        hint = f"bound by then: {', '.join(bound)}"
    else:
        hint = "nothing is bound by then; `as: name` binds what a step gives back"
    return ScenarioError(place, f"{reference}: nothing is bound as '{name}'", hint)
