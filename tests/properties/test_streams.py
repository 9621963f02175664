"""Folding a stream's events gives exactly the objects that polling shows at that moment."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.properties import law
from tests.properties.asgi import Door
from tests.properties.exchange import Stream
from tests.properties.folding import Listener, poll
from tests.properties.lives import Lives
from tests.properties.scenes import Object, Scene
from tests.properties.scripts import latencies, requests, rules

ROUNDS = 4


class Witness:
    """Reads a stream, polls in between, and compares both.

    A poll sees all that has happened at its moment, of which the stream may still hold back a part. So a poll
    is kept, and compared as soon as the stream goes on to a later moment or ends.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene, self.door = scene, scene.door
        self.listener = Listener()
        self.lives = Lives()
        self.polled: tuple[float, Object] | None = None

    def look(self) -> None:
        self.polled = (self.door.now(), poll(self.door, self.scene.thread, self.scene.run))
        self.lives.see(self.scene.listed())

    def read(self, stream: Stream, count: int) -> int:
        """Read up to so many events; how many came."""
        for number in range(count):
            event = stream.next()
            if event is None:
                self.compare()
                return number
            if self.polled is not None and self.door.now() > self.polled[0]:
                self.compare()
            self.listener.hear([event])
            self.lives.hear([event])
        return count

    def compare(self) -> None:
        if self.polled is not None and not self.overtaken():
            assert self.listener.view() == self.polled[1]
        self.polled = None

    def overtaken(self) -> bool:
        """Whether the stream ended where the run asks for outputs, and the run went on without it."""
        asked = self.listener.done and self.listener.run["status"] == "requires_action"
        return asked and self.scene.listed()["status"] != "requires_action"


BETWEEN = st.lists(
    st.tuples(
        st.integers(0, 12),
        st.one_of(
            st.sampled_from(["look", "look", "cancel", "retrieve"]),
            st.sampled_from([0, 0.001, 0.2, 1, 5, 60, 600, 100_000]),
        ),
    ),
    max_size=6,
)


@law(150)
@given(rules(), latencies(), requests(), BETWEEN, st.booleans())
def test_a_stream_and_a_poll_show_the_same(
    rule: Object, latency: Any, request: Object, between: list[tuple[int, Any]], include: bool
) -> None:
    with Door(latency=latency) as door:
        scene = Scene(door, rule, request)
        witness = Witness(scene)
        stream = scene.stream(include=include)
        witness.listener.hear(stream.events)
        witness.lives.hear(stream.events)
        for _ in range(ROUNDS):
            for count, deed in between:
                if witness.read(stream, count) < count:
                    break
                match deed:
                    case "look":
                        witness.look()
                    case "retrieve":
                        witness.lives.see(door.get(scene.path))
                        witness.look()
                    case "cancel":
                        witness.polled = None  # what was seen is no longer so, at the very same moment
                        door.call("POST", f"{scene.path}/cancel")
                        witness.look()
                    case seconds:
                        door.advance(seconds)
                        witness.look()
            witness.read(stream, 10_000)
            assert witness.listener.done
            witness.look()
            witness.compare()
            if witness.listener.run["status"] != "requires_action" or witness.overtaken():
                break
            witness.listener.done = False
            stream = scene.submit(witness.listener.run)
        witness.lives.check()
        told = Lives()
        told.read(entry for entry in door.get("/_mock/journal")["data"] if "event" in entry)
        told.check()


@law(40)
@given(rules(), latencies(), st.integers(0, 40), st.booleans())
def test_a_cut_stream_leaves_the_run_as_it_would_be(
    rule: Object, latency: Any, count: int, cancelled: bool
) -> None:
    ends = []
    for cut in (False, True):
        with Door(latency=latency) as door:
            scene = Scene(door, rule)
            stream = scene.stream()
            stream.take(count)
            if cut:
                stream.cut()
            if cancelled:
                door.call("POST", f"{scene.path}/cancel")
            for _ in stream:
                pass
            if cut:
                assert stream.events == stream.events[: count + 1]
                outcomes = [
                    entry["outcome"] for entry in door.get("/_mock/journal")["data"] if "outcome" in entry
                ]
                assert "open" not in outcomes
            door.advance(700_000)
            ends.append(poll(door, scene.thread, scene.run))
    assert ends[0] == ends[1]


@law(40)
@given(rules(), rules(), latencies(), st.lists(st.booleans(), max_size=40))
def test_two_streams_tell_the_same_in_whatever_order_they_are_read(
    first: Object, second: Object, latency: Any, order: list[bool]
) -> None:
    told = []
    for turns in (order, []):
        with Door(latency=latency) as door:
            door.post("/_mock/replies", [first, second])
            streams = [Scene(door, None).stream() for _ in range(2)]
            for turn in turns:
                streams[turn].next()
            for stream in streams:
                stream.take(10_000)
            told.append([[event.raw for event in stream.events] for stream in streams])
    assert told[0] == told[1]
