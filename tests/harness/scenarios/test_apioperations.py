"""The table of operations, held against the SDK, the server's routes and the server itself."""

from __future__ import annotations

import base64
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openai
import pytest

from harness.apioperations import OPERATIONS, SendingError, UnsupportedOperationError, find
from harness.apioperations.operation import ApiOperation, by_name
from harness.capabilities import CAPABILITIES
from harness.control import Control
from mockserver.operations import discover

OF_EVERY_METHOD = {"self", "extra_headers", "extra_query", "extra_body", "timeout"}
STREAMED = {"stream"}
"""Said by the verb `stream`, not by an argument."""

CONVENIENCES = {
    "beta.assistants": set(),
    "beta.threads": {"create_and_run_poll", "create_and_run_stream"},
    "beta.threads.messages": set(),
    "beta.threads.runs": {
        *("create_and_poll", "create_and_stream", "poll", "stream"),
        *("submit_tool_outputs_and_poll", "submit_tool_outputs_stream"),
    },
    "beta.threads.runs.steps": set(),
    "files": {"retrieve_content", "wait_for_processing"},
    "uploads": {"upload_file_chunked"},
    "uploads.parts": set(),
    "vector_stores": set(),
    "vector_stores.files": {"create_and_poll", "poll", "upload", "upload_and_poll"},
    "vector_stores.file_batches": {"create_and_poll", "poll", "upload_and_poll"},
    "models": set(),
}
"""The resources whose methods are operations, with those that are several calls in one."""


def resource(client: openai.OpenAI, path: str) -> Any:
    found: Any = client
    for name in path.split("."):
        found = getattr(found, name)
    return found


def methods(client: openai.OpenAI, path: str) -> set[str]:
    """The public methods of a resource that call the API."""
    kind = type(resource(client, path))
    found = inspect.getmembers(kind, inspect.isfunction)
    return {
        name for name, method in found if not name.startswith("_") and method.__module__ == kind.__module__
    }


@pytest.mark.parametrize("name", OPERATIONS)
def test_takes_what_the_sdk_takes(name: str, any_client: openai.OpenAI) -> None:
    operation = OPERATIONS[name]
    path, _, method = operation.method.rpartition(".")
    parameters = inspect.signature(getattr(type(resource(any_client, path)), method)).parameters
    known = {key: value for key, value in parameters.items() if key not in OF_EVERY_METHOD | STREAMED}
    assert set(operation.arguments) == set(known)
    needed = {key for key, value in known.items() if value.default is inspect.Parameter.empty}
    assert set(operation.needed) == needed


@pytest.mark.parametrize("path", CONVENIENCES)
def test_every_method_of_the_sdk_is_an_operation(path: str, any_client: openai.OpenAI) -> None:
    declared = {
        method
        for way, _, method in (each.method.rpartition(".") for each in OPERATIONS.values())
        if way == path
    }
    assert declared == methods(any_client, path) - CONVENIENCES[path]


def test_every_route_is_an_operation_and_every_operation_a_route() -> None:
    served = {operation.name for operation in discover()}
    assert set(OPERATIONS) == {name for name in served if not name.startswith(("control.", "v1."))}


def test_path_arguments_are_those_of_the_route() -> None:
    for operation in discover():
        if operation.name in OPERATIONS:
            declared = OPERATIONS[operation.name].path
            assert [f"{{{name}}}" for name in declared] == [
                part for part in operation.path.split("/") if part.startswith("{")
            ]


def test_capabilities_and_deletions_exist() -> None:
    for operation in OPERATIONS.values():
        assert operation.capability in CAPABILITIES
        if operation.deleted_by is not None:
            undo = find(operation.deleted_by)
            assert set(undo.path) - set(operation.path) <= {"file_id", *(f"{kind}_id" for kind in OF_KINDS)}


OF_KINDS = ("assistant", "thread", "message", "upload", "vector_store")


def test_the_nearest_name_is_suggested() -> None:
    with pytest.raises(LookupError, match=r"no operation 'thread\.create'; did you mean 'threads.create'\?"):
        find("thread.create")


def test_a_name_cannot_be_declared_twice() -> None:
    with pytest.raises(ValueError, match=r"threads\.create is declared twice"):
        by_name([find("threads.create")], [ApiOperation("threads.create", "", "threads.create", "threads")])


# Called for real


class Conversation:
    """Calls operations by name, and remembers the answers."""

    def __init__(self, client: openai.OpenAI) -> None:
        self.client = client
        self.called: list[str] = []

    def __call__(self, name: str, /, **arguments: Any) -> Any:
        self.called.append(name)
        return find(name).call(self.client, arguments)


