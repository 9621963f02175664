"""Faults as scenario files order them, made into the orders of the control door.

    lost_ack                                        anywhere, once
    429(retry_after=20s) at runs.create#2           at one call
    {fault: "500", at: {operation: runs.*, first: 2}, until: 10m}

Which faults there are and which parameters they take is the server's to say; here it is seen whether this is
an order at all, and whether its operation exists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from harness.apioperations import OPERATIONS
from harness.orders import order_of
from harness.scenarios.mistakes import ValueMistakeError, check, nearest
from harness.scenarios.model import Node, ScenarioError
from harness.scenarios.shapes import ANY, Shape, duration, either, mapping, names, number, whole, word

_SPELLED = r"[A-Za-z0-9_.]+(?:\((?:[^()\"]|\"(?:[^\"\\]|\\.)*\")*\))?"
_WRITTEN = re.compile(rf"\s*({_SPELLED})(?:\s+at\s+(\S+))?\s*")
_CALL = re.compile(r"([a-z0-9_.*?\[\]-]+)(?:#([1-9][0-9]{0,8}))?")
_FORM = "write name(parameter=value) at operation#number: 429(retry_after=20s) at runs.create#2"

_PLACE = mapping(
    "Which calls.",
    operation=word("An operation, a glob of several (runs.*), or one call (runs.create#2)."),
    nth=whole("Only this one of the calls there, counted from 1.", 1),
    first=whole("So many calls from now on.", 1),
    id=word("Only calls about this object."),
    body=word("Only calls whose body has this text in it."),
    probability=number("By chance, above 0 and up to 1.", 0, 1),
)
_ORDER = mapping(
    "A fault, where it acts and how often.",
    ("fault",),
    fault=word("The fault: lost_ack, 429(retry_after=20s); `assistants-mock faults` lists them."),
    at=either(word(), _PLACE, about="The operation or call it acts on: runs.create#2."),
    parameters=names(ANY, "Its parameters, where they do not stand in brackets."),
    times=either(
        whole("How often it acts.", 1), {"type": "null"}, about="How often it acts; null for always."
    ),
    since=either(duration(), number(least=0), about="From when on: 2m from now; or a time in Unix seconds."),
    until=either(duration(), number(least=0), about="For how long it acts: 10m; or a time in Unix seconds."),
)
FAULTS: Shape = {
    "type": "array",
    "items": either(word("A fault in one line: 429(retry_after=20s) at runs.create#2."), _ORDER),
    "description": "What breaks while the steps are done; only a mock can do that.",
}


def read_orders(node: Node) -> tuple[dict[str, Any], ...]:
    """The orders, as `Control.arm_all` takes them. They have been checked."""
    return tuple(order_of(item.value) for item in node)


def order_mistakes(node: Node) -> Iterator[ScenarioError]:
    """What is wrong with a list of faults."""
    if not isinstance(node.value, list):
        yield from check(node, FAULTS, "`faults`")
        return
    for item in node:
        found = list(check(item, FAULTS["items"]))
        yield from found
        if found:
            continue
        if isinstance(item.value, str):
            yield from _line_mistakes(item, item.value, place_allowed=True)
        else:
            yield from _line_mistakes(item["fault"], item.value["fault"], place_allowed=False)
            if "at" in item.value:
                yield from _place_mistakes(item["at"])


def _line_mistakes(node: Node, text: str, *, place_allowed: bool) -> Iterator[ScenarioError]:
    written = _WRITTEN.fullmatch(text)
    if written is None:
        yield ValueMistakeError(node.value_place, f"{text!r} is no fault", _FORM)
    elif written[2] is not None:
        if not place_allowed:
            yield ValueMistakeError(node.value_place, "the place stands under `at` here", f"at: {written[2]}")
        else:
            yield from _operation_mistakes(node, written[2])


def _place_mistakes(node: Node) -> Iterator[ScenarioError]:
    if isinstance(node.value, str):
        yield from _operation_mistakes(node, node.value)
        return
    if "operation" in node.value:
        yield from _operation_mistakes(node["operation"], node.value["operation"])
    if node.value.get("probability") == 0:
        place = node["probability"].value_place
        yield ValueMistakeError(place, "by a chance of 0 it never acts", "a probability lies above 0")


def _operation_mistakes(node: Node, text: str) -> Iterator[ScenarioError]:
    call = _CALL.fullmatch(text)
    if call is None:
        reason = f"{text!r} names no call"
        yield ValueMistakeError(
            node.value_place,
            reason,
            "write an operation, a glob or a call: runs.create, runs.*, runs.create#2",
        )
    elif not any(fnmatchcase(name, call[1]) for name in OPERATIONS):
        yield ValueMistakeError(
            node.value_place,
            f"no operation is called '{call[1]}'",
            nearest(call[1], OPERATIONS, otherwise="they are"),
        )
