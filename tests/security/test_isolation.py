"""No project reads or changes another's: every operation, with every id and every body that another one has.

What is said here holds for worlds of different seeds. Equal seeds give equal ids, on purpose, and each
project has its own object behind them.
"""

from __future__ import annotations

import http.client
import json
import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.control import Control
from mockserver.operations import Operation, discover
from mockserver.requests.shapes import Object
from mockserver.server import Server
from tests.conftest import Raw
from tests.situations import SITUATIONS
from tests.stage import Stage, form

SECRET = "Zanzibar"
"""Stands in everything the owner has that holds text, and in nothing else."""


class Owner:
    """A project full of things: one of everything, each with the secret in it; its ids by kind."""

    def __init__(self, server: Server) -> None:
        self.key = f"sk-owner-{uuid.uuid4().hex}"
        self.raw = Raw(server.host, server.port, self.key)
        self.control = Control(server.base_url, self.key)
        self.control.new_world(seed="owner", clock="virtual")
        stage = Stage(self.raw, self.control)
        about = {"metadata": {"about": SECRET}}
        tool = {"type": "function", "function": {"name": "look", "description": SECRET}}
        file = stage.file(f"{SECRET}.txt", f"{SECRET} is an island.\n".encode())
        upload = stage.post(
            "/uploads",
            {"filename": f"{SECRET}.md", "purpose": "assistants", "bytes": 8, "mime_type": "text/markdown"},
        )
        stage.send(f"/uploads/{upload['id']}/parts", {}, data=("part", SECRET.encode()))
        store = stage.store(file, name=SECRET, **about)
        stage.post(
            f"/vector_stores/{store}/file_batches", {"file_ids": [stage.file("b.txt", SECRET.encode())]}
        )
        found = {"file_search": {"vector_store_ids": [store]}}
        tools = [{"type": "file_search"}, {"type": "code_interpreter"}, tool]
        assistant = stage.assistant(
            instructions=SECRET, name=SECRET, tools=tools, tool_resources=found, **about
        )
        thread = stage.post("/threads", {"messages": [{"role": "user", "content": SECRET}], **about})["id"]
        for then in (
            {"reply": f"{SECRET}."},
            {"tool_calls": [{"function": "look", "arguments": {"at": SECRET}}]},
        ):
            stage.says(then)
            asked = {"assistant_id": assistant, "instructions": SECRET, **about}
            run = stage.post(f"/threads/{thread}/runs", asked)
            stage.finish(f"/threads/{thread}/runs/{run['id']}")
        self.ids = ids_in(json.dumps(self.control.snapshot()))

    def state(self) -> dict[str, Any]:
        """The whole project as a document."""
        return state_of(self.control)


def state_of(control: Control) -> dict[str, Any]:
    """A whole project as a document, but for the count of its own questions."""
    document = control.snapshot()
    del document["counters"]["req"]
    return document


def ids_in(text: str) -> dict[str, list[str]]:
    """Every id in a text, by its kind."""
    found: dict[str, list[str]] = {}
    for whole, kind in re.findall(
        r"\b((asst|thread|msg|run|step|vsfb|vs|upload|part|call|file)[_-]\w+)", text
    ):
        if any(letter.isdigit() for letter in whole) and whole not in found.setdefault(kind, []):
            found[kind].append(whole)
    return found


@pytest.fixture(scope="module")
def owner(server: Server) -> Iterator[Owner]:
    """The project that is to be left alone."""
    owner = Owner(server)
    assert owner.ids.keys() == {*KINDS.values(), "part", "call"}
    yield owner
    owner.raw.connection.close()
    owner.control.close()


@pytest.fixture(scope="module")
def stranger(server: Server) -> Iterator[Raw]:
    """Another project."""
    raw = Raw(server.host, server.port, f"sk-stranger-{uuid.uuid4().hex}")
    with Control(server.base_url, raw.key) as control:
        control.new_world(seed="stranger", clock="virtual")
    yield raw
    raw.connection.close()


KINDS = {
    "assistant_id": "asst",
    "thread_id": "thread",
    "message_id": "msg",
    "run_id": "run",
    "step_id": "step",
    "vector_store_id": "vs",
    "batch_id": "vsfb",
    "upload_id": "upload",
    "file_id": "file",
}


def bodies(ids: dict[str, list[str]]) -> dict[str, st.SearchStrategy[Any]]:
    """What may be said in each field of a body: wherever something can be referred to, an id of the owner."""

    def some(kind: str, most: int = 2) -> st.SearchStrategy[list[str]]:
        return st.lists(st.sampled_from(ids[kind]), min_size=1, max_size=most, unique=True)

    file = st.sampled_from(ids["file"])
    resources = st.fixed_dictionaries(
        {},
        optional={
            "file_search": st.fixed_dictionaries({"vector_store_ids": some("vs", 1)}),
            "code_interpreter": st.fixed_dictionaries({"file_ids": some("file")}),
        },
    )
    attachments = file.map(lambda one: [{"file_id": one, "tools": [{"type": "file_search"}]}])
    content = st.just("hello") | file.map(
        lambda one: [{"type": "image_file", "image_file": {"file_id": one}}]
    )
    message = st.fixed_dictionaries(
        {"role": st.just("user"), "content": content}, optional={"attachments": attachments}
    )
    messages = st.lists(message, min_size=1, max_size=2)
    return {
        "model": st.just("gpt-4o"),
        "assistant_id": st.sampled_from(ids["asst"]),
        "thread": st.fixed_dictionaries({"messages": messages}),
        "messages": messages,
        "additional_messages": messages,
        "role": st.just("user"),
        "content": content,
        "attachments": attachments,
        "file_id": file,
        "file_ids": some("file"),
        "files": some("file").map(lambda found: [{"file_id": one} for one in found]),
        "part_ids": some("part"),
        "query": st.just("an island"),
        "tools": st.just([{"type": "file_search"}, {"type": "code_interpreter"}]),
        "tool_resources": resources,
        "tool_outputs": st.sampled_from(ids["call"]).map(lambda one: [{"tool_call_id": one, "output": "x"}]),
        "attributes": st.just({"a": "b"}),
        "stream": st.booleans(),
        "metadata": st.just({"a": "b"}),
        "filename": st.just("a.txt"),
        "purpose": st.just("assistants"),
        "bytes": st.just(8),
        "mime_type": st.just("text/plain"),
    }