def everything(call: Conversation) -> Iterator[str]:
    """Every operation once, in an order in which each succeeds."""
    model = call("models.list")["data"][0]["id"]
    assert call("models.retrieve", model=model)["object"] == "model"
    with pytest.raises(openai.PermissionDeniedError):
        call("models.delete", model=model)

    file = call(
        "files.create", purpose="assistants", file={"name": "a.md", "text": "Refunds within 30 days."}
    )
    assert call("files.retrieve", file_id=file["id"]) == file
    assert call("files.list", purpose="assistants", limit=1)["data"] == [file]
    assert file["bytes"] == len("Refunds within 30 days.")
    upload = call("uploads.create", filename="b.md", purpose="assistants", bytes=5, mime_type="text/markdown")
    part = call("uploads.parts.create", upload_id=upload["id"], data={"name": "part", "text": "Hello"})
    done = call("uploads.complete", upload_id=upload["id"], part_ids=[part["id"]])
    assert done["file"]["filename"] == "b.md"
    other = call("uploads.create", filename="c.md", purpose="assistants", bytes=5, mime_type="text/markdown")
    assert call("uploads.cancel", upload_id=other["id"])["status"] == "cancelled"

    yield from _stores(call, file["id"], done["file"]["id"])
    yield from _conversation(call, model)
    assert call("files.delete", file_id=file["id"])["deleted"] is True


def _stores(call: Conversation, file_id: str, other_id: str) -> Iterator[str]:
    store = call("vector_stores.create", name="kb", metadata={"lang": "en"})
    vs = {"vector_store_id": store["id"]}
    yield "store"
    assert call("vector_stores.retrieve", **vs)["name"] == "kb"
    assert call("vector_stores.update", **vs, name="Handbook")["name"] == "Handbook"
    assert [each["id"] for each in call("vector_stores.list")["data"]] == [store["id"]]
    one = {**vs, "file_id": file_id}
    call("vector_stores.files.create", **one, attributes={"lang": "en"})
    assert call("vector_stores.files.update", **one, attributes={"lang": "de"})["attributes"] == {
        "lang": "de"
    }
    batch = call("vector_stores.file_batches.create", **vs, file_ids=[other_id])
    in_batch = {**vs, "batch_id": batch["id"]}
    assert call("vector_stores.file_batches.retrieve", **in_batch)["file_counts"]["total"] == 1
    assert call("vector_stores.file_batches.files", **in_batch)["object"] == "list"
    call("vector_stores.file_batches.cancel", **in_batch)
    yield "indexed"
    assert call("vector_stores.files.retrieve", **one)["status"] == "completed"
    assert file_id in [
        each["id"] for each in call("vector_stores.files.list", **vs, filter="completed")["data"]
    ]
    assert "30 days" in call("vector_stores.files.content", **one)["data"][0]["text"]
    found = call("vector_stores.search", **vs, query="refunds", max_num_results=1)
    assert found["object"] == "vector_store.search_results.page"
    assert found["data"][0]["filename"] == "a.md"
    assert call("vector_stores.files.delete", **one)["deleted"] is True
    assert call("vector_stores.delete", **vs)["deleted"] is True


def _conversation(call: Conversation, model: str) -> Iterator[str]:
    tool = {"type": "function", "function": {"name": "f"}}
    assistant = call("assistants.create", model="gpt-4o", name="Clerk", tools=[tool])
    clerk = {"assistant_id": assistant["id"]}
    assert call("assistants.retrieve", **clerk) == assistant
    assert call("assistants.update", **clerk, name="Boss")["name"] == "Boss"
    assert call("assistants.list", order="asc")["data"][0]["name"] == "Boss"
    thread = call("threads.create")
    on = {"thread_id": thread["id"]}
    assert call("threads.retrieve", **on)["object"] == "thread"
    assert call("threads.update", **on, metadata={"a": "b"})["metadata"] == {"a": "b"}
    message = call("messages.create", **on, role="user", content="Call f, please.")
    this = {**on, "message_id": message["id"]}
    assert call("messages.retrieve", **this)["content"][0]["text"]["value"] == "Call f, please."
    assert call("messages.update", **this, metadata={"n": "1"})["metadata"] == {"n": "1"}
    run = call("runs.create", **on, **clerk)
    assert run["status"] == "queued"
    yield "run"
    in_run = {**on, "run_id": run["id"]}
    run = call("runs.retrieve", **in_run)
    assert run["status"] == "requires_action"
    calls = run["required_action"]["submit_tool_outputs"]["tool_calls"]
    outputs = [{"tool_call_id": each["id"], "output": "21"} for each in calls]
    assert call("runs.submit_tool_outputs", **in_run, tool_outputs=outputs)["status"] in (
        "queued",
        "in_progress",
    )
    yield "answered"
    steps = call("runs.steps.list", **in_run, order="asc")["data"]
    assert call("runs.steps.retrieve", **in_run, step_id=steps[0]["id"])["type"] == "tool_calls"
    assert call("runs.update", **in_run, metadata={"n": "1"})["metadata"] == {"n": "1"}
    assert call("runs.list", **on)["data"][0]["id"] == run["id"]
    assert len(call("messages.list", **on, run_id=run["id"])["data"]) == 1
    assert call("messages.delete", **this)["deleted"] is True
    other = call(
        "threads.create_and_run", **clerk, thread={"messages": [{"role": "user", "content": "Hello."}]}
    )
    cancelled = call("runs.cancel", thread_id=other["thread_id"], run_id=other["id"])
    assert cancelled["status"] == "cancelling"
    assert call("threads.delete", **on)["deleted"] is True
    assert call("assistants.delete", **clerk)["deleted"] is True


