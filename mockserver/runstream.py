"""The stream of a run, as frames."""

from __future__ import annotations

from mockserver import frames
from mockserver.streams import Follower
from mockserver.world import World

LOOK_AGAIN_MS = 86_400_000
"""Nothing is due: only somebody else can bring an event, and then the bell rings. No wait is without end."""


def stream(world: World, subject: str, follower: Follower) -> frames.Frames:
    """The frames of a run's stream: each event when it falls due, then `[DONE]`.

    When nothing is due any more, a stream in virtual time is a proven hang, which the journal says, and cut.
    """
    try:
        yield frames.Head(content_type=frames.STREAM_TYPE)
        while True:
            world.catch_up()
            while follower.told:
                yield frames.Body(frames.event(*follower.told.popleft()))
            if follower.lost:
                yield frames.Cut()
                return
            if follower.ended:
                break
            due = world.timelines[subject].next_due()
            if due is None and world.clock.virtual:
                world.journal.note(world.clock.now(), "quiescence", subject)
                yield frames.Cut()
                return
            yield frames.Wait(due if due is not None else world.clock.now() + LOOK_AGAIN_MS, follower.bell)
        yield frames.Body(frames.DONE)
    finally:
        world.streams.leave(subject, follower)
