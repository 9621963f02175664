"""10 · Stream interrupted: a chat window that shows the answer as it is written, on a bad connection."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import openai
import pytest

from harness.control import Control
from tests.fifteen.conftest import Sleeper
from tests.fifteen.looking import calls, runs, said

QUESTION = "Tell me about Paris."
ANSWER = "Paris is the capital of France and lies on the Seine."
BROKEN = "peer closed connection without sending complete message body (incomplete chunked read)"

ENDINGS = (
    *("sse.cut(after=10)", "sse.cut(after=1)", "sse.cut(after=0)"),
    *("sse.error_event", "sse.error_event(form=bare)", "sse.no_terminal", "lost_ack"),
)

Show = Callable[[str], None]


def naive_show(client: openai.OpenAI, thread_id: str, assistant_id: str, show: Show) -> None:
    """Every piece of text goes to the window as it comes."""
    with client.beta.threads.runs.stream(thread_id=thread_id, assistant_id=assistant_id) as stream:
        for text in stream.text_deltas:
            show(text)


def naive_show_again(
    client: openai.OpenAI, thread_id: str, assistant_id: str, show: Show, pause: float = 0
) -> None:
    """The same by somebody who knows that connections break, and asks again."""
    try:
        naive_show(client, thread_id, assistant_id, show)
    except (openai.APIConnectionError, httpx2.TransportError):
        time.sleep(pause)
        naive_show(client, thread_id, assistant_id, show)


class RunError(Exception):
    """The run ended without an answer."""


def careful_show(client: openai.OpenAI, thread_id: str, assistant_id: str, show: Show) -> None:
    """The same, but a stream is only a window on the run: what it did not show is read from the thread."""
    turn, shown = uuid.uuid4().hex, ""
    run_id: str | None = None
    problem: Exception | None = None
    try:
        for kind, data in started(client, thread_id, assistant_id, turn):
            if kind == "thread.run.created":
                run_id = data.id
            elif kind == "thread.message.delta":
                text = text_of(data.delta.content or [])
                show(text)
                shown += text
    except (openai.APIError, httpx2.TransportError) as error:
        problem = error
    run_id = run_id or started_run(client, thread_id, turn)
    if run_id is None:
        raise RunError("no run was started, so it is safe to try again") from problem
    run = client.beta.threads.runs.poll(run_id, thread_id=thread_id)
    if run.status != "completed":
        raise RunError(f"{run.id} is {run.status}: {run.last_error}")
    messages = client.beta.threads.messages.list(thread_id, run_id=run.id, order="asc")
    whole = "".join(text_of(message.content) for message in messages)
    if whole != shown:
        show(whole.removeprefix(shown))


def started(client: openai.OpenAI, thread_id: str, assistant_id: str, turn: str) -> Iterator[tuple[str, Any]]:
    """The events of a new run that bears the mark of this turn."""
    with client.beta.threads.runs.create(
        thread_id, assistant_id=assistant_id, metadata={"turn": turn}, stream=True
    ) as stream:
        for event in stream:
            yield event.event, event.data


def started_run(client: openai.OpenAI, thread_id: str, turn: str) -> str | None:
    """The run that was started for this turn, if it was started at all."""
    for run in client.beta.threads.runs.list(thread_id, limit=10).data:
        if (run.metadata or {}).get("turn") == turn:
            return run.id
    return None


def text_of(content: list[Any]) -> str:
    """The text in the content of a message, or of a piece of one."""
    return "".join(part.text.value or "" for part in content if part.type == "text" and part.text)


def test_nothing_breaks_by_itself(client: openai.OpenAI, control: Control, sleepless: Sleeper) -> None:
    """Without a fault both show the whole answer."""
    for show_answer in (naive_show, naive_show_again, careful_show):
        assistant, thread = assistant_and_question(client, control)
        window: list[str] = []
        show_answer(client, thread, assistant, window.append)
        assert "".join(window) == ANSWER


def test_half_an_answer(client: openai.OpenAI, control: Control) -> None:
    """Forced: the window shows the beginning of a sentence; the run goes on, and nobody looks."""
    assistant, thread = assistant_and_question(client, control)
    control.arm("sse.cut(after=10)", "runs.create")
    window: list[str] = []
    with pytest.raises(httpx2.RemoteProtocolError) as caught:
        naive_show(client, thread, assistant, window.append)
    assert str(caught.value) == BROKEN
    assert "".join(window) == "Paris is the"
    assert runs(client, thread) == ["in_progress"]
    control.advance(60)
    assert runs(client, thread) == ["completed"]
    assert said(client, thread) == [("user", QUESTION), ("assistant", ANSWER)]


def test_a_call_that_was_never_made_is_told_apart(client: openai.OpenAI, control: Control) -> None:
    """Forced: nobody was there, so there is no run, and the program says that it may try again."""
    assistant, thread = assistant_and_question(client, control)
    control.arm("refuse", "runs.create")
    with pytest.raises(RunError, match="safe to try again"):
        careful_show(client, thread, assistant, lambda text: None)
    assert runs(client, thread) == []


def test_asking_again_meets_the_first_run(client: openai.OpenAI, control: Control) -> None:
    """Forced: what was to help is refused, because the run is still there."""
    assistant, thread = assistant_and_question(client, control)
    control.arm("sse.cut(after=10)", "runs.create")
    with pytest.raises(openai.BadRequestError) as caught:
        naive_show_again(client, thread, assistant, lambda text: None)
    (run,) = client.beta.threads.runs.list(thread).data
    assert caught.value.body == {
        "message": f"Thread {thread} already has an active run {run.id}.",
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }


def test_asking_again_later_answers_twice(
    client: openai.OpenAI, control: Control, sleepless: Sleeper
) -> None:
    """Forced: once the first run is over, the second is a second answer, paid for and on the thread."""
    assistant, thread = assistant_and_question(client, control)
    control.arm("sse.cut(after=10)", "runs.create")
    window: list[str] = []
    naive_show_again(client, thread, assistant, window.append, pause=30)
    assert "".join(window) == f"Paris is the{ANSWER}"
    assert said(client, thread) == [("user", QUESTION), ("assistant", ANSWER), ("assistant", ANSWER)]


@pytest.mark.parametrize("fault", ENDINGS)
def test_a_careful_client_shows_it_all(
    fault: str, client: openai.OpenAI, control: Control, sleepless: Sleeper
) -> None:
    """Forced: however the stream ends, the window shows the answer once, from one run."""
    assistant, thread = assistant_and_question(client, control)
    control.arm(fault, "runs.create")
    window: list[str] = []
    careful_show(client, thread, assistant, window.append)
    assert "".join(window) == ANSWER
    assert runs(client, thread) == ["completed"]
    assert said(client, thread) == [("user", QUESTION), ("assistant", ANSWER)]
    assert calls(control, "runs.create") == 1


def test_a_header_is_enough(client: openai.OpenAI, control: Control) -> None:
    """One call, one header."""
    assistant, thread = assistant_and_question(client, control)
    stream = client.beta.threads.runs.create(
        thread, assistant_id=assistant, stream=True, extra_headers={"X-Mock-Fault": "sse.cut(after=2)"}
    )
    seen: list[str] = []
    with stream, pytest.raises(openai.APIConnectionError) as caught:
        note(stream, seen)
    assert str(caught.value.__cause__) == BROKEN
    assert seen == ["thread.run.created", "thread.run.queued"]


def note(stream: openai.Stream[Any], seen: list[str]) -> None:
    """Write down the names of the events as far as they come."""
    for event in stream:
        seen.append(event.event)  # noqa: PERF401 - what was seen before the end counts


def assistant_and_question(client: openai.OpenAI, control: Control) -> tuple[str, str]:
    """The ids of a new assistant with one answer, and of a thread with a question."""
    control.add_replies({"then": {"reply": ANSWER}})
    assistant = client.beta.assistants.create(model="gpt-4o", instructions="Be brief.")
    thread = client.beta.threads.create(messages=[{"role": "user", "content": QUESTION}])
    return assistant.id, thread.id
