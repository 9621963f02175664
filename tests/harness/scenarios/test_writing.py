"""Recorded conversations, written down, read and played: the mock is asked the same again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from harness.handle.assistants import Assistants
from harness.handle.history import Exchange, read_entries
from harness.playing.running import run_scenario
from harness.scenarios.plainyaml import comment, entry
from harness.scenarios.reading import parse_scenarios
from harness.scenarios.writing import scenario_of
from harness.strategies import values_for
from harness.targets.connection import Connection
from harness.targets.opening import open_target
from harness.targets.target import find_target
from harness.waiting.sleeping import bridging
from mockserver.server import Server
from tests.properties import law

FILE = Path("written.assistants.yaml")
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
ASK = {
    "then": {
        "tool_calls": [{"function": "get_weather", "arguments": {"city": "Paris"}}],
        "on_outputs": {"reply": "21 degrees."},
    },
    "times": 1,
}
SETTINGS = {"seed": 7, "clock": "virtual", "latency": "realistic"}

Talk = Callable[[openai.OpenAI], object]


@dataclass
class Recorder:
    """Lets somebody talk to a world, writes it down, and plays what was written."""

    assistants: Assistants
    client: openai.OpenAI
    mocked: Connection
    text: str = ""

    def record(
        self, talk: Talk, replies: Sequence[dict[str, Any]] = (), faults: Sequence[Any] = (), **more: Any
    ) -> list[Exchange]:
        """Talk and write it down; the calls."""
        control = self.assistants.control
        if replies:
            control.add_replies(list(replies))
        control.arm_all(list(faults))
        with bridging(self.assistants):
            talk(self.client)
        more.setdefault("contents", self.assistants.snapshot()["contents"])
        entries = read_entries(control, self.assistants.began)
        self.text = scenario_of("talk", entries, settings=SETTINGS, replies=replies, **more)
        return [each for each in entries if isinstance(each, Exchange)]

    def play(self) -> list[str]:
        """Play what was written, which passes; the operations that were asked."""
        (scenario,) = parse_scenarios(self.text.encode(), FILE)
        outcome = run_scenario(scenario, self.mocked)
        assert outcome.status == "passed", f"{outcome.reason}\n{self.text}"
        assert self.mocked.control is not None
        return [row["operation"] for row in self.mocked.control.journal() if "call" in row]

    def comes_back(self, talk: Talk, **more: Any) -> str:
        """What is played asks the same as what was recorded, polls apart; the text."""
        calls = self.record(talk, **more)
        played = self.play()
        assert _once(played) == _once([call.operation for call in calls]), self.text
        return self.text


def _once(operations: Sequence[str]) -> list[str]:
    return [operation for operation, _ in groupby(operations)]


@pytest.fixture(scope="module")
def mocked(server: Server) -> Iterator[Connection]:
    target = replace(find_target("mock"), base_url=server.base_url, key="sk-written")
    with open_target(target) as connection:
        yield connection


@pytest.fixture
def recorder(server: Server, key: str, client: openai.OpenAI, mocked: Connection) -> Iterator[Recorder]:
    with Assistants(server.base_url, key, settings=SETTINGS) as assistants:
        yield Recorder(assistants, client.with_options(max_retries=2), mocked)


def begun(client: openai.OpenAI) -> tuple[str, str]:
    """An assistant with a function, and a thread in which something was asked."""
    assistant = client.beta.assistants.create(model="gpt-4o", tools=[WEATHER])  # type: ignore[list-item]
    thread = client.beta.threads.create()
    client.beta.threads.messages.create(thread.id, role="user", content="Use ${x} get_weather.")
    return assistant.id, thread.id


def ask(client: openai.OpenAI) -> None:
    """A question with a function call, polled as everybody polls."""
    assistant, thread = begun(client)
    run = client.beta.threads.runs.create(thread, assistant_id=assistant)
    while run.status in ("queued", "in_progress"):
        time.sleep(1)
        run = client.beta.threads.runs.retrieve(run.id, thread_id=thread)
    assert run.required_action is not None
    (call,) = run.required_action.submit_tool_outputs.tool_calls
    client.beta.threads.runs.submit_tool_outputs_and_poll(
        thread_id=thread, run_id=run.id, tool_outputs=[{"tool_call_id": call.id, "output": "21"}]
    )
    time.sleep(90)
    (message, *_) = client.beta.threads.messages.list(thread, limit=2, order="desc").data
    client.beta.threads.messages.retrieve(message.id, thread_id=thread)
    with pytest.raises(openai.BadRequestError):
        client.beta.threads.runs.cancel(run.id, thread_id=thread)


def test_a_conversation_with_a_function(recorder: Recorder) -> None:
    text = recorder.comes_back(ask, replies=[ASK])
    assert '- messages.create: {thread_id: "${thread.id}", content: "Use $${x} get_weather."' in text
    assert '- wait: {run: "${run}", until: requires_action, within: 60s}\n    as: run_2' in text
    assert "${run_2.required_action.submit_tool_outputs.tool_calls.0.id}" in text
    assert "- advance: 90s" in text
    assert '- messages.retrieve: {thread_id: "${thread.id}", message_id: "${messages.data.0.id}"}' in text
    assert "expect_error: {status: 400}" in text
    assert "latency: realistic" in text
    assert "runs.retrieve" not in text
    assert not text.startswith("#")


@pytest.mark.parametrize(
    "fault",
    [
        "lost_ack at messages.create",
        "429(retry_after=7s) at runs.create",
        "500 at runs.retrieve#2",
        "run.slow(9m) at runs.create",
        "cut_body at messages.list",
    ],
)
def test_what_broke_breaks_again_and_retries_are_left_to_the_sdk(recorder: Recorder, fault: str) -> None:
    text = recorder.comes_back(ask, replies=[ASK], faults=[_order(fault)])
    assert text.count("messages.create:") == 1
    assert text.count("- runs.create:") == 1
    assert recorder.mocked.control is not None
    (armed,) = recorder.mocked.control.faults()
    assert armed["calls"] == [call for call in armed["calls"] if armed["fired"] == 1] != []


def test_a_client_that_never_tries_again(recorder: Recorder) -> None:
    def talk(client: openai.OpenAI) -> None:
        client = client.with_options(max_retries=0)
        for error in (openai.InternalServerError, openai.APIConnectionError):
            with pytest.raises(error):
                client.beta.threads.create()
            time.sleep(5)
        with pytest.raises(ValueError, match="line 4"):
            client.beta.threads.create()
        client.beta.threads.create()

    faults = [
        _order(f"{fault} at threads.create#{number}")
        for number, fault in enumerate(("503", "refuse", "bad_json"), 1)
    ]
    text = recorder.comes_back(talk, faults=faults)
    assert "client: {max_retries: 0}" in text
    assert text.count("- advance: 5s") == 2
    assert 'faults: ["503 at threads.create#1", "refuse at threads.create#2"' in text
    assert "expect_error: {status: 503" in text
    assert "expect_error: {exception: APIConnectionError}" in text


def test_files_and_vector_stores(recorder: Recorder) -> None:
    def talk(client: openai.OpenAI) -> None:
        file = client.files.create(file=("policy.md", b"Refunds within 30 days."), purpose="assistants")
        client.files.create(file=("empty.zip", b"PK\x05\x06\xff"), purpose="assistants")
        store = client.vector_stores.create(name="kb")
        client.vector_stores.files.create_and_poll(file.id, vector_store_id=store.id)
        client.vector_stores.file_batches.create_and_poll(store.id, file_ids=[file.id])
        client.vector_stores.search(store.id, query="refund")
        assistant = client.beta.assistants.create(
            model="gpt-4o",
            tools=[{"type": "file_search"}],
            tool_resources={"file_search": {"vector_store_ids": [store.id]}},
        )
        run = client.beta.threads.create_and_run_poll(
            assistant_id=assistant.id, thread={"messages": [{"role": "user", "content": "Refunds?"}]}
        )
        include: Any = ["step_details.tool_calls[*].file_search.results[*].content"]
        client.beta.threads.runs.steps.list(run.id, thread_id=run.thread_id, include=include)
        upload = client.uploads.create(
            filename="u.txt", purpose="assistants", bytes=5, mime_type="text/plain"
        )
        part = client.uploads.parts.create(upload.id, data=b"hello")
        client.uploads.complete(upload.id, part_ids=[part.id])
        client.vector_stores.files.delete(file.id, vector_store_id=store.id)

    text = recorder.comes_back(talk)
    assert "file: {name: policy.md, text: Refunds within 30 days.}" in text
    assert "base64: " in text
    assert 'vector_store_file: {vector_store_id: "${store.id}", file_id: "${file.id}"}' in text
    assert '- wait: {file_batch: "${batch}", until: completed' in text
    assert 'part_ids: ["${part.id}"]' in text


def test_contents_that_nobody_kept_are_filled_in(recorder: Recorder) -> None:
    def talk(client: openai.OpenAI) -> None:
        client.files.create(file=("policy.md", b"Refunds."), purpose="assistants")

    text = recorder.comes_back(talk, contents={})
    assert text.startswith("# What files held was not recorded")
    assert "text: xxxxxxxx}" in text


def test_streams(recorder: Recorder) -> None:
    def talk(client: openai.OpenAI) -> None:
        assistant = client.beta.assistants.create(model="gpt-4o", tools=[WEATHER])  # type: ignore[list-item]
        thread: Any = {"messages": [{"role": "user", "content": "The weather?"}]}
        events = client.beta.threads.create_and_run(assistant_id=assistant.id, thread=thread, stream=True)
        run: Any = next(event.data for event in events if event.event == "thread.run.requires_action")
        (call,) = run.required_action.submit_tool_outputs.tool_calls
        list(
            client.beta.threads.runs.submit_tool_outputs(
                thread_id=run.thread_id,
                run_id=run.id,
                tool_outputs=[{"tool_call_id": call.id, "output": "21"}],
                stream=True,
            )
        )
        with pytest.raises(openai.APIConnectionError):
            list(client.beta.threads.runs.create(run.thread_id, assistant_id=assistant.id, stream=True))
        client.beta.threads.runs.list(run.thread_id)

    text = recorder.comes_back(talk, replies=[ASK], faults=[_order("sse.cut at runs.create")])
    assert 'run_id: "${stream.run.id}"' in text
    assert "${stream.run.required_action.submit_tool_outputs.tool_calls.0.id}" in text
    assert "expect_error: {exception: Exception}" in text


def test_what_no_step_can_say_is_sent_as_it_was(recorder: Recorder) -> None:
    def talk(client: openai.OpenAI) -> None:
        with pytest.raises(openai.BadRequestError):
            client.post(
                "/threads",
                cast_to=object,
                body={"messages": "none"},
                options={"headers": {"OpenAI-Beta": "assistants=v1"}},
            )
        with pytest.raises(openai.NotFoundError):
            client.beta.threads.messages.create("thread_never", role="user", content="Hello?")
        client.beta.threads.create(metadata={"true": "no", "a: b": "# x", "é": "\u2028\x85"})

    text = recorder.comes_back(talk)
    assert 'headers: {OpenAI-Beta: "assistants=v1"}' in text
    assert "expect: {status: 400}" in text
    assert "thread_id: thread_never" in text
    assert not text.startswith("#")


def test_what_cannot_be_said_at_all_is_a_comment(recorder: Recorder) -> None:
    calls = recorder.record(begun)
    strange = replace(calls[0], path="/elsewhere/1", operation="v1.elsewhere", call="v1.elsewhere#1")
    text = scenario_of("1 strange!", [strange, *calls])
    assert text.startswith("# 1 call could not be written as a step: see the comments.\n")
    assert "  # 0.0 v1.elsewhere#1 200: it does not lie below the API's address" in text
    (scenario,) = parse_scenarios(text.encode(), FILE)
    assert [step.operation for step in scenario.steps] == [call.operation for call in calls]
    (empty,) = parse_scenarios(scenario_of("nothing", [strange]).encode(), FILE)
    assert [step.operation for step in empty.steps] == ["advance"]


def test_ids_that_nobody_told_are_said(recorder: Recorder) -> None:
    calls = recorder.record(ask, replies=[ASK])
    text = scenario_of("end", calls[-2:])
    assert text.startswith("# No call before has told of thread_")
    assert parse_scenarios(text.encode(), FILE)


def test_who_reads_the_same_for_ever_is_not_copied_for_ever(recorder: Recorder) -> None:
    def talk(client: openai.OpenAI) -> None:
        _, thread = begun(client)
        for _ in range(30):
            time.sleep(2)
            client.beta.threads.messages.list(thread)

    text = recorder.comes_back(talk)
    assert "- advance: 60s\n  # read 30 times\n  - messages.list:" in text
    assert "repeat: 10" in text


@law(150)
@given(
    value=values_for(
        {"type": "object", "properties": {"a: b": True, "list": {"type": "array"}, "yes": True}}
    ),
    room=st.sampled_from([1, 20, 110]),
)
def test_every_value_can_be_read_again(value: Any, room: int) -> None:
    text = "\n".join([*comment("Any\n\x00 text"), *entry("key", value, room)])
    assert YAML(typ="safe", pure=True).load(text) == {"key": value}


def _order(line: str) -> dict[str, str]:
    fault, _, place = line.partition(" at ")
    return {"fault": fault, "at": place}