def test_every_operation_is_called_under_its_name(client: openai.OpenAI, control: Control) -> None:
    calls = {"tool_calls": [{"function": "f", "arguments": {}}], "on_outputs": {"reply": "Done."}}
    control.add_replies({"then": calls, "times": 1})
    call = Conversation(client)
    for _ in everything(call):
        control.advance(60)
    entries = control.journal(limit=1000)
    assert [entry["operation"] for entry in entries if entry.get("operation") in OPERATIONS] == call.called
    assert set(call.called) == set(OPERATIONS) - {"files.content"}


def test_contents_are_texts_or_base64(client: openai.OpenAI, control: Control) -> None:
    binary = base64.b64encode(b"\xff\x00").decode()
    control.fixtures(
        [
            {
                "object": "file",
                "id": "file-t",
                "filename": "t.txt",
                "purpose": "assistants_output",
                "text": "Zürich",
            },
            {
                "object": "file",
                "id": "file-b",
                "filename": "b.png",
                "purpose": "assistants_output",
                "base64": binary,
            },
        ]
    )
    content = find("files.content")
    assert content.call(client, {"file_id": "file-t"}) == {"bytes": 7, "text": "Zürich"}
    assert content.call(client, {"file_id": "file-b"}) == {"bytes": 2, "base64": "/wA="}


def test_files_stand_beside_the_scenario(client: openai.OpenAI, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "sales.csv").write_bytes(b"a,b\n1,2\n")
    create = find("files.create")
    sent = create.call(client, {"purpose": "assistants", "file": {"path": "data/sales.csv"}}, beside=tmp_path)
    assert (sent["filename"], sent["bytes"]) == ("sales.csv", 8)
    sent = create.call(client, {"purpose": "assistants", "file": {"name": "x.md", "base64": "SGVsbG8="}})
    assert (sent["filename"], sent["bytes"]) == ("x.md", 5)


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ({"name": "a.md", "path": "nowhere.md"}, "nowhere.md cannot be read: No such file"),
        ({"name": "a.md", "base64": "§"}, "the base64 of 'a.md' is none"),
        ({"name": "a.md"}, "the file 'a.md' has neither text nor base64 nor path"),
    ],
)
def test_files_that_cannot_be_sent(any_client: openai.OpenAI, file: Mapping[str, str], reason: str) -> None:
    with pytest.raises(SendingError, match=reason):
        find("files.create").call(any_client, {"purpose": "assistants", "file": file})


def test_an_answer_comes_with_its_headers(client: openai.OpenAI) -> None:
    reply = find("threads.create").exchange(client, {})
    assert reply.data["object"] == "thread"
    assert reply.headers["x-request-id"].startswith("req_")


def test_arguments_that_the_sdk_does_not_know_leave_all_the_same(
    client: openai.OpenAI, control: Control
) -> None:
    with pytest.raises(openai.BadRequestError, match="Unknown parameter: 'colour'"):
        find("assistants.create").call(client, {"model": "gpt-4o", "colour": "red"})
    (entry,) = control.journal(operation="assistants.create")
    assert entry["request"] == {"model": "gpt-4o", "colour": "red"}
    find("files.list").call(client, {"limit": 1, "before": "file-1"})
    (entry,) = control.journal(operation="files.list")
    assert "before=file-1" in str(entry)


def test_wrong_values_leave_as_they_are(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        find("threads.create").call(client, {"metadata": {"n": 5}})
    assert caught.value.param == "metadata.n"


def test_vector_stores_lay_below_beta_once() -> None:
    """In version 1.30, which has no searches at all."""

    def retrieve(vector_store_id: str) -> str:
        return vector_store_id

    young: Any = SimpleNamespace(beta=SimpleNamespace(vector_stores=SimpleNamespace(retrieve=retrieve)))
    assert find("vector_stores.retrieve").bound(young)(vector_store_id="vs_1") == "vs_1"
    with pytest.raises(UnsupportedOperationError, match=r"has no client\.vector_stores\.search\(\)"):
        find("vector_stores.search").bound(young)
