"""What clients make of answers that are none of the API's."""

from __future__ import annotations

import json

import pytest

from tests.faults.shows import Stage, shows


def _say_three(stage: Stage, thread: str, before: list[str]) -> None:
    """Nothing has been said but what stands here, and now a message goes through."""
    assert stage.texts(thread) == before
    stage.say(thread, "Three")
    assert stage.texts(thread) == [*before, "Three"]


@shows("html_200")
def html_200(stage: Stage) -> None:
    """The SDK gives the page back as if it were the message, which was never made."""
    thread = stage.thread("One")
    stage.arm("html_200", "messages.create")
    said = stage.say(thread, "Two")
    assert isinstance(said, str)
    assert said.startswith("<!DOCTYPE html>")
    _say_three(stage, thread, ["One"])


@shows("html_200")
def html_200_in_place_of_a_stream(stage: Stage) -> None:
    """A stream without a single event, and no error; the run is there because the gateway came after it."""
    assistant, thread = stage.assistant(), stage.thread()
    runs = stage.client.beta.threads.runs
    stage.arm("html_200(done=true)", "runs.create")
    assert list(runs.create(thread, assistant_id=assistant, stream=True)) == []
    (run,) = runs.list(thread)
    assert runs.poll(run.id, thread_id=thread).status == "completed"
    assert runs.create(thread, assistant_id=assistant).status == "queued"


@shows("html_200")
def what_is_missing_from_a_page(stage: Stage) -> None:
    """The head is a gateway's: nothing in it comes from the API."""
    stage.arm("html_200", "assistants.list")
    answer = stage.raw("GET", "/v1/assistants")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers.keys() - {"date"} == {"content-type", "content-length"}
    assert stage.raw("GET", "/v1/assistants").headers.keys() > {"x-request-id", "openai-version"}


@shows("bad_json")
def bad_json(stage: Stage) -> None:
    """The message is made, and half of it comes back: an error, but none that the SDK calls its own."""
    thread = stage.thread("One")
    stage.arm("bad_json", "messages.create")
    error = stage.fails(json.JSONDecodeError, lambda: stage.say(thread, "Two"))
    whole = stage.client.beta.threads.messages.with_raw_response.list(thread, limit=1)
    (newest,) = json.loads(whole.content)["data"]
    assert error.doc == json.dumps(newest, indent=2)[: len(error.doc)]
    _say_three(stage, thread, ["One", "Two"])


@shows("bad_json")
def bad_json_from_a_gateway(stage: Stage) -> None:
    """The same with nothing done."""
    thread = stage.thread("One")
    stage.arm("bad_json(done=false)", "messages.create")
    assert stage.fails(json.JSONDecodeError, lambda: stage.say(thread, "Two")).doc == '{"status'
    _say_three(stage, thread, ["One"])


@shows("wrong_type")
def wrong_type(stage: Stage) -> None:
    """The SDK hands on what it got, without a word."""
    thread = stage.thread("One")
    stage.arm("wrong_type", "messages.create")
    assert stage.say(thread, "Two") == []
    _say_three(stage, thread, ["One"])


@shows("wrong_type")
def wrong_type_of_a_list(stage: Stage) -> None:
    """A list whose answer is some other object is empty: what is there seems not to be."""
    thread = stage.thread("One")
    stage.arm("wrong_type(object)", "messages.list")
    assert stage.texts(thread) == []
    assert stage.texts(thread) == ["One"]


@shows("empty_200")
def empty_200(stage: Stage) -> None:
    """The message is made; the answer is an error that the SDK does not call its own."""
    thread = stage.thread("One")
    stage.arm("empty_200", "messages.create")
    assert stage.fails(json.JSONDecodeError, lambda: stage.say(thread, "Two")).doc == ""
    _say_three(stage, thread, ["One", "Two"])


@shows("empty_200")
def empty_200_before_anything_is_done(stage: Stage) -> None:
    """A list that comes back empty is an error as well."""
    thread = stage.thread("One")
    stage.arm("empty_200(done=false)", "messages.list")
    with pytest.raises(json.JSONDecodeError):
        stage.texts(thread)
    assert stage.texts(thread) == ["One"]
