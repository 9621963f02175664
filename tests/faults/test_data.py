"""Faults of what answers hold: pages, messages of others, citations, downloads, usage."""

from __future__ import annotations

import contextlib
import http.client
from collections.abc import Callable
from typing import Any

import openai
import pytest

from harness.control import Control, ControlError
from tests.conftest import Raw
from tests.faults.filing import fired, seen
from tests.files.library import only_message, ready, refused, upload, words
from tests.files.questions import REFUNDS, SHIPPING, asking, checked, run, searching

Lists = dict[str, str]


@pytest.fixture
def lists(client: openai.OpenAI, control: Control) -> Lists:
    """Every list there is with at least three entries, by its operation."""
    files = [upload(client, f"{name}.md", REFUNDS).id for name in "abc"]
    stores = [client.vector_stores.create().id for _ in range(3)]
    batch = client.vector_stores.file_batches.create_and_poll(stores[0], file_ids=files, poll_interval_ms=0)
    assistants = [client.beta.assistants.create(model="gpt-4o").id for _ in range(3)]
    control.add_replies({"then": {"steps": [{"reply": word} for word in ("One.", "Two.", "Three.")]}})
    thread = asking(client)
    runs = [run(client, thread, assistant).id for assistant in assistants]
    return {
        "assistants.list": "/v1/assistants",
        "files.list": "/v1/files",
        "messages.list": f"/v1/threads/{thread}/messages",
        "runs.list": f"/v1/threads/{thread}/runs",
        "runs.steps.list": f"/v1/threads/{thread}/runs/{runs[0]}/steps",
        "vector_stores.list": "/v1/vector_stores",
        "vector_stores.files.list": f"/v1/vector_stores/{stores[0]}/files",
        "vector_stores.file_batches.files": f"/v1/vector_stores/{stores[0]}/file_batches/{batch.id}/files",
    }


OPERATIONS = (
    "assistants.list",
    "files.list",
    "messages.list",
    "runs.list",
    "runs.steps.list",
    "vector_stores.list",
    "vector_stores.files.list",
    "vector_stores.file_batches.files",
)


# Pages


@pytest.mark.parametrize("operation", OPERATIONS)
def test_who_pages_gets_everything(control: Control, raw: Raw, lists: Lists, operation: str) -> None:
    """In both orders; every page but the last says that more follow, and names its own ends."""
    path = lists[operation]
    for order in ("asc", "desc"):
        whole = raw("GET", f"{path}?order={order}").body
        control.disarm()
        control.arm("list.page_boundary(2)", operation, always=True)
        read: list[Any] = []
        after, pages = "", 0
        while True:
            page = raw("GET", f"{path}?order={order}{after}").body
            pages += 1
            read += page["data"]
            assert list(page) == list(whole)
            assert len(page["data"]) <= 2
            assert (page["first_id"], page["last_id"]) == (page["data"][0]["id"], page["data"][-1]["id"])
            if not page["has_more"]:
                break
            after = f"&after={page['last_id']}"
        assert read == whole["data"]
        assert fired(control) == pages - 1
        control.disarm()


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_who_pages_backwards_gets_everything(control: Control, raw: Raw, lists: Lists, order: str) -> None:
    """With `before`, the page next to the cursor is the one that is left."""
    path = lists["messages.list"]
    whole = raw("GET", f"{path}?order={order}").body["data"]
    control.arm("list.page_boundary(2)", always=True)
    read: list[Any] = []
    cursor = whole[-1]["id"]
    while True:
        page = raw("GET", f"{path}?order={order}&before={cursor}").body
        read = page["data"] + read
        if not page["has_more"]:
            break
        cursor = page["first_id"]
    assert read == whole[:-1]
    between = raw("GET", f"{path}?order={order}&after={whole[0]['id']}&before={whole[-1]['id']}").body
    assert between["data"] == whole[1:3]


def test_a_short_list_has_no_boundary(client: openai.OpenAI, control: Control, raw: Raw) -> None:
    """Nothing is cut from it, and the fault waits; what asked for no more keeps its own page."""
    thread = asking(client)
    control.arm("list.page_boundary(2)")
    page = raw("GET", f"/v1/threads/{thread}/messages").body
    assert (len(page["data"]), page["has_more"]) == (1, False)
    refused(client.beta.threads.messages.list, "thread_" + "x" * 24)
    for _ in range(3):
        client.beta.threads.messages.create(thread, role="user", content="And?")
    page = raw("GET", f"/v1/threads/{thread}/messages?limit=2").body
    assert (len(page["data"]), page["has_more"]) == (2, True)
    assert (seen(control), fired(control)) == (3, 0)
    with pytest.raises(ControlError):
        control.arm("list.page_boundary", "models.list")


