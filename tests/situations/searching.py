"""Searches of vector stores, and runs that search: polled and streamed, with and without what was found."""

from __future__ import annotations

from typing import Any

from tests.situations.vector_stores import SMALL
from tests.stage import CONTENT, SEARCH, Stage, situation

CELLAR = b"The cellar is locked at nine.\n\nThe attic is never locked.\n"
CAKE = b"Grandmother's favorite food was cake, with cream on Sundays.\n"
QUESTION = "What was grandmother's favorite food?"
ASKED = {"role": "user", "content": QUESTION}


@situation
def searches(stage: Stage) -> None:
    """One query and several, filters nested, ranking, rewriting; nothing found, nothing there yet."""
    path = f"/vector_stores/{stage.store()}"
    for name, content, attributes, words in (
        ("cellar.md", CELLAR, {"floor": -1, "kind": "house", "open": False}, "cellar locked"),
        ("cake.txt", CAKE, {"kind": "people"}, "cream"),
    ):
        stage.post(f"{path}/files", {"file_id": stage.file(name, content), "attributes": attributes})
        assert stage.post(f"{path}/search", {"query": words})["data"] == []
        stage.settle(path)
        (found,) = stage.post(f"{path}/search", {"query": words})["data"]
        assert found["filename"] == name
    kind = {"type": "eq", "key": "kind", "value": "house"}
    either = {"type": "or", "filters": [kind, {"type": "lt", "key": "floor", "value": 0.5}]}
    every = [either, {"type": "in", "key": "kind", "value": ["house", "garden"]}]
    for more in (
        {},
        {"query": ["cellar", "favorite food"]},
        {"rewrite_query": True, "query": QUESTION},
        {"max_num_results": 1, "ranking_options": {"ranker": "auto", "score_threshold": 0.1}},
        {"filters": kind},
        {"filters": {"type": "and", "filters": every}},
        {"filters": {"type": "ne", "key": "kind", "value": "house"}},
        {"query": "zebra"},
    ):
        stage.post(f"{path}/search", {"query": "cellar locked"} | more)


def searcher(stage: Stage) -> str:
    """An assistant with a store that two files are in."""
    files = [stage.file("cellar.md", CELLAR), stage.file("cake.txt", CAKE)]
    resources = {"file_search": {"vector_store_ids": [stage.store(*files)]}}
    return stage.assistant(tools=[SEARCH], tool_resources=resources)


def cited(stage: Stage, thread: str) -> list[Any]:
    """The annotations of the thread's newest message."""
    found: list[Any] = []
    for part in stage.get(f"/threads/{thread}/messages?limit=1")["data"][0]["content"]:
        text = part["text"]
        for mark in text["annotations"]:
            assert text["value"][mark["start_index"] : mark["end_index"]] == mark["text"]
            found.append(mark)
    return found


@situation
def searching_run(stage: Stage) -> None:
    """Polled; the step shows what was found only to those who ask for it."""
    assistant = searcher(stage)
    thread = stage.post("/threads", {"messages": [ASKED]})["id"]
    run = stage.post(f"/threads/{thread}/runs?include[]={CONTENT}", {"assistant_id": assistant})
    path = f"/threads/{thread}/runs/{run['id']}"
    assert stage.finish(path)["status"] == "completed"
    for step in stage.get(f"{path}/steps?order=asc&include[]={CONTENT}")["data"]:
        stage.get(f"{path}/steps/{step['id']}?include[]={CONTENT}")
    assert [mark["type"] for mark in cited(stage, thread)] == ["file_citation"]


@situation
def streamed_search(stage: Stage) -> None:
    """Streamed with and without what was found, and with a search that finds nothing."""
    assistant = searcher(stage)
    for query in ("", f"?include[]={CONTENT}"):
        thread = stage.post("/threads", {"messages": [ASKED]})["id"]
        stage.stream(f"/threads/{thread}/runs{query}", {"assistant_id": assistant})
        assert cited(stage, thread)
    strict = {"type": "file_search", "file_search": {"ranking_options": {"score_threshold": 1.0}}}
    body = {"assistant_id": assistant, "tools": [strict], "thread": {"messages": [ASKED]}}
    events = stage.stream("/threads/runs", body)
    assert cited(stage, events[0][1]["id"]) == []


@situation
def stores_made_on_the_way(stage: Stage) -> None:
    """An assistant's, a thread's and an attachment's: two of them go after seven days."""
    files = [stage.file("cellar.md", CELLAR), stage.file("cake.txt", CAKE)]
    made = {"file_ids": files, "chunking_strategy": SMALL, "metadata": {"k": "v"}}
    resources = {"file_search": {"vector_stores": [made]}}
    stage.assistant(tools=[SEARCH], tool_resources=resources)
    thread = stage.post("/threads", {"tool_resources": resources})
    attached = {"attachments": [{"file_id": files[1], "tools": [SEARCH]}]}
    helped = stage.post("/threads", {"messages": [ASKED | attached]})
    stage.post(f"/threads/{thread['id']}/messages", ASKED | attached)
    for each in (thread, helped):
        shown = stage.get(f"/threads/{each['id']}")["tool_resources"]["file_search"]
        (store,) = shown["vector_store_ids"]
        assert stage.get(f"/vector_stores/{store}")["expires_after"]["days"] == 7
    lasting = [store["expires_at"] is None for store in stage.get("/vector_stores?order=asc")["data"]]
    assert lasting == [True, False, False]


@situation
def run_that_waits(stage: Stage) -> None:
    """The thread's file is still on its way when the run begins, and cited when it ends."""
    assistant = stage.assistant(tools=[SEARCH])
    for streamed in (False, True):
        attached = {"file_id": stage.file("cake.txt", CAKE), "tools": [SEARCH]}
        thread = stage.post("/threads", {"messages": [ASKED | {"attachments": [attached]}]})["id"]
        path = f"/threads/{thread}/runs"
        if streamed:
            stage.stream(path, {"assistant_id": assistant})
        else:
            stage.finish(f"{path}/{stage.post(path, {'assistant_id': assistant})['id']}")
        assert [mark["file_citation"]["file_id"] for mark in cited(stage, thread)] == [attached["file_id"]]
