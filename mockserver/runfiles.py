"""What a run does with files: which stores it searches, when it waits for them, what its code writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mockserver import fileerrors, files, objects, quoting, vector_stores
from mockserver.fileobjects import FILE
from mockserver.outgoing import search_options
from mockserver.resources import code_files, stores_of
from mockserver.script import Action, CodeFile, MadeFile, Say, SearchFiles, Turn
from mockserver.searching import Results, Search, search, search_poorly
from mockserver.shelf import Shelf
from mockserver.timeline import Progress, Timeline
from mockserver.world import World

Object = dict[str, Any]

PATIENCE = 60_000
"""So many milliseconds a run waits for its thread's vector store (documented)."""

RESULTS, RESULTS_SMALL = 20, 5
"""So many passages a search finds where nothing is said, fewer for models of gpt-3.5 (documented)."""


def resources_of(
    world: World, run: Mapping[str, Any], progress: Progress
) -> tuple[list[Object], list[Object]]:
    """The code interpreter's files and the vector stores of a run, its assistant's before its thread's.

    Each is there only if the run has the tool.
    """
    tools = {tool["type"] for tool in run["tools"]}
    if not tools & {"code_interpreter", "file_search"}:
        return [], []  # most runs: nothing has to be read to know it
    owners = _owners(world, run, progress)
    code = code_files(world, *owners) if "code_interpreter" in tools else []
    stores = stores_of(world, *owners) if "file_search" in tools else []
    return code, stores


def _owners(world: World, run: Mapping[str, Any], progress: Progress) -> tuple[Object | None, Object | None]:
    own = progress.resources
    if own is None:
        own = (world.full("assistant", run["assistant_id"]) or {}).get("tool_resources")
    return own, _thread_resources(world, run)


def _thread_resources(world: World, run: Mapping[str, Any]) -> Object | None:
    resources: Object | None = (world.full("thread", run["thread_id"]) or {}).get("tool_resources")
    return resources


def use_stores(world: World, run: Mapping[str, Any], progress: Progress) -> None:
    """A run begins: its vector stores are active now. Raises ApiError when one has expired (E-83)."""
    _, stores = resources_of(world, run, progress)
    for store in stores:
        if store["status"] == "expired":
            raise fileerrors.STORE_EXPIRED_FOR_RUN(id=store["id"])
    for store in stores:
        vector_stores.use(world, store)


def wait_for_thread(world: World, run: Mapping[str, Any], progress: Progress, now: int) -> int | None:
    """When to look again whether the thread's vector store is ready, None when there is no more waiting."""
    deadline = progress.began + PATIENCE
    if now >= deadline:
        return None
    ready = [
        deadline if (due := timeline.next_due()) is None else due
        for store in stores_of(world, _thread_resources(world, run))
        if store["file_counts"]["in_progress"]
        for timeline in vector_stores.working(world, store["id"])
    ]
    # What is due at this very moment comes before the search, whatever its place on the agenda.
    return min(deadline, max(ready)) if ready else None


def look_up(
    world: World,
    timeline: Timeline,
    action: SearchFiles,
    turn: Turn,
    now: int,
    *,
    last: bool,
    results: Results | None = None,
) -> list[Action]:
    """A run's search with what it finds now, and the answer that tells of it if nobody wrote one.

    `last` says that nothing else is to be said in this run, `results` that the search is to be a poor one.
    """
    run = timeline.root
    options = search_options(run)
    small = run["model"].startswith("gpt-3.5")
    query = action.query or _last_words(turn)
    _, stores = resources_of(world, run, timeline.progress)
    asked = Search(
        [store["id"] for store in stores if store["status"] != "expired"],
        [query],
        limit=options.get("max_num_results") or (RESULTS_SMALL if small else RESULTS),
        threshold=options["ranking_options"]["score_threshold"],
    )
    passages = search(world, asked, now) if results is None else search_poorly(world, asked, now, results)
    found = tuple({"file_name": passage.pop("filename"), **passage} for passage in passages)
    searched = replace(action, results=found, query=query)
    if not last or action.reply is not None or action.miss is not None:
        return [searched]
    if not found:
        return [searched, Say.text("I looked into the files and found nothing about that.")]
    return [searched, Say((quoting.answer(query, found),))]


def _last_words(turn: Turn) -> str:
    """The text of the user's last message, which is what a file search looks for."""
    for message in reversed(turn.messages):
        if message["role"] == "user":
            texts = (part["text"]["value"] for part in message["content"] if part["type"] == "text")
            return "\n".join(texts)
    return ""


def code_file(world: World, file: Mapping[str, Any]) -> CodeFile:
    """A file as the responder may read it."""
    digest = file["_digest"]
    return CodeFile(file["id"], file["filename"], lambda: world.store.blobs.open(digest))


def shelf_of(world: World, progress: Progress) -> Shelf:
    """The files a run can name."""

    def make(made: MadeFile, at: int) -> Object:
        return files.written(world, made.data, made.name, at)

    def named(name: str) -> str | None:
        rows = world.store.mentioning(world.project, FILE, objects.compact(name).decode())
        found = [file for row in rows if (file := objects.decode(row.body))["filename"] == name]
        return found[-1]["id"] if found else None

    def name_of(file_id: str) -> str | None:
        file = world.full(FILE, file_id)
        return file["filename"] if file is not None else None

    return Shelf(make, named, name_of, progress.files)