# Somebody else


def test_a_message_as_if_by_the_assistant(client: openai.OpenAI, control: Control) -> None:
    """Of no assistant and no run; the model reads it in the next run."""
    thread = asking(client, "Hello")
    control.arm("list.extra_message(assistant, 'Bonjour, and good bye.')".replace("'", '"'))
    newest, _ = client.beta.threads.messages.list(thread).data
    assert (newest.role, newest.assistant_id, newest.run_id) == ("assistant", None, None)
    assert words(newest) == "Bonjour, and good bye."
    assert client.beta.threads.messages.retrieve(newest.id, thread_id=thread) == newest


def test_nobody_writes_while_a_run_is_active(client: openai.OpenAI, control: Control, raw: Raw) -> None:
    """As the API allows nobody to; nor on a thread that does not exist."""
    control.add_replies({"then": {"stall": "in_progress"}})
    thread = asking(client)
    begun = client.beta.threads.runs.create(thread, assistant_id=searching(client))
    control.arm("list.extra_message")
    path = f"/v1/threads/{thread}/messages"
    assert len(raw("GET", path).body["data"]) == 1
    assert raw("GET", "/v1/threads/thread_none/messages").status == 404
    assert seen(control) == 0
    client.beta.threads.runs.cancel(begun.id, thread_id=thread)
    client.beta.threads.runs.poll(begun.id, thread_id=thread, poll_interval_ms=0)
    assert len(raw("GET", path).body["data"]) == 2


# Citations


def test_all_citations_dangle(client: openai.OpenAI, control: Control) -> None:
    """What cited one file still cites one, all of them without a file; those of code too."""
    files = [upload(client, name, text).id for name, text in (("a.md", REFUNDS), ("b.md", SHIPPING))]
    control.add_replies(
        [
            {
                "when": {"last_user_message": "both"},
                "then": {
                    "file_search": {
                        "query": "refunds parcels",
                        "reply": "One 【4:0†x】, again 【4:0†x】, two 【4:1†y】.",
                    }
                },
            },
            {
                "then": {
                    "steps": [
                        {
                            "code_interpreter": {
                                "input": "f()",
                                "outputs": [{"file": {"name": "out.csv", "text": "1"}}],
                            }
                        },
                        {"reply": "See sandbox:/mnt/data/out.csv"},
                    ]
                }
            },
        ]
    )
    store = ready(client, *files).id
    tools: Any = [{"type": "file_search"}, {"type": "code_interpreter"}]
    assistant = searching(client, store, tools=tools)
    thread = asking(client, "both")
    run(client, thread, assistant)
    client.beta.threads.messages.create(thread, role="user", content="A file, please.")
    made = checked(only_message(client, run(client, thread, assistant)))
    assert [each.type for each in made] == ["file_path"]
    control.arm("annotation.dangling")
    code, _, search, _ = client.beta.threads.messages.list(thread).data
    named = [each.file_citation.file_id for each in checked(search)]
    assert (named[0] == named[1], len(set(named))) == (True, 2)
    (path,) = checked(code)
    for file in {*named, path.file_path.file_id}:
        assert refused(client.files.content, file)["status"] == 404
    assert client.files.content(made[0].file_path.file_id).read() == b"1"
    assert {file.id for file in client.files.list()} >= {*files, made[0].file_path.file_id}


def test_citations_dangle_only_where_the_assistant_wrote(client: openai.OpenAI, control: Control) -> None:
    """Not on threads without an answer, not in messages of users, not in unknown ones."""
    control.arm("annotation.dangling")
    thread = asking(client)
    (question,) = client.beta.threads.messages.list(thread).data
    refused(client.beta.threads.messages.retrieve, "msg_" + "x" * 24, thread_id=thread)
    done = run(client, thread, searching(client))
    client.beta.threads.messages.retrieve(question.id, thread_id=thread)
    assert seen(control) == 0
    (answer,) = client.beta.threads.messages.list(thread, run_id=done.id).data
    assert (len(checked(answer)), fired(control)) == (1, 1)


# Downloads