@st.composite
def requests(draw: st.DrawFn, ids: dict[str, list[str]]) -> tuple[Operation, str, Any, dict[str, str | None]]:
    """Any operation with ids of the owner wherever it takes one: operation, path and query, body, headers."""
    known = draw(st.sampled_from(OPERATIONS))
    path = re.sub(r"\{(\w+)\}", lambda hole: draw(_in_path(hole[1], ids)), known.path)
    if known.query is not None and draw(st.booleans()):
        kind = draw(st.sampled_from(sorted(ids)))
        path += f"?{draw(st.sampled_from(['after', 'before', 'run_id']))}={draw(st.sampled_from(ids[kind]))}"
    if known.form is not None:
        return known, path, *form({"purpose": "assistants"}, **{known.form.file: ("a.txt", b"hello")})
    if known.control or not known.mutates:
        return known, path, {} if known.mutates else None, {}
    said = bodies(ids)
    fields = known.body.fields if isinstance(known.body, Object) else {}
    needed = known.body.needed if isinstance(known.body, Object) else frozenset()
    body = draw(
        st.fixed_dictionaries(
            {name: said[name] for name in needed},
            optional={name: said[name] for name in fields if name in said and name not in needed},
        )
    )
    return known, path, body, {}


def _in_path(hole: str, ids: dict[str, list[str]]) -> st.SearchStrategy[str]:
    if hole in KINDS:
        return st.sampled_from(ids[KINDS[hole]])
    return st.sampled_from([one for found in ids.values() for one in found])  # the control door's, and models


OPERATIONS = discover()


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_stranger_sees_and_changes_nothing(owner: Owner, stranger: Raw, data: st.DataObject) -> None:
    """Whatever is asked with the owner's ids is answered as if they did not exist."""
    known, path, body, headers = data.draw(requests(owner.ids))
    before = owner.state()
    answer = stranger(known.method, path if known.control else f"/v1{path}", body, headers)
    assert SECRET.encode() not in answer.raw
    assert owner.state() == before
    named = [hole for hole in re.findall(r"\{(\w+)\}", known.path) if hole in KINDS]
    if named and not known.control:
        assert answer.status in (400, 404), (known.name, answer)
    if isinstance(body, dict) and answer.status == 200 and not known.control:
        assert not (ids_in(json.dumps(body)).keys() - {"call"}), (known.name, body)


class Remembering(Raw):
    """Keeps what was asked."""

    def __init__(self, host: str, port: int, key: str) -> None:
        super().__init__(host, port, key)
        self.asked: list[tuple[str, str, Any, Any]] = []

    def begin(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str | None] | None = None,
        *,
        beta: bool = True,
    ) -> http.client.HTTPResponse:
        """As any caller, and written down."""
        self.asked.append((method, path, body, headers))
        return super().begin(method, path, body, headers, beta=beta)


@pytest.mark.parametrize("name", SITUATIONS)
def test_what_its_owner_may_ask_a_stranger_may_not(server: Server, name: str) -> None:
    """Every request of every situation, all of which succeed for the owner, from another project."""
    owner = Remembering(server.host, server.port, f"sk-{uuid.uuid4().hex}")
    stranger = Raw(server.host, server.port, f"sk-{uuid.uuid4().hex}")
    with Control(server.base_url, owner.key) as control, Control(server.base_url, stranger.key) as other:
        control.new_world(seed="owner", clock="virtual")
        other.new_world(seed="stranger", clock="virtual")
        SITUATIONS[name](Stage(owner, control))
        control.set_clock("virtual")  # or the time that passes would look like a change
        before = state_of(control)
        mine = {one["id"] for one in control.objects()}
        for method, path, body, headers in owner.asked:
            answer = stranger(method, path, body, headers)
            named = mine & set(re.findall(r"[\w-]+", path))
            assert not named or answer.status in (400, 404), (method, path, answer)
        assert not mine & {one["id"] for one in other.objects()}
        assert state_of(control) == before
    owner.connection.close()
    stranger.connection.close()


def test_who_does_not_know_a_key_has_no_part_in_its_project(owner: Owner, server: Server) -> None:
    """Keys that resemble it name other projects, however they are sent."""
    asst = owner.ids["asst"][0]
    spellings = [owner.key.upper(), owner.key + "x", owner.key[:-1], "", f"{owner.key},{owner.key}"]
    for spelling in spellings:
        raw = Raw(server.host, server.port, spelling)
        assert raw("GET", f"/v1/assistants/{asst}").status in (401, 404), spelling
        raw.connection.close()
    assert owner.raw("GET", f"/v1/assistants/{asst}").status == 200
