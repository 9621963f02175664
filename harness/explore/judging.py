"""The judgement: from how the test ended, and from what the server has seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.control import Control
from harness.durations import shown
from harness.explore import verdicts
from harness.explore.checks.contract import Check, Finding, failed
from harness.explore.failures import Failure
from harness.explore.scene import Scene
from harness.explore.variants import Break, Variant
from harness.explore.verdicts import Verdict
from harness.handle.cleanliness import LeftBehind
from harness.handle.courses import Record
from harness.handle.history import Exchange
from harness.practices import early_retry, repeated_refusal
from harness.practices.evidence import Evidence

_STORMS = {"early_retry": early_retry.judge, "repeated_refusal": repeated_refusal.judge}
"""The practices whose breach makes a storm."""

_INSTANT = 0.0005
"""Moments are told to the millisecond."""

_LONG = 10.0
"""So many seconds nobody waits for an answer without noticing."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A check that does not hold: its name, where it leads, a sentence, and the calls that show it."""

    name: str
    verdict: Verdict
    text: str
    calls: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As reports show it."""
        return {
            "name": self.name,
            "verdict": self.verdict.name,
            "text": self.text,
            "calls": list(self.calls),
        }


@dataclass(frozen=True)
class Outcome:
    """What a variant has come to, before it is judged.

    `failure` is how the test failed, None where it passed; `knew` says that it asked for the fault, and
    `skipped` why it left out the rest. `left` is what is left behind.
    """

    variant: Variant
    scene: Scene
    failure: Failure | None = None
    knew: bool = False
    skipped: str = ""
    left: Sequence[LeftBehind] = ()


@dataclass(frozen=True)
class Judgement:
    """A verdict with its reason in a sentence, and everything that does not hold."""

    verdict: Verdict
    reason: str
    broken: tuple[Broken, ...] = field(default=())


def acted_on(scene: Scene, each: Break, beside: Sequence[Break] = ()) -> list[Exchange]:
    """The calls of a scene on which a fault has acted. `beside` are the other faults of its variant: what one
    of them has done at a call that it names is not put down to one that acts from a moment on.
    """
    found = [
        call
        for call in scene.calls
        if _at(call, each) and any(fault.partition("(")[0] == each.name for fault in call.faults)
    ]
    if each.moment is None:
        return found
    others = [other for other in beside if other.name == each.name and other.moment is None]
    return [call for call in found if not any(_at(call, other) for other in others)][:1]


def _at(call: Exchange, each: Break) -> bool:
    """Whether a call is at the place of a fault."""
    if each.operation not in ("*", call.operation):
        return False
    if each.moment is not None:
        return call.at >= each.moment - _INSTANT
    return call.ordinal == each.ordinal or (each.lasting and call.ordinal > each.ordinal)


def judge(outcome: Outcome, baseline: Scene, usually_left: Sequence[str]) -> Judgement:
    """The worst that can be said. `usually_left` are the kinds of what the test leaves without a fault."""
    scene, failure = outcome.scene, outcome.failure
    breaks = outcome.variant.breaks
    idle = [_not_reached(scene, each) for each in breaks if not acted_on(scene, each, breaks)]
    if len(idle) == len(breaks):
        return Judgement(verdicts.NOT_REACHED, "; ".join(dict.fromkeys(idle)))
    broken = [_broken(check, found) for check, found in failed(scene, baseline)]
    broken += _storms(scene, baseline)
    broken += _leaks(outcome, usually_left)
    said = [*((each.verdict, each.text) for each in broken), _told(outcome)]
    if failure is not None:  # it has not come to the lines that tidy up
        said = [each for each in said if each[0] is not verdicts.LEAKED]
    verdict, reason = min(said, key=lambda each: verdicts.WORST_FIRST.index(each[0]))
    told = "; ".join(dict.fromkeys((_completed(reason, verdict, outcome), *idle)))
    return Judgement(verdict, told, tuple(broken))


def _broken(check: Check, found: Finding) -> Broken:
    calls = tuple(call.call for call in found.calls)
    return Broken(check.name, verdicts.VERDICTS[check.verdict], found.text, calls)


def _not_reached(scene: Scene, each: Break) -> str:
    if each.moment is not None:
        operation, _, since = each.call.partition("@")
        what = "nothing" if operation == "*" else f"no {operation}"
        if not any(_at(call, each) for call in scene.calls):
            return f"{what} was called from {since} on"
        return f"{what} that {each.name} could act on was called from {since} on"
    if not any(call.operation == each.operation and call.ordinal >= each.ordinal for call in scene.calls):
        return f"{each.call.rstrip('+')} was never called"
    return f"{each.call} was called, and there was nothing for {each.name} to act on"


def _told(outcome: Outcome) -> tuple[Verdict, str]:
    """What the end of the test says by itself."""
    failure = outcome.failure
    if failure is None:
        if outcome.skipped:
            return verdicts.SURFACED, f"the test left out the rest: {outcome.skipped}"
        if outcome.knew:
            return verdicts.SURFACED, "the test passed, and it had asked which fault acted"
        return verdicts.ABSORBED, "the test passed"
    at = f" ({failure.where})" if failure.where else ""
    match failure.kind:
        case "declared":
            return verdicts.SURFACED, f"{failure.type} was raised, as declared: {failure.message}{at}"
        case "hung":
            return verdicts.HUNG, failure.message.partition("\n")[0] + at
        case "assertion":
            return verdicts.WRONG, f"no error was raised, and the answer is wrong: {failure.message}{at}"
        case "sdk":
            return verdicts.RAW_ERROR, f"{failure.type} escaped undeclared: {failure.message}{at}"
    return verdicts.CRASHED, f"{failure.type}: {failure.message}{at}"


def _storms(scene: Scene, baseline: Scene) -> list[Broken]:
    found = []
    for name, practice in _STORMS.items():
        seen = [list(practice(Evidence(_record(each), True))) for each in (baseline, scene)]
        found += [Broken(name, verdicts.STORMED, each.text) for each in seen[1][len(seen[0]) :]]
    return found


def _record(scene: Scene) -> Record:
    nobody = Control("http://localhost", "-")  # what is judged here stands in the journal
    return Record(nobody, scene.began, scene.entries, scene.objects)


def _leaks(outcome: Outcome, usually: Sequence[str]) -> list[Broken]:
    kinds = list(usually)
    more = []
    for each in outcome.left:
        if each.kind in kinds:
            kinds.remove(each.kind)
        else:
            more.append(each)
    if not more:
        return []
    named = ", ".join(f"{each.kind} {each.id} of {each.call}" for each in more[:3])
    rest = f" and {len(more) - 3} more" if len(more) > 3 else ""
    text = f"left behind is what would not be there without the fault: {named}{rest}"
    return [Broken("left_behind", verdicts.LEAKED, text, tuple(each.call for each in more))]


def _completed(reason: str, verdict: Verdict, outcome: Outcome) -> str:
    """The sentence with what else a developer wants to know at once."""
    parts = [reason]
    if verdict.severity in ("fail", "warn") and outcome.failure is None and verdict is not verdicts.HUNG:
        parts.append("the test passed its own asserts")
    if verdict in (verdicts.CORRUPT, verdicts.STORMED) and outcome.failure is not None:
        parts.append(f"the test ended with {outcome.failure.type}")
    if waited := _waits(outcome.scene):
        parts.append(waited)
    return "; ".join(parts)


def _waits(scene: Scene) -> str:
    """For how long the client would really have sat there, by its own time-outs."""
    waits = [
        call.ended - call.at
        for call in scene.calls
        if call.faults
        and call.ended is not None
        and call.ended - call.at >= _LONG
        and not 400 <= call.status < 500  # a refusal does not keep anybody waiting, whatever time it is then
    ]
    if not waits:
        return ""
    longest = f"your client would have waited {shown(max(waits)).removesuffix('.0')} s"
    times = {1: "", 2: ", twice", 3: ", three times"}.get(len(waits), f", {len(waits)} times")
    return longest + times