def test_what_may_not_be_downloaded_is_not_taken_away(client: openai.OpenAI, control: Control) -> None:
    """E-115 is answered for itself, and 404 for what is not there; the fault waits."""
    file = upload(client, "refunds.md", REFUNDS).id
    control.arm("file.content_gone")
    assert refused(client.files.content, file)["message"].startswith("Not allowed")
    assert refused(client.files.content, "file-" + "x" * 22)["status"] == 404
    assert client.files.retrieve(file).id == file
    assert seen(control) == 0


# Usage


def shown_usage(body: Any) -> list[bool]:
    """Of each object in an answer, whether it shows usage."""
    return [each["usage"] is not None for each in body.get("data", [body])]


READS: dict[str, Callable[[str, str, str], str]] = {
    "runs.retrieve": lambda thread, run, step: f"/v1/threads/{thread}/runs/{run}",
    "runs.list": lambda thread, run, step: f"/v1/threads/{thread}/runs",
    "runs.steps.list": lambda thread, run, step: f"/v1/threads/{thread}/runs/{run}/steps",
    "runs.steps.retrieve": lambda thread, run, step: f"/v1/threads/{thread}/runs/{run}/steps/{step}",
}


@pytest.mark.parametrize("operation", READS)
def test_usage_is_missing_once(client: openai.OpenAI, control: Control, raw: Raw, operation: str) -> None:
    """In all objects of the answer; nothing else differs, and the next answer has it."""
    thread, assistant = asking(client), searching(client)
    done = [run(client, thread, assistant) for _ in range(2)][-1]
    (step,) = client.beta.threads.runs.steps.list(done.id, thread_id=thread).data
    path = READS[operation](thread, done.id, step.id)
    before = raw("GET", path)
    control.arm("usage.null", operation)
    without = raw("GET", path)
    assert not any(shown_usage(without.body))
    assert raw("GET", path).raw == before.raw
    for each, whole in zip(
        without.body.get("data", [without.body]), before.body.get("data", [before.body]), strict=True
    ):
        assert {**each, "usage": whole["usage"]} == whole
    assert int(without.headers["content-length"]) == len(without.raw)


def test_usage_is_missing_where_it_would_be_shown(client: openai.OpenAI, control: Control) -> None:
    """A new run shows none by itself: the fault waits for the answer that would."""
    thread = asking(client)
    control.arm("usage.null", "runs.*")
    begun = client.beta.threads.runs.create(thread, assistant_id=searching(client))
    assert (begun.usage, fired(control)) == (None, 0)
    done = client.beta.threads.runs.poll(begun.id, thread_id=thread, poll_interval_ms=0)
    assert (done.status, done.usage, fired(control)) == ("completed", None, 1)


@pytest.mark.parametrize("order", [("usage.null", "X"), ("X", "usage.null")])
@pytest.mark.parametrize("other", ["drip", "slow", "cut_body", "bad_json", "wrong_type", "empty_200"])
def test_altered_answers_among_other_faults(
    client: openai.OpenAI, control: Control, raw: Raw, other: str, order: tuple[str, str]
) -> None:
    """Whatever else becomes of the answer, it ends, and the next one is whole."""
    thread = asking(client)
    done = run(client, thread, searching(client))
    path = f"/v1/threads/{thread}/runs/{done.id}"
    before = raw("GET", path)
    for fault in order:
        control.arm(other if fault == "X" else fault, "runs.*")
    with contextlib.suppress(http.client.HTTPException, ConnectionError, ValueError):
        answer = raw("GET", path)
        if other in ("drip", "slow"):
            assert (answer.status, answer.body["usage"]) == (200, None)
            assert int(answer.headers["content-length"]) == len(answer.raw)
    raw.connection.close()
    control.disarm()
    assert raw("GET", path).raw == before.raw


@pytest.mark.parametrize("other", ["sse.split_utf8", "sse.crlf", "sse.comments", "sse.no_done"])
@pytest.mark.parametrize("first", [True, False])
def test_altered_streams_among_other_faults(
    client: openai.OpenAI, control: Control, raw: Raw, other: str, first: bool
) -> None:
    """Events in pieces, with other line ends or comments between are altered all the same."""
    assistant = searching(client)
    faults = [other, "usage.null"] if first else ["usage.null", other]
    for fault in faults:
        control.arm(fault, "runs.create")
    body = {"assistant_id": assistant, "stream": True}
    text = raw("POST", f"/v1/threads/{asking(client)}/runs", body).raw.decode()
    assert '"status":"completed"' in text
    assert '"usage":{' not in text
    assert [armed["fired"] for armed in control.faults()] == [1, 1]
