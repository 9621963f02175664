"""tool_resources of assistants, threads and runs, and the attachments of messages that add to them."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from harness.control import Control
from tests.conftest import Raw
from tests.files.library import moment, only_message, ready, refused, settled, steps, upload, words

DAY = 86_400
CODE: Any = {"type": "code_interpreter"}
SEARCH: Any = {"type": "file_search"}
TEXT = "The otter lives at the river."


def message(text: str, *attachments: tuple[str, list[Any]]) -> Any:
    """What the user says, with files for these tools."""
    listed = [{"file_id": file, "tools": tools} for file, tools in attachments]
    return {"role": "user", "content": text, "attachments": listed}


def stores_of(raw: Raw, kind: str, object_id: str) -> list[str]:
    """The ids of an assistant's or thread's vector stores."""
    resources = raw("GET", f"/v1/{kind}/{object_id}").body["tool_resources"]
    found: list[str] = resources.get("file_search", {}).get("vector_store_ids", [])
    return found


def code_of(raw: Raw, kind: str, object_id: str) -> list[str]:
    """The ids of the code interpreter's files of an assistant or thread."""
    resources = raw("GET", f"/v1/{kind}/{object_id}").body["tool_resources"]
    found: list[str] = resources.get("code_interpreter", {}).get("file_ids", [])
    return found


# Helpers that make stores


@pytest.mark.parametrize("kind", ["assistants", "threads"])
def test_a_store_is_made_on_the_way(client: openai.OpenAI, control: Control, raw: Raw, kind: str) -> None:
    """With its files, chunks and metadata; that of a thread goes after seven days, an assistant's stays."""
    file = upload(client, "a.txt", TEXT).id
    sizes = {"type": "static", "static": {"max_chunk_size_tokens": 200, "chunk_overlap_tokens": 50}}
    new = {"file_ids": [file], "chunking_strategy": sizes, "metadata": {"made": "here"}}
    body = {"tool_resources": {"file_search": {"vector_stores": [new]}}}
    answer = raw("POST", f"/v1/{kind}", body | ({"model": "gpt-4o"} if kind == "assistants" else {}))
    (store_id,) = answer.body["tool_resources"]["file_search"]["vector_store_ids"]
    assert "vector_stores" not in answer.body["tool_resources"]["file_search"]
    assert stores_of(raw, kind, answer.body["id"]) == [store_id]
    store = settled(client, store_id)
    assert (store.metadata, store.file_counts.completed) == ({"made": "here"}, 1)
    entry = client.vector_stores.files.list(store_id).data[0]
    assert entry.chunking_strategy.to_dict() == sizes  # type: ignore[union-attr]
    if kind == "threads":
        assert store.expires_after is not None
        assert (store.expires_after.anchor, store.expires_after.days) == ("last_active_at", 7)
        assert store.expires_at == store.last_active_at + 7 * DAY  # type: ignore[operator]
    else:
        assert store.expires_after is None
    control.advance(7 * DAY)
    assert client.vector_stores.retrieve(store_id).status == ("expired" if kind == "threads" else "completed")


def test_an_empty_store_may_be_made(client: openai.OpenAI, raw: Raw) -> None:
    """`vector_stores: [{}]`; deleting the owner leaves the store."""
    body: Any = {"tool_resources": {"file_search": {"vector_stores": [{}]}}}
    thread = raw("POST", "/v1/threads", body).body
    (store_id,) = thread["tool_resources"]["file_search"]["vector_store_ids"]
    assert client.vector_stores.retrieve(store_id).file_counts.total == 0
    client.beta.threads.delete(thread["id"])
    assert client.vector_stores.retrieve(store_id).status == "completed"


# Limits


@pytest.mark.parametrize("kind", ["assistants", "threads"])
def test_one_store_for_each(client: openai.OpenAI, raw: Raw, kind: str) -> None:
    """E-58 with its words, for ids and for new ones, and not both."""
    stores = [client.vector_stores.create().id for _ in range(2)]
    more = {"model": "gpt-4o"} if kind == "assistants" else {}
    made = raw("POST", f"/v1/{kind}", more).body["id"]
    for path, search in (
        ("", {"vector_store_ids": stores}),
        ("", {"vector_stores": [{}, {}]}),
        (f"/{made}", {"vector_store_ids": stores}),
    ):
        answer = raw(
            "POST",
            f"/v1/{kind}{path}",
            {"tool_resources": {"file_search": search}} | (more if not path else {}),
        )
        name = next(iter(search))
        assert (answer.status, answer.body["error"]["message"]) == (
            400,
            (
                f"Invalid 'tool_resources.file_search.{name}': array too long. Expected an array with maximum"
                " length 1, but got an array with length 2 instead."
            ),
        )
    both = {"vector_store_ids": stores[:1], "vector_stores": [{}]}
    answer = raw("POST", f"/v1/{kind}", {"tool_resources": {"file_search": both}} | more)
    assert answer.body["error"]["code"] == "mutually_exclusive_parameters"
    assert len(client.vector_stores.list().data) == 2


