"""Lists that are longer than a page, or than expected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from mockserver.conversation import THREAD, add_message
from mockserver.faults.answers import altered
from mockserver.faults.contract import Fault, Occasion, fault
from mockserver.faults.parameters import choice, text, whole
from mockserver.frames import Frames


@fault(
    "list.page_boundary",
    group="data",
    operations=(
        "assistants.list",
        "files.list",
        "messages.list",
        "runs.list",
        "runs.steps.list",
        "vector_stores.list",
        "vector_stores.files.list",
        "vector_stores.file_batches.files",
    ),
    wire="fewer entries than were asked for, has_more true, first_id and last_id those of the short page",
    client="goes on with after (or before) while has_more is true, or lets the SDK iterate over the pages",
    evidence="documented",
    source="lists have pages of at most 100 entries, 20 where nothing is said, and say whether more follow",
    performed="yes",
    definite=True,
    needs="more entries to show than the size",
)
@dataclass(frozen=True)
class PageBoundary(Fault):
    """A list ends in the middle, and goes on on the next page.

    Who asks for the next page gets the rest, in either order and direction.
    """

    size: int = whole(1, "how many entries the page has", min=1, max=10_000)
    seeks: ClassVar[bool] = True

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The answer with a shorter page."""
        backwards = bool(occasion.query.get("before")) and not occasion.query.get("after")
        return altered(upstream, lambda body: self._shorten(occasion, body, backwards))

    def _shorten(self, occasion: Occasion, body: dict[str, Any], backwards: bool) -> bool:
        entries = body.get("data")
        if not isinstance(entries, list) or len(entries) <= self.size:
            return False
        kept = entries[-self.size :] if backwards else entries[: self.size]
        body |= {"data": kept, "first_id": kept[0]["id"], "last_id": kept[-1]["id"], "has_more": True}
        occasion.acted()
        return True


@fault(
    "list.extra_message",
    group="data",
    operations=("messages.list",),
    wire="the newest message of the thread is one that neither this client nor its run has written",
    client="asks for the messages of its own run (run_id), or goes by role and run_id, not by place",
    evidence="documented",
    source="a thread takes messages from any client that knows its id, whenever no run is active on it",
    performed="yes",
    definite=True,
    needs="a thread without an active run",
)
@dataclass(frozen=True)
class ExtraMessage(Fault):
    """Somebody else has added a message to the thread just before it is read."""

    role: str = choice("user", "assistant", about="as whom it was written")
    text: str = text("Somebody else was here.", "what it says")

    def fits(self, occasion: Occasion) -> bool:
        """Whether somebody could add a message."""
        world, thread_id = occasion.world, occasion.ids["thread_id"]
        return thread_id not in world.active and world.full(THREAD, thread_id) is not None

    def before(self, occasion: Occasion) -> bool:
        """Add the message, as another client would."""
        message = {"role": self.role, "content": self.text}
        add_message(occasion.world, occasion.ids["thread_id"], message)
        return True
