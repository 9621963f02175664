"""Which calls are put down to a fault that acts from a moment on, and what is said where it has not acted."""

from __future__ import annotations

import pytest

from harness.explore.judging import Outcome, acted_on, judge
from harness.explore.scene import Scene
from harness.explore.variants import Variant
from harness.handle.history import Exchange


def scene(*calls: tuple[float, str, tuple[str, ...]]) -> Scene:
    """A scene with these calls: moment, name, faults."""
    exchanges = []
    for number, (at, call, faults) in enumerate(calls, 1):
        operation, _, ordinal = call.partition("#")
        exchanges.append(
            Exchange(
                number, at, call, operation, int(ordinal), "GET", f"/v1/{call}", "", None, 200, {}, "", faults
            )
        )
    seen = Scene((), (), 0.0, 200.0)
    seen.__dict__["entries"] = seen.__dict__["calls"] = exchanges
    return seen


SEEN = scene(
    (0.0, "models.list#1", ("500",)),
    (60.0, "models.list#2", ()),
    (119.9996, "models.list#3", ("500(message=x)", "slow")),
    (150.0, "files.list#1", ("500",)),
)


@pytest.mark.parametrize(
    ("name", "acted"),
    [
        ("models.list#1~500+models.list@0s~500", [["models.list#1"], ["models.list#3"]]),
        ("models.list@0s~500", [["models.list#1"]]),
        ("*@2m~500", [["models.list#3"]]),
        ("models.list#2+~500+*@2m~500", [["models.list#3"], ["files.list#1"]]),
        ("*@3m~500+*@1m~slow", [[], ["models.list#3"]]),
    ],
)
def test_what_has_acted_where(name: str, acted: list[list[str]]) -> None:
    breaks = Variant.read(name).breaks
    assert [[call.call for call in acted_on(SEEN, each, breaks)] for each in breaks] == acted


@pytest.mark.parametrize(
    ("name", "verdict", "reason"),
    [
        ("*@3m~500", "not reached", "nothing was called from 3m on"),
        ("files.list@3m~500", "not reached", "no files.list was called from 3m on"),
        ("*@1m~lost_ack", "not reached", "nothing that lost_ack could act on was called from 1m on"),
        ("*@3m~500+*@4m~500", "not reached", "nothing was called from 3m on; nothing was called from 4m on"),
        ("*@2m~500+models.list#9~500", "absorbed", "the test passed; models.list#9 was never called"),
    ],
)
def test_what_is_said_of_what_has_not_acted(name: str, verdict: str, reason: str) -> None:
    judged = judge(Outcome(Variant.read(name), SEEN), SEEN, ())
    assert (judged.verdict.name, judged.reason) == (verdict, reason)