@pytest.mark.parametrize("kind", ["assistants", "threads"])
def test_twenty_files_for_code(client: openai.OpenAI, raw: Raw, kind: str) -> None:
    """The twenty-first is refused, on making and on changing; what was there stays."""
    files = [upload(client, f"{number}.csv", "a\n1\n").id for number in range(21)]
    more = {"model": "gpt-4o"} if kind == "assistants" else {}

    def wanted(ids: list[str]) -> dict[str, Any]:
        return {"tool_resources": {"code_interpreter": {"file_ids": ids}}}

    made = raw("POST", f"/v1/{kind}", wanted(files[:20]) | more)
    assert made.body["tool_resources"]["code_interpreter"]["file_ids"] == files[:20]
    for path, body in (
        (f"/v1/{kind}", wanted(files) | more),
        (f"/v1/{kind}/{made.body['id']}", wanted(files)),
    ):
        error = raw("POST", path, body).body["error"]
        assert error["message"] == (
            "Invalid 'tool_resources.code_interpreter.file_ids': array too long. Expected an array with"
            " maximum length 20, but got an array with length 21 instead."
        )
        assert error["code"] == "array_above_max_length"
    assert code_of(raw, kind, made.body["id"]) == files[:20]


def test_attachments_share_the_limit(client: openai.OpenAI, control: Control, raw: Raw) -> None:
    """Of the thread, whatever way its files came; a message that is refused adds nothing."""
    control.new_world(limits={"code_interpreter_files": 3})
    files = [upload(client, f"{number}.csv", "a\n1\n").id for number in range(5)]
    resources: Any = {"code_interpreter": {"file_ids": files[:1]}}
    thread = client.beta.threads.create(tool_resources=resources).id
    path = f"/v1/threads/{thread}/messages"
    assert raw("POST", path, message("Two.", (files[1], [CODE]), (files[2], [CODE]))).status == 200
    assert raw("POST", path, message("The same again.", (files[0], [CODE]), (files[1], [CODE]))).status == 200
    answer = raw("POST", path, message("Too many.", (files[3], [CODE])))
    assert (answer.status, answer.body["error"]["code"]) == (400, "array_above_max_length")
    assert code_of(raw, "threads", thread) == files[:3]
    assert len(raw("GET", path).body["data"]) == 2


@pytest.mark.parametrize(
    ("resources", "status", "part"),
    [
        ({"code_interpreter": {"file_ids": ["file-unknown"]}}, 400, "file-unknown"),
        ({"code_interpreter": {"file_ids": ["unknown"]}}, 400, "Expected an ID that begins with 'file'"),
        (
            {"file_search": {"vector_store_ids": ["vs_unknown"]}},
            404,
            "No vector store found with id 'vs_unknown'.",
        ),
        ({"file_search": {"vector_store_ids": ["unknown"]}}, 400, "Expected an ID that begins with 'vs'"),
        ({"file_search": {"vector_stores": [{"file_ids": ["file-unknown"]}]}}, 400, "were not found"),
        ({"file_search": {"file_ids": []}}, 400, "Unknown parameter: 'tool_resources.file_search.file_ids'."),
        ({"retrieval": {}}, 400, "Unknown parameter: 'tool_resources.retrieval'."),
    ],
)
def test_resources_that_are_not_there(
    client: openai.OpenAI, raw: Raw, resources: Any, status: int, part: str
) -> None:
    """Refused wherever they can be named; nothing is made."""
    assistant = client.beta.assistants.create(model="gpt-4o").id
    thread = client.beta.threads.create().id
    body = {"tool_resources": resources}
    new_stores = "vector_stores" in resources.get("file_search", {})
    for path, more in (
        ("/assistants", {"model": "gpt-4o"}),
        ("/threads", {}),
        (f"/assistants/{assistant}", {}),
        (f"/threads/{thread}", {}),
        ("/threads/runs", {"assistant_id": assistant, "thread": {"messages": [message("Hello.")]}}),
    ):
        answer = raw("POST", f"/v1{path}", body | more)
        if new_stores and (path.count("/") > 1):
            assert (answer.status, answer.body["error"]["code"]) == (400, "unknown_parameter")
            continue
        assert (answer.status, part in answer.body["error"]["message"]) == (status, True)
    assert len(client.beta.assistants.list().data) == 1
    assert client.vector_stores.list().data == []


