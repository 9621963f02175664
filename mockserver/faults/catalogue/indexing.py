"""Files that do not become findable as they should: late, never, in part, or not yet though it is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

from msgspec.structs import replace

from mockserver import objects, vector_stores
from mockserver.extraction.unreadable import BY_CODE
from mockserver.faults.contract import Fault, Occasion, fault
from mockserver.faults.involved import BRINGING, RUNNING, brings_files, stores_involved
from mockserver.faults.parameters import choice, duration, optional, share, text, whole
from mockserver.fileobjects import FILE, STORE_FILE
from mockserver.timeline import Decide, Timeline

_NEEDS = "it sets files on their way into a vector store"
_HOW_MANY = "how many of the files the call brings, the first ones; all where nothing is said"
_WHICH = "only files of this name, *.pdf for instance"


@dataclass(frozen=True, kw_only=True)
class OnItsWay(Fault):
    """Something about the files that a call sets on their way into a vector store."""

    files: int | None = optional(whole(1, _HOW_MANY, min=1))
    named: str | None = optional(text(None, _WHICH))

    def fits(self, occasion: Occasion) -> bool:
        """Whether the call brings files."""
        return brings_files(occasion)

    def settle(self, occasion: Occasion, timeline: Timeline, outcome: dict[str, Any]) -> bool:
        """Settle what becomes of a file at its moment, beside what others have settled."""
        return self.revise(
            occasion, timeline, lambda event: replace(event, outcome={**event.outcome, **outcome})
        )

    def revise(
        self, occasion: Occasion, timeline: Timeline, revise: Callable[[Decide], Decide | None]
    ) -> bool:
        """Change the moment at which a file is indexed, if it is one of those that are meant."""
        root = timeline.root
        if root["object"] != STORE_FILE or (self.files is not None and occasion.touched >= self.files):
            return False
        if self.named is not None:
            file = occasion.world.full(FILE, root["id"])
            if file is None or not fnmatch(file["filename"].lower(), self.named.lower()):
                return False
        pending = [event for event in timeline.pending if isinstance(event, Decide)]
        if not pending:
            return False
        timeline.drop_pending()
        timeline.schedule([event for before in pending if (event := revise(before)) is not None])
        occasion.touched += 1
        return True


@fault(
    "index.slow",
    group="index",
    operations=BRINGING,
    wire="the file, its batch and its store stay in_progress for longer; searches do not find it until then",
    client="polls with an upper bound, and does not ask about files before they are completed",
    error=2,
    evidence="documented",
    source="E-103; indexing runs in the background and the objects show its state",
    performed="yes",
    definite=True,
    needs=_NEEDS,
)
@dataclass(frozen=True)
class SlowIndex(OnItsWay):
    """Files take longer to be indexed."""

    delay: int = duration("10m", "how much longer")

    def timeline(self, occasion: Occasion, timeline: Timeline) -> bool:
        """Put off the moment at which the file is indexed."""
        return self.revise(
            occasion,
            timeline,
            lambda event: replace(event, due=event.due + self.delay),
        )


@fault(
    "index.stuck",
    group="index",
    operations=BRINGING,
    wire="the file, its batch and its store stay in_progress for ever, last_error null",
    client="gives up polling after some time, detaches the file or cancels the batch, and tries anew",
    error=2,
    evidence="observed",
    source="openai-python issue 3097 (2026-04): in_progress for ever, and upload_and_poll with it",
    performed="yes",
    definite=False,
    needs=_NEEDS,
)
@dataclass(frozen=True)
class StuckIndex(OnItsWay):
    """Files are never indexed, and nothing says so.

    The file can still be detached, deleted or attached again, and its batch cancelled. A run waits 60 seconds
    for its thread's store and then answers without the file.
    """

    def timeline(self, occasion: Occasion, timeline: Timeline) -> bool:
        """Take the moment away at which the file is indexed."""
        return self.revise(occasion, timeline, lambda event: None)


@fault(
    "index.failed",
    group="index",
    operations=BRINGING,
    wire="the file ends failed with a last_error, its batch failed if no file of it succeeded, its store"
    " completed; every answer is 200",
    client="looks at the status of every file or at file_counts.failed: the SDK's pollers raise nothing",
    error=5,
    evidence="observed",
    source="E-100, E-101; openai-python issue 1591 (2024-08, on Azure) for server_error",
    performed="yes",
    definite=True,
    needs=_NEEDS,
)
@dataclass(frozen=True)
class FailedIndex(OnItsWay):
    """Files cannot be indexed."""

    code: str = choice("server_error", "unsupported_file", "invalid_file", about="the code of last_error")

    def timeline(self, occasion: Occasion, timeline: Timeline) -> bool:
        """Settle that it fails, and why."""
        reason = BY_CODE[self.code]()
        error = {"code": reason.code, "message": reason.message}
        return self.settle(occasion, timeline, {"last_error": error})


@fault(
    "index.partial",
    group="index",
    operations=BRINGING,
    wire="the file is completed; only its beginning is found, and usage_bytes and the file's content in the"
    " store are short by the rest",
    client="asks about the end of a document that it has just indexed, or compares the content in the store",
    evidence="inferred",
    source="no report was found; the status of a file says nothing about how much of it was read",
    performed="yes",
    definite=False,
    needs=_NEEDS,
)
@dataclass(frozen=True)
class PartialIndex(OnItsWay):
    """Only the first part of each file can be found, although it is completed.

    Counted in chunks and rounded down: of a file that is one chunk, half is nothing.
    """

    share: float = share(0.5, "which part of a file's chunks can be found, from the beginning")

    def timeline(self, occasion: Occasion, timeline: Timeline) -> bool:
        """Settle how much of it is indexed."""
        return self.settle(occasion, timeline, {"share": self.share})


@fault(
    "index.done_not_searchable",
    group="index",
    operations=BRINGING,
    wire="file, batch and store are completed in time; for a while afterwards searches do not find the file",
    client="searches once more, a little later, before it concludes that there is nothing",
    error=2,
    evidence="inferred",
    source="search indexes commonly lag behind their status; no report of this API was found",
    performed="yes",
    definite=False,
    needs=_NEEDS,
)
@dataclass(frozen=True)
class DoneNotSearchable(OnItsWay):
    """Files are completed, and are found only some time later."""

    delay: int = duration("30s", "how long after it is completed a file is found")

    def timeline(self, occasion: Occasion, timeline: Timeline) -> bool:
        """Settle from when on it is found."""
        return self.settle(occasion, timeline, {"searchable_after": self.delay})


@fault(
    "index.not_ready",
    group="index",
    operations=("vector_stores.search", *RUNNING),
    wire="200 and no results; the store and its files are in_progress again, file_counts shows how many",
    client="looks at the store when nothing is found, polls it until it is completed, and asks again",
    error=2,
    evidence="documented",
    source="E-103: searching before indexing has ended gives empty results",
    performed="yes",
    definite=False,
    needs="a vector store in which something is indexed",
)
@dataclass(frozen=True)
class NotReady(Fault):
    """The call comes before the files are indexed.

    All that is completed in the store, or in the stores that the run may search, is really being indexed
    again when the call arrives. A run waits 60 seconds for its thread's store, not for the assistant's.
    """

    delay: int = duration("2m", "how long it takes until everything is there")

    def fits(self, occasion: Occasion) -> bool:
        """Whether something is indexed."""
        return bool(_indexed(occasion))

    def before(self, occasion: Occasion) -> bool:
        """Send everything that is indexed on its way once more."""
        due = occasion.world.clock.now() + self.delay
        entries = _indexed(occasion)
        for entry in entries:
            vector_stores.index_again(occasion.world, entry, due)
        return bool(entries)


def _indexed(occasion: Occasion) -> list[dict[str, Any]]:
    """The files that can be found in the stores of a call."""
    world = occasion.world
    rows = [
        row
        for store in stores_involved(occasion)
        for row in world.store.children(world.project, STORE_FILE, store["id"])
    ]
    return [objects.decode(row.hidden or row.body) for row in rows if row.status == "completed"]
