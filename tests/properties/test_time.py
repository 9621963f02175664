"""Time never goes back, and what is due happens at its own moment, however time gets there."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from mockserver.lifecycle import MACHINES
from tests.properties import law
from tests.properties.asgi import Door
from tests.properties.folding import poll
from tests.properties.journeys import Op, Player, journeys
from tests.properties.lives import check_stamps
from tests.properties.scenes import Object, Scene
from tests.properties.scripts import latencies, requests, rules

HOUR_MS = 3_600_000


def world_at_the_end(door: Door) -> Object:
    """Everything, but for the count of answers."""
    world: Object = door.get("/_mock/world")
    del world["counters"]["req"]
    return world


@st.composite
def jumps(draw: st.DrawFn) -> list[int]:
    """An hour in pieces, in milliseconds."""
    cuts = draw(st.lists(st.integers(1, HOUR_MS - 1), max_size=12, unique=True))
    near = draw(st.lists(st.integers(1, 5_000), max_size=12))
    moments = sorted({0, HOUR_MS, *cuts, *near})
    return [later - earlier for earlier, later in pairwise(moments)]


@law(80)
@given(rules(), latencies(), requests(), jumps(), st.booleans())
def test_one_long_jump_is_many_short_ones(
    rule: Object, latency: Any, request: Object, pieces: list[int], reading: bool
) -> None:
    worlds = []
    for jump in (pieces, [HOUR_MS]):
        with Door(latency=latency) as door:
            scene = Scene(door, rule, request)
            scene.create()
            seen = door.now()
            for milliseconds in jump:
                door.advance(milliseconds / 1000)
                now = door.now()
                assert now > seen
                seen = now
                if reading:
                    poll(door, scene.thread, scene.run)
            worlds.append(world_at_the_end(door))
    assert worlds[0] == worlds[1]


@law(60)
@given(rules(), latencies(), requests())
def test_objects_carry_the_moments_that_were_planned(rule: Object, latency: Any, request: Object) -> None:
    with Door(latency=latency) as door:
        scene = Scene(door, rule, request)
        scene.create()
        began = door.now()
        history = door.get(f"/_mock/timeline/{scene.run}")
        planned = history["past"] + history["pending"]  # asking for it lets happen what is due at once
        door.advance(HOUR_MS / 1000)
        # The moment of a real search says what comes after it, and changes nothing about what came before.
        kept = [event for event in planned if event["event"] != "add"]
        decision = next((index for index, event in enumerate(kept) if event["event"] == "decide"), None)
        if decision is not None:
            past = door.get(f"/_mock/timeline/{scene.run}")["past"]
            assert past[: decision + 1] == kept[: decision + 1]
            planned += past
        bodies = {each["id"]: each["hidden"] or each["body"] for each in door.get("/_mock/world")["objects"]}
        notes = [entry for entry in door.get("/_mock/journal")["data"] if "event" in entry]
    moments = {event["at"] for event in planned}
    for note in notes:
        assert note["at"] in moments or (note["at"] == began and note["subject"] == scene.run)
        body = bodies[note["subject"]]
        machine = MACHINES[body["object"]]
        status = note["event"].removeprefix(f"{machine.object}.")
        if status == "created" and note["subject"] != scene.run:
            assert body["created_at"] == int(note["at"])
        if status in machine.stamps:
            assert body[machine.stamps[status]] == int(note["at"])
    for event in planned:
        if event["event"] == "make":
            assert event["body"]["created_at"] == int(event["at"])
    for body in bodies.values():
        if body["object"] in MACHINES:
            check_stamps(body)


@law(40)
@given(journeys(), latencies())
def test_time_never_goes_back(ops: list[Op], latency: Any) -> None:
    with Door(latency=latency) as door:
        moments: list[float] = []

        def look(number: int) -> None:
            moments.append(door.now())

        Player(door, look).play(ops)
        look(-1)
        assert moments == sorted(moments)
        told = door.get("/_mock/journal")["data"]
        # What was late is written down late, but at its own moment: each subject's life is in order.
        lives: dict[str, list[float]] = {}
        for entry in told:
            if "subject" in entry:
                lives.setdefault(entry["subject"], []).append(entry["at"])
        assert all(life == sorted(life) for life in lives.values())
        calls = [entry["at"] for entry in told if "call" in entry]
        assert calls == sorted(calls)


@law(30)
@given(rules(), latencies(), st.integers(0, 30), st.sampled_from([0, 0.5, 2, 30]))
def test_two_runs_do_not_disturb_each_other(rule: Object, latency: Any, count: int, gap: float) -> None:
    """What becomes of a run does not depend on another one that lives at the same time, read as a stream.

    What a run makes after a real search has ids that were counted at that moment; they alone may differ.
    """
    ends = []
    decided = False
    for company in (False, True):
        with Door(latency=latency) as door:
            scene = Scene(door, rule)
            scene.create()
            first = poll(door, scene.thread, scene.run)
            assume(first["run"]["status"] == "queued")
            if company:
                other = Scene(door, None)
                other.stream().take(count)
                door.advance(gap)
            door.advance(HOUR_MS / 1000)
            ends.append(poll(door, scene.thread, scene.run))
            past = door.get(f"/_mock/timeline/{scene.run}")["past"]
            decided = decided or any(event["event"] == "decide" for event in past)
    first, second = (renamed(end) if decided else end for end in ends)
    assert first == second


def renamed(value: Any) -> Any:
    """The value with made ids replaced by the order in which they appear."""
    names: dict[str, str] = {}

    def name(found: re.Match[str]) -> str:
        return names.setdefault(found[0], f"{found[1]}{len(names)}")

    return json.loads(re.sub(r"\b(step_|msg_|call_|file-)[A-Za-z0-9]{22,24}\b", name, json.dumps(value)))