# Changing


def test_resources_are_replaced(client: openai.OpenAI, raw: Raw) -> None:
    """What an update names is new, on assistants and threads."""
    files = [upload(client, f"{number}.csv", "a\n1\n").id for number in range(2)]
    store = client.vector_stores.create().id
    for kind, more in (("assistants", {"model": "gpt-4o", "tools": [CODE, SEARCH]}), ("threads", {})):
        first = {"code_interpreter": {"file_ids": files[:1]}, "file_search": {"vector_store_ids": [store]}}
        made = raw("POST", f"/v1/{kind}", {"tool_resources": first} | more).body["id"]
        assert (code_of(raw, kind, made), stores_of(raw, kind, made)) == (files[:1], [store])
        raw("POST", f"/v1/{kind}/{made}", {"tool_resources": {"code_interpreter": {"file_ids": files}}})
        assert code_of(raw, kind, made) == files
        raw("POST", f"/v1/{kind}/{made}", {"metadata": {"a": "b"}})
        assert code_of(raw, kind, made) == files


# Attachments


def test_an_attachment_for_search_makes_the_threads_store(client: openai.OpenAI, raw: Raw) -> None:
    """Made once, with seven days to live; later files join it."""
    first, second = (upload(client, f"{number}.txt", TEXT).id for number in (1, 2))
    thread = client.beta.threads.create().id
    assert stores_of(raw, "threads", thread) == []
    path = f"/v1/threads/{thread}/messages"
    answer = raw("POST", path, message("Look.", (first, [SEARCH])))
    assert answer.body["attachments"] == [{"file_id": first, "tools": [SEARCH]}]
    (store_id,) = stores_of(raw, "threads", thread)
    store = client.vector_stores.retrieve(store_id)
    assert store.expires_after is not None
    assert store.expires_after.days == 7
    raw("POST", path, message("And this.", (second, [SEARCH]), (first, [SEARCH])))
    assert stores_of(raw, "threads", thread) == [store_id]
    assert settled(client, store_id).file_counts.to_dict()["total"] == 2
    assert code_of(raw, "threads", thread) == []


def test_an_attachment_joins_the_store_a_thread_has(client: openai.OpenAI, raw: Raw) -> None:
    """Whoever made it."""
    store = ready(client, upload(client, "a.txt", TEXT).id)
    resources: Any = {"file_search": {"vector_store_ids": [store.id]}}
    thread = client.beta.threads.create(tool_resources=resources)
    client.beta.threads.messages.create(
        thread.id, **message("Look.", (upload(client, "b.txt", TEXT).id, [SEARCH]))
    )
    assert stores_of(raw, "threads", thread.id) == [store.id]
    assert settled(client, store.id).file_counts.completed == 2


def test_one_file_for_both_tools(client: openai.OpenAI, raw: Raw) -> None:
    """In one attachment or in two; `tools` may be empty, and then nothing comes of it."""
    file, idle = upload(client, "a.json", '{"a": 1}').id, upload(client, "b.json", '{"a": 1}').id
    for attachments in (
        [(file, [CODE, SEARCH])],
        [(file, [CODE]), (file, [SEARCH])],
        [(file, [SEARCH, SEARCH, CODE])],
    ):
        thread = client.beta.threads.create(messages=[message("Look.", *attachments, (idle, []))]).id
        (store,) = stores_of(raw, "threads", thread)
        assert code_of(raw, "threads", thread) == [file]
        assert settled(client, store).file_counts.total == 1


