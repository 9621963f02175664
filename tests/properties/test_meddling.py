"""What somebody else does to a run's thread while the run is being written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mockserver.readers import PATIENCE
from tests.properties.asgi import Door
from tests.properties.scenes import Object, Scene, assistant
from tests.properties.test_determinism import world_of

SAY: Object = {"then": {"reply": "One two three four five."}, "timeline": {"tokens_per_second": 1}}
ASK: Object = {"then": {"tool_calls": [{"function": "f", "arguments": {}}], "on_outputs": {"reply": "Done."}}}


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with Door(tmp_path / "store") as opened:
        yield opened


@pytest.fixture
def half(door: Door) -> tuple[Scene, str]:
    """A run that has written half of its message, and the message's path."""
    scene = Scene(door, SAY)
    scene.create()
    door.advance(3)
    message = door.get(f"/v1/threads/{scene.thread}/messages")["data"][0]
    assert message["content"][0]["text"]["value"] == "One two three"
    return scene, f"/v1/threads/{scene.thread}/messages/{message['id']}"


@pytest.mark.parametrize("crashing", [False, True])
def test_a_message_that_is_modified_while_it_is_written(
    door: Door, half: tuple[Scene, str], crashing: bool
) -> None:
    """The change stays, no fragment is lost, and none is added twice, not even after a crash."""
    _, path = half
    door.post(path, {"metadata": {"seen": "yes"}})
    if crashing:
        door.crash()
    for seconds, said in ((0, "One two three"), (1, "One two three four"), (60, "One two three four five.")):
        door.advance(seconds)
        message = door.get(path)
        assert message["metadata"] == {"seen": "yes"}
        assert message["content"][0]["text"]["value"] == said


@pytest.mark.parametrize("crashing", [False, True])
def test_a_message_that_is_deleted_while_it_is_written(
    door: Door, half: tuple[Scene, str], crashing: bool
) -> None:
    """It is gone for good, and the run comes to its end without it."""
    scene, path = half
    assert door.call("DELETE", path).ok
    if crashing:
        door.crash()
    door.advance(60)
    assert door.call("GET", path).status == 404
    assert scene.listed()["status"] == "completed"
    (step,) = door.get(f"{scene.path}/steps")["data"]
    assert step["status"] == "completed"


def test_a_thread_that_is_deleted_while_its_run_is_read() -> None:
    """The stream is cut, since no event tells of such an end; nothing of the run is left."""
    with Door(profile="observed") as door:
        scene = Scene(door, SAY)
        stream = scene.stream()
        stream.take(8)
        assert door.call("DELETE", f"/v1/threads/{scene.thread}").ok
        assert "done" not in [event.name for event in stream]
        door.advance(1_000)
        assert door.call("GET", scene.path).status == 404
        assert door.get("/_mock/clock")["next_due"] is None


def test_a_stream_whose_world_is_replaced_is_cut(door: Door) -> None:
    for replace in (lambda: door.post("/_mock/world", {}), lambda: door.restart()):
        scene = Scene(door, SAY)
        stream = scene.stream()
        stream.take(8)
        replace()
        assert "done" not in [event.name for event in stream]
        assert len(stream.events) < 12


def test_a_read_that_is_refused_takes_no_time(door: Door) -> None:
    """A run that is looked for in another thread is not found, and not hurried either."""
    scene, other = Scene(door, SAY), Scene(door, None)
    scene.create()
    before = world_of(door)
    assert door.call("GET", f"/v1/threads/{other.thread}/runs/{scene.run}").status == 404
    assert world_of(door) == before


def test_a_run_that_is_refused_gives_its_ids_back(door: Door) -> None:
    """So that a restart, which knows only what was kept, goes on with the same ids."""
    request = {"assistant_id": assistant(door), "thread": {"messages": []}}
    before = world_of(door)
    assert door.call("POST", "/v1/threads/runs", request).status == 400
    assert world_of(door) == before


def test_what_was_due_under_an_older_plan_is_not_due(door: Door) -> None:
    """A run that has ended does not expire: nothing is pending, and waiting for more is a proven hang."""
    scene = Scene(door, ASK)
    scene.create()
    door.advance(1)
    list(scene.submit(scene.listed()))
    assert scene.listed()["status"] == "completed"
    now = door.now()
    assert door.get("/_mock/clock")["next_due"] is None
    for _ in range(PATIENCE):
        door.get(scene.path)
    assert door.now() == now
    assert "quiescence" in [entry.get("event") for entry in door.get("/_mock/journal")["data"]]


@pytest.mark.parametrize("latency", ["realistic", "slow"])
def test_a_restart_does_not_change_how_settings_are_written(tmp_path: Path, latency: str) -> None:
    with Door(tmp_path / "another", latency=latency) as door:
        before = door.call("GET", "/_mock/world").body
        door.restart()
        after = door.call("GET", "/_mock/world").body
        assert after.replace(b'"req": 2', b'"req": 1') == before
