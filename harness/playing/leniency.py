"""What a real target is let off: what its model decides, what it may have missed, what differs by nature.

An unmet expectation is only looked at here when `live` says nothing about it. What is let off is counted and
named; everything else stays.

    texts           the text of an answer, arguments, code: there, of the same type, and not empty
    annotations     whatever the model cited, or nothing
    usage           numbers
    events          the expected ones in order, others between them, each as often as it comes
    statuses        polling may have missed some: a subsequence that ends in the same one
    ids and times   literal ones: of the same shape
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.playing.matching import MISSING, is_matcher
from harness.scenarios.references import has_reference

_TEXT = re.compile(
    r"(?:.*\.)?(?:text\.value|refusal|function\.(?:name|arguments|output)|code_interpreter\.input"
    r"|outputs\.\d+\.logs)"
)
_ANNOTATIONS = re.compile(r"(?:.*\.)?annotations(?:\..+)?")
_USAGE = re.compile(r"(?:.*\.)?usage(?:\.\w+)*")
_ID = re.compile(r"(?:.*\.)?(?:id|\w+_id|\w+_ids\.\d+)")
_TIME = re.compile(r"(?:.*\.)?\w+_at")
_PREFIX = re.compile(r"[a-z]+[_-]")


def let_off(operation: str, path: str, written: Any, expected: Any, got: Any) -> bool:
    """Whether a real target may show `got` at a path of the result.

    `written` is the matcher as it stands in the file, `expected` the same with its references filled in.
    """
    if operation == "stream" and path == "text":
        return _same_kind(expected, got)
    if operation == "stream" and path == "events":
        return isinstance(got, list) and _in_order(_once(_listed(expected)), got)
    if operation == "wait" and path == "statuses":
        wanted = _listed(expected)
        return bool(got) and _in_order(got, wanted) and got[-1:] == wanted[-1:]
    if _TEXT.fullmatch(path):
        return _same_kind(expected, got)
    if _ANNOTATIONS.fullmatch(path):
        return path.rpartition(".")[2] != "annotations" or isinstance(got, list)
    if _USAGE.fullmatch(path):
        return got is not MISSING and (isinstance(got, Mapping | int) and not isinstance(got, bool))
    if has_reference(written) or is_matcher(expected):
        return False
    if _ID.fullmatch(path):
        return _prefix(expected) is not None and _prefix(expected) == _prefix(got)
    if _TIME.fullmatch(path):
        return _is_time(expected) and _is_time(got)
    return False


def at(value: Any, steps: Iterable[str]) -> Any:
    """What lies so deep in plain data; MISSING when it is not there."""
    for step in steps:
        if isinstance(value, Mapping) and step in value:
            value = value[step]
        elif (
            isinstance(value, list) and re.fullmatch(r"-?\d+", step) and -len(value) <= int(step) < len(value)
        ):
            value = value[int(step)]
        else:
            return MISSING
    return value


def _same_kind(expected: Any, got: Any) -> bool:
    """A value that is there and not empty, and of the type of the one expected, if one is."""
    if got in (None, "", [], {}) or got is MISSING:
        return False
    return is_matcher(expected) or expected is MISSING or type(expected) is type(got)


def _listed(expected: Any) -> Sequence[Any]:
    if is_matcher(expected):
        expected = expected.get("subsequence", expected.get("equals"))
    return expected if isinstance(expected, list) else []


def _in_order(few: Sequence[Any], many: Sequence[Any]) -> bool:
    """Whether all of the first come in the second, in that order."""
    rest = iter(many)
    return bool(few) and all(item in rest for item in few)


def _once(names: Sequence[Any]) -> list[Any]:
    """Each where it first comes: how many pieces an answer comes in is not the client's business."""
    return list(dict.fromkeys(names))


def _prefix(value: Any) -> str | None:
    found = _PREFIX.match(value) if isinstance(value, str) else None
    return found[0] if found else None


def _is_time(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