def test_every_door_takes_attachments(client: openai.OpenAI, raw: Raw) -> None:
    """First messages, a message, a run's additional messages, and create and run."""
    file = upload(client, "otter.md", TEXT).id
    asked = message("Where does the otter live?", (file, [SEARCH]))
    assistant = client.beta.assistants.create(model="gpt-4o", tools=[SEARCH]).id
    runs = client.beta.threads.runs

    def first() -> Any:
        thread = client.beta.threads.create(messages=[asked]).id
        return runs.create_and_poll(thread_id=thread, assistant_id=assistant, poll_interval_ms=0)

    def later() -> Any:
        thread = client.beta.threads.create().id
        client.beta.threads.messages.create(thread, **asked)
        return runs.create_and_poll(thread_id=thread, assistant_id=assistant, poll_interval_ms=0)

    def additional() -> Any:
        thread = client.beta.threads.create().id
        return runs.create_and_poll(
            thread_id=thread, assistant_id=assistant, additional_messages=[asked], poll_interval_ms=0
        )

    def together() -> Any:
        return client.beta.threads.create_and_run_poll(
            assistant_id=assistant, thread={"messages": [asked]}, poll_interval_ms=0
        )

    for door in (first, later, additional, together):
        done = door()
        assert "The otter lives at the river." in words(only_message(client, done))
        assert len(stores_of(raw, "threads", done.thread_id)) == 1


@pytest.mark.parametrize(
    ("attachments", "param"),
    [
        ([{"file_id": "x", "tools": []}], "attachments[0].file_id"),
        ([{"tools": []}], "attachments[0].file_id"),
        ([{"file_id": "file-1", "tools": [{"type": "function"}]}], "attachments[0].tools[0].type"),
        ([{"file_id": "file-1", "tools": "all"}], "attachments[0].tools"),
        ("file-1", "attachments"),
    ],
)
def test_attachments_that_cannot_be_understood(
    client: openai.OpenAI, raw: Raw, attachments: Any, param: str
) -> None:
    """The path is that of the message, also inside a new thread (E-30)."""
    thread = client.beta.threads.create().id
    said = {"role": "user", "content": "Hello.", "attachments": attachments}
    answer = raw("POST", f"/v1/threads/{thread}/messages", said)
    assert (answer.status, answer.body["error"]["param"]) == (400, param)
    answer = raw("POST", "/v1/threads", {"messages": [said]})
    assert (answer.status, answer.body["error"]["param"]) == (400, f"messages[0].{param}")


def test_attachments_of_files_that_cannot_be_used(client: openai.OpenAI, raw: Raw) -> None:
    """E-33 and E-112; nothing of the message or thread is made, nor a store."""
    table, good = upload(client, "t.csv", "a\n1\n").id, upload(client, "a.txt", TEXT).id
    thread = client.beta.threads.create().id
    path = f"/v1/threads/{thread}/messages"
    answer = raw("POST", path, message("Look.", (good, [SEARCH]), (table, [SEARCH])))
    assert answer.status == 400
    assert answer.body["error"]["message"].startswith(
        "Files with extensions [.csv] are not supported for retrieval."
    )
    assert answer.body["error"]["code"] == "unsupported_file"
    answer = raw("POST", path, message("Look.", (good, [CODE]), ("file-unknown", [CODE])))
    assert (answer.status, answer.body["error"]["message"].endswith("were not found")) == (400, True)
    answer = raw(
        "POST",
        "/v1/threads",
        {"messages": [message("ok", (good, [SEARCH])), message("no", (table, [SEARCH]))]},
    )
    assert answer.status == 400
    assert raw("GET", path).body["data"] == []
    assert client.vector_stores.list().data == []
    assert (code_of(raw, "threads", thread), stores_of(raw, "threads", thread)) == ([], [])
    assert raw("POST", path, message("For code.", (table, [CODE]))).status == 200


def test_an_attachment_to_an_expired_store(client: openai.OpenAI, control: Control, raw: Raw) -> None:
    """Refused with E-84's words; without a store of its own again, a new one is made."""
    thread = client.beta.threads.create(
        messages=[message("Look.", (upload(client, "a.txt", TEXT).id, [SEARCH]))]
    ).id
    (store,) = stores_of(raw, "threads", thread)
    control.advance(8 * DAY)
    later = message("And this.", (upload(client, "b.txt", TEXT).id, [SEARCH]))
    answer = raw("POST", f"/v1/threads/{thread}/messages", later)
    assert (answer.status, answer.body["error"]["message"]) == (400, f"Vector store '{store}' has expired")
    client.vector_stores.delete(store)
    assert raw("POST", f"/v1/threads/{thread}/messages", later).status == 200
    assert stores_of(raw, "threads", thread) != [store]


