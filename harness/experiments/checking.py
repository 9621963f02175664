"""The faults of experiments as a server knows them: whether they exist, and how it writes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from harness.control import Control, ControlError
from harness.experiments.model import Experiment, Planned
from harness.explore.variants import Break
from harness.scenarios.mistakes import ValueMistakeError, nearest
from harness.scenarios.model import ScenarioError, ScenarioErrors


def known_faults(experiments: Iterable[Experiment], control: Control) -> list[Experiment]:
    """The experiments with their faults as the server writes them; its world is a new one afterwards.

    Raises ScenarioErrors with every fault that it does not know or would not take, and ControlError.
    """
    catalogue = control.fault_catalogue()
    names = [known["name"] for known in catalogue["data"]]
    operations = list(catalogue["operations"])
    mistakes: list[ScenarioError] = []
    found = []
    for experiment in experiments:
        method = []
        for planned in experiment.method:
            try:
                method.append(_known(planned, names, operations, control))
            except ScenarioError as mistake:
                mistakes.append(mistake)
        found.append(replace(experiment, method=tuple(method)))
    control.new_world()
    if mistakes:
        raise ScenarioErrors(mistakes)
    return found


def _known(planned: Planned, names: list[str], operations: list[str], control: Control) -> Planned:
    first = planned.breaks[0]
    if first.name not in names:
        hint = nearest(first.name, names, otherwise="`assistants-mock faults` prints all there are:")
        raise ValueMistakeError(planned.place, f"there is no fault '{first.name}'", hint)
    if first.operation != "*" and first.operation not in operations:
        hint = nearest(first.operation, operations, otherwise="they are")
        raise ValueMistakeError(planned.place, f"the server has no operation '{first.operation}'", hint)
    try:
        armed = control.arm_all([each.order() for each in planned.breaks])
    except ControlError as error:
        raise ValueMistakeError(planned.place, _plainly(error.message)) from error
    pairs = zip(planned.breaks, armed, strict=True)
    return replace(planned, breaks=tuple(Break(each.call, listed["fault"]) for each, listed in pairs))


def _plainly(message: str) -> str:
    """What the server says, without the way into what it was sent."""
    where, colon, rest = message.partition(": ")
    return rest if colon and where.startswith("[") else message
