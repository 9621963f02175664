"""The stream of a run, as frames."""

from __future__ import annotations

from mockserver import frames
from mockserver.streams import Follower
from mockserver.world import World


def stream(world: World, subject: str, follower: Follower) -> frames.Frames:
    """The frames of a run's stream: each event when it falls due, then `[DONE]`."""
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
            yield frames.Wait(due if due is not None else world.clock.now(), follower.bell)
        yield frames.Body(frames.DONE)
    finally:
        world.streams.leave(subject, follower)