def test_a_pictures_file_must_be_one(client: openai.OpenAI, raw: Raw) -> None:
    """E-77 for files: by the extension; an unknown file is not found."""
    thread = client.beta.threads.create().id
    path = f"/v1/threads/{thread}/messages"

    def picture(file: str) -> Any:
        return {"role": "user", "content": [{"type": "image_file", "image_file": {"file_id": file}}]}

    error = raw("POST", path, picture(upload(client, "a.txt", TEXT).id)).body["error"]
    assert error["message"].startswith(
        "Invalid message content: Expected file type to be a supported format: .jpeg, .jpg, .png, .gif,"
        " .webp but got .txt"
    )
    assert raw("POST", path, picture("file-unknown")).status == 400
    for name in ("a.png", "b.JPG", "c.jpeg", "d.gif", "e.webp"):
        assert raw("POST", path, picture(upload(client, name, b"x", "vision").id)).status == 200


# Runs


def test_create_and_run_replaces_the_assistants_resources(client: openai.OpenAI, raw: Raw) -> None:
    """For that run alone: the assistant keeps its own."""
    own = ready(client, upload(client, "own.md", "The otter lives at home.").id).id
    given = ready(client, upload(client, "given.md", "The otter lives elsewhere.").id).id
    resources: Any = {"file_search": {"vector_store_ids": [own]}}
    assistant = client.beta.assistants.create(model="gpt-4o", tools=[SEARCH], tool_resources=resources).id
    thread: Any = {"messages": [message("Where does the otter live?")]}
    done = client.beta.threads.create_and_run_poll(
        assistant_id=assistant,
        thread=thread,
        tool_resources={"file_search": {"vector_store_ids": [given]}},
        poll_interval_ms=0,
    )
    results = steps(raw, done)[0]["step_details"]["tool_calls"][0]["file_search"]["results"]
    assert [each["file_name"] for each in results] == ["given.md"]
    again = client.beta.threads.create_and_run_poll(assistant_id=assistant, thread=thread, poll_interval_ms=0)
    results = steps(raw, again)[0]["step_details"]["tool_calls"][0]["file_search"]["results"]
    assert [each["file_name"] for each in results] == ["own.md"]


def test_create_and_run_with_a_threads_resources(client: openai.OpenAI, raw: Raw, control: Control) -> None:
    """The thread's new store is waited for and belongs to the thread afterwards."""
    file = upload(client, "otter.md", TEXT).id
    assistant = client.beta.assistants.create(model="gpt-4o", tools=[SEARCH]).id
    began = moment(control)
    new: Any = {
        "messages": [message("Where does the otter live?")],
        "tool_resources": {"file_search": {"vector_stores": [{"file_ids": [file]}]}},
    }
    done = client.beta.threads.create_and_run_poll(assistant_id=assistant, thread=new, poll_interval_ms=0)
    assert "at the river" in words(only_message(client, done))
    assert moment(control) - began < 60
    (store,) = stores_of(raw, "threads", done.thread_id)
    assert client.vector_stores.retrieve(store).expires_after.days == 7  # type: ignore[union-attr]


def test_a_refused_create_and_run_makes_nothing(client: openai.OpenAI, raw: Raw) -> None:
    """The store of the thread is not left behind when its message cannot be."""
    good, table = upload(client, "a.txt", TEXT).id, upload(client, "t.csv", "a\n1\n").id
    assistant = client.beta.assistants.create(model="gpt-4o", tools=[SEARCH]).id
    thread: Any = {
        "messages": [message("Look.", (table, [SEARCH]))],
        "tool_resources": {"file_search": {"vector_stores": [{"file_ids": [good]}]}},
    }
    assert refused(client.beta.threads.create_and_run, assistant_id=assistant, thread=thread)["status"] == 400
    assert client.vector_stores.list().data == []
    assert raw("GET", "/v1/vector_stores").body["data"] == []


def test_assistant_and_thread_files_are_both_there_for_code(client: openai.OpenAI, raw: Raw) -> None:
    """The newest of the thread first; the file that came with the question wins."""
    one, two = upload(client, "one.csv", "apples\n1\n2\n").id, upload(client, "two.csv", "pears\n3\n5\n").id
    resources: Any = {"code_interpreter": {"file_ids": [one]}}
    assistant = client.beta.assistants.create(model="gpt-4o", tools=[CODE], tool_resources=resources).id
    thread = client.beta.threads.create(messages=[message("What is in the data?", (two, [CODE]))]).id
    done = client.beta.threads.runs.create_and_poll(
        thread_id=thread, assistant_id=assistant, poll_interval_ms=0
    )
    assert "pears" in words(only_message(client, done))
    other = client.beta.threads.create(messages=[message("What is in the data?")]).id
    done = client.beta.threads.runs.create_and_poll(
        thread_id=other, assistant_id=assistant, poll_interval_ms=0
    )
    assert "apples" in words(only_message(client, done))
