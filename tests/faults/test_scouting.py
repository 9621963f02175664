"""Worlds that are scouted: the journal says which faults could act on each call."""

from __future__ import annotations

from collections.abc import Iterator

import openai
import pytest

from harness.control import Control
from mockserver.faults.contract import discover
from mockserver.faults.scouting import explored
from mockserver.server import Server

FUNCTION = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}


@pytest.fixture
def control(server: Server) -> Iterator[Control]:
    with Control(server.base_url, "scouting") as control:
        control.new_world(clock="virtual", scout=True)
        yield control


@pytest.fixture
def client(server: Server, control: Control) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=server.base_url, api_key="scouting", max_retries=0) as client:
        yield client


def fitting(control: Control, call: str) -> list[str]:
    (found,) = [entry for entry in control.journal() if entry.get("call") == call]
    return list(found["fitting"])


def test_what_needs_a_function_fits_only_where_the_assistant_has_one(
    control: Control, client: openai.OpenAI
) -> None:
    for tools in ([], [FUNCTION]):
        assistant = client.beta.assistants.create(model="gpt-4o", tools=tools)  # type: ignore[arg-type]
        thread = client.beta.threads.create(messages=[{"role": "user", "content": "Look!"}])
        client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)
    plain, calling = fitting(control, "runs.create#1"), fitting(control, "runs.create#2")
    assert "tool.unknown_name" not in plain
    assert "tool.unknown_name" in calling
    for always in ("500", "lost_ack", "run.stuck", "run.stuck(status=in_progress)", "run.foreign_active"):
        assert always in plain
        assert always in calling
    assert "lost_ack" not in fitting(control, "runs.retrieve#1")
    assert "run.unknown_status" in fitting(control, "runs.retrieve#1")
    assert not [name for name in plain if name.startswith("sse.")]


def test_what_has_to_be_found_in_an_answer_fits_only_where_it_is(
    control: Control, client: openai.OpenAI
) -> None:
    control.add_replies({"then": {"reply": "Hello."}})
    assistant = client.beta.assistants.create(model="gpt-4o")
    thread = client.beta.threads.create()
    client.beta.threads.messages.list(thread.id)
    client.beta.threads.messages.create(thread.id, role="user", content="Hello?")
    client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)
    client.beta.threads.messages.list(thread.id)
    assert "list.page_boundary" not in fitting(control, "messages.list#1")
    assert "list.page_boundary" in fitting(control, "messages.list#2")
    polls = control.journal(operation="runs.retrieve")
    assert ["usage.null" in poll["fitting"] for poll in polls] == [False] * (len(polls) - 1) + [True]


def test_streams_are_looked_at_as_they_pass(control: Control, client: openai.OpenAI) -> None:
    assistant = client.beta.assistants.create(model="gpt-4o")
    thread = client.beta.threads.create(messages=[{"role": "user", "content": "Hello?"}])
    with client.beta.threads.runs.stream(thread_id=thread.id, assistant_id=assistant.id) as stream:
        stream.until_done()
    found = fitting(control, "runs.create#1")
    assert {"sse.cut", "sse.no_terminal", "sse.stall", "sse.error_event"} <= set(found)
    assert "bad_json" not in found


def test_scouting_changes_nothing_of_what_happens(server: Server) -> None:
    stories = []
    for scout in (False, True):
        with Control(server.base_url, f"scouted-{scout}") as control:
            control.new_world(clock="virtual", scout=scout, seed=3)
            with openai.OpenAI(base_url=server.base_url, api_key=f"scouted-{scout}") as client:
                assistant = client.beta.assistants.create(model="gpt-4o", tools=[FUNCTION])  # type: ignore[list-item]
                thread = client.beta.threads.create(messages=[{"role": "user", "content": "Please look"}])
                client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)
            entries = [{**entry, "fitting": None} for entry in control.journal()]
            began = entries[0]["at"]
            stories.append(
                [(e["at"] - began, e.get("call"), e.get("status"), e.get("event")) for e in entries]
            )
    assert stories[0] == stories[1]


def test_what_is_armed_acts_and_the_rest_is_scouted(control: Control, client: openai.OpenAI) -> None:
    control.arm("500", "models.list#2+")
    client.models.list()
    for _ in range(3):
        with pytest.raises(openai.InternalServerError):
            client.models.list()
    first, *others = control.journal()
    assert "500" in first["fitting"]
    assert [entry["faults"] for entry in others] == [["500"]] * 3
    (armed,) = control.faults()
    assert armed["at"] == {"operation": "models.list#2+"}
    assert armed["times"] is None
    assert armed["active"]
    control.restore(control.snapshot())
    client.models.list()
    with pytest.raises(openai.InternalServerError):
        client.models.list()


def test_the_catalogue_says_what_may_be_armed_where(control: Control) -> None:
    catalogue = control.fault_catalogue()
    assert [known["name"] for known in catalogue["data"]] == [known.name for known in discover()]
    assert catalogue["operations"]["runs.create"] == {"mutates": True}
    assert catalogue["operations"]["runs.retrieve"] == {"mutates": False}
    for known in catalogue["data"]:
        for spelled in known["explored"]:
            control.arm(spelled)


def test_every_form_that_is_tried_is_of_its_own_fault() -> None:
    for known in discover():
        assert all(isinstance(fault, known.kind) for fault in explored(known))
        assert len({fault.spelled() for fault in explored(known)}) == len(known.explored) > 0


def test_who_is_alike_is_so_to_one_that_is_tried() -> None:
    known = {each.name: each for each in discover()}
    for each in known.values():
        if each.alike:
            assert not known[each.alike].alike
