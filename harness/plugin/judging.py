"""What the practice checks find in tests and scenarios: told at the end of the run, or failing them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

from harness.handle.courses import Record
from harness.plugin.items import FOUND
from harness.practices.contract import Finding, findings
from harness.practices.words import failure, summary

if TYPE_CHECKING:
    from harness.control import Control
    from harness.plugin.options import Options


def mode_of(options: Options, marked: Mapping[str, Any]) -> str:
    """What findings mean for a test: `off`, `warn` or `fail`. `marked` is the marker's `practices`."""
    if marked.get("judged") is False:
        return "off"
    if options.practices_flag is not None:
        return options.practices_flag
    return "fail" if marked.get("judged") else options.practices


def judge(
    item: pytest.Item,
    options: Options,
    control: Control,
    began: float,
    *,
    marked: Mapping[str, Any] | None = None,
    sleeps: bool | None = None,
) -> None:
    """Judge the world of an item that has passed, as options and its marker want.

    Raises pytest's failure with what was found where that is to fail it.
    """
    marked = marked or {}
    item.user_properties[:] = [kept for kept in item.user_properties if kept[0] != FOUND]
    mode = mode_of(options, marked)
    if mode == "off":
        return
    ignore = {*options.practices_ignore, *marked.get("ignore", ())}
    found = findings(Record.read(control, began), ignore=ignore, sleeps=sleeps)
    if found and mode == "fail":
        raise pytest.fail.Exception(failure(found), pytrace=False)
    if found:
        item.user_properties.append((FOUND, json.dumps([finding.document() for finding in found])))


def summary_of(properties: Mapping[str, str]) -> list[str]:
    """What was found in all tests, in words: the properties of their reports by node id."""
    return summary(
        {
            node: [Finding.of(document) for document in json.loads(written)]
            for node, written in properties.items()
        }
    )
