"""Searches that find the wrong things, and vector stores whose time is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, cast

from msgspec.structs import replace

from mockserver import fileerrors, vector_stores
from mockserver.endpoints.vector_stores import RESULTS
from mockserver.faults.answers import altered
from mockserver.faults.contract import Fault, Occasion, fault
from mockserver.faults.involved import RUNNING, attaches, brings_files, stores_involved
from mockserver.faults.parameters import choice
from mockserver.frames import Frames
from mockserver.lifecycle import RUN
from mockserver.searching import Results, Search, search_poorly
from mockserver.timeline import Decide, Timeline

_SEARCH = "vector_stores.search"


@fault(
    "search.irrelevant",
    group="index",
    operations=(_SEARCH, *RUNNING, "runs.submit_tool_outputs"),
    wire="200; the passages, all of them from the store, are about something else and score at most 0.1, or"
    " there are none, or the best is missing; a run completes, and its answer quotes what was found",
    client="sets a score_threshold, shows its sources, and says that it does not know rather than guess",
    error=6,
    evidence="documented",
    source="E-102: poor results are no error",
    performed="yes",
    definite=False,
    needs="something to be found, by the search or by one that the run makes",
    explored=("search.irrelevant", "search.irrelevant(empty)"),
)
@dataclass(frozen=True)
class IrrelevantSearch(Fault):
    """A search finds passages about something else, or nothing, or all but the best.

    Of a run it is the next real search in its vector stores; what a reply rule gives as results stays. A
    score_threshold keeps irrelevant passages out. Where every passage answers, all but the best count as
    irrelevant.
    """

    results: str = choice(
        "irrelevant", "empty", "incomplete", about="what is found: other passages, none, or all but the best"
    )
    seeks: ClassVar[bool] = True

    def fits(self, occasion: Occasion) -> bool:
        """Whether there may be something to be found."""
        if occasion.operation == "runs.submit_tool_outputs":
            return occasion.world.active.get(occasion.ids["thread_id"]) == occasion.ids["run_id"]
        if occasion.operation != _SEARCH and brings_files(occasion):
            return True
        return any(
            store["status"] != "expired" and store["file_counts"]["total"]
            for store in stores_involved(occasion)
        )

    def timeline(self, occasion: Occasion, timeline: Timeline) -> bool:
        """Settle what the next search of a run finds when its moment has come."""
        if timeline.root["object"] != RUN.object:
            return False
        for index in range(timeline.progress.cursor, len(timeline.events)):
            event = timeline.events[index]
            if isinstance(event, Decide):
                outcome = {**event.outcome, "results": self.results}
                timeline.events[index] = replace(event, outcome=outcome)
                return True
        return False

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The answer of a search, with other results where it had any."""
        if occasion.operation != _SEARCH:
            return upstream
        return altered(upstream, lambda body: self._spoil(occasion, body))

    def _spoil(self, occasion: Occasion, body: dict[str, Any]) -> bool:
        if not body.get("data"):
            return False
        world, asked = occasion.world, occasion.request
        wanted = Search(
            [occasion.ids["vector_store_id"]],
            body["search_query"],
            limit=asked.get("max_num_results") or RESULTS,
            threshold=(asked.get("ranking_options") or {}).get("score_threshold") or 0.0,
            filters=asked.get("filters"),
        )
        body["data"] = search_poorly(world, wanted, world.clock.now(), cast("Results", self.results))
        occasion.acted()
        return True


@fault(
    "store.expired",
    group="index",
    operations=(
        "vector_stores.retrieve",
        "vector_stores.update",
        _SEARCH,
        "vector_stores.files.*",
        "vector_stores.file_batches.*",
        "messages.create",
        *RUNNING,
    ),
    wire="400 naming the store, for runs in other words; reading still works and shows status expired",
    client="makes a new vector store of the same files and puts it in place of the old one",
    evidence="observed",
    source="E-83, E-84; that the store of a thread expires after seven unused days is documented",
    performed="no",
    definite=True,
    entries=(fileerrors.STORE_EXPIRED, fileerrors.STORE_EXPIRED_FOR_RUN),
    needs="a vector store in its path, or one that its run or its message needs",
)
@dataclass(frozen=True)
class ExpiredStore(Fault):
    """The vector store has expired when the call arrives.

    It stays so for every later call; of a run's stores it is the first.
    """

    def fits(self, occasion: Occasion) -> bool:
        """Whether there is a store whose time is not over yet."""
        return bool(_alive(occasion))

    def before(self, occasion: Occasion) -> bool:
        """Let the store expire now."""
        for store in _alive(occasion)[:1]:
            vector_stores.expire(occasion.world, store)
            return True
        return False


def _alive(occasion: Occasion) -> list[dict[str, Any]]:
    """The stores of a call that can still expire."""
    if occasion.operation == "messages.create" and not attaches(occasion.request):
        return []
    return [store for store in stores_involved(occasion) if store["status"] != "expired"]
