"""15 · Rate limit: questions come faster than the API answers them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import openai
import pytest

from harness.control import Control
from tests.fifteen.conftest import Sleeper
from tests.fifteen.looking import calls, refusals, runs, said

T = TypeVar("T")

ANSWERED = [("user", "Hello"), ("assistant", "Hello, and welcome.")]
QUOTA = {
    "message": "You exceeded your current quota, please check your plan and billing details. For more"
    " information on this error, read the docs:"
    " https://platform.openai.com/docs/guides/error-codes/api-errors.",
    "type": "insufficient_quota",
    "param": None,
    "code": "insufficient_quota",
}


def naive_ask(client: openai.OpenAI, assistant_id: str, text: str) -> str:
    """A new thread for each question; the answer is the newest message. Gives the thread's id."""
    thread = client.beta.threads.create(messages=[{"role": "user", "content": text}])
    client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant_id)
    return thread.id


def impatient_ask(client: openai.OpenAI, assistant_id: str, text: str) -> str:
    """The same by somebody who knows that one may try again."""
    for _ in range(10):
        try:
            return naive_ask(client, assistant_id, text)
        except openai.RateLimitError:
            continue
    raise RuntimeError("tried ten times")


def careful_ask(client: openai.OpenAI, assistant_id: str, text: str, patience: float = 900) -> str:
    """The same, but every call comes back when it is told, and polls with less and less haste."""
    once = client.with_options(max_retries=0)  # or the SDK would repeat what cannot be helped
    thread = patiently(
        lambda: once.beta.threads.create(messages=[{"role": "user", "content": text}]), patience
    )
    run = patiently(
        lambda: once.beta.threads.runs.create(thread_id=thread.id, assistant_id=assistant_id), patience
    )
    run_id, pause = run.id, 1.0
    while run.status in ("queued", "in_progress"):
        time.sleep(pause)
        pause = min(pause * 1.5, 20)
        run = patiently(lambda: once.beta.threads.runs.retrieve(run_id, thread_id=thread.id), patience)
    if run.status != "completed":
        raise RuntimeError(f"{run.id} is {run.status}: {run.last_error}")
    return thread.id


def patiently(call: Callable[[], T], patience: float) -> T:
    """What the call gives when it is let in. Refused for its rate means not done, so it may be repeated."""
    waited, pause = 0.0, 1.0
    while True:
        try:
            return call()
        except openai.RateLimitError as error:
            wait = float(error.response.headers.get("retry-after", pause))
            if error.code == "insufficient_quota" or waited + wait > patience:
                raise
        time.sleep(wait)
        waited, pause = waited + wait, pause * 2


def too_fast(whom: str) -> dict[str, Any]:
    """What the API says of too many calls in a minute."""
    return {
        "message": f"Rate limit reached for {whom}organization org-assistants-mock on requests per min (RPM):"
        f" Limit 3, Used 3, Requested 1. Please try again in 20s. Visit"
        " https://platform.openai.com/account/rate-limits to learn more.",
        "type": "requests",
        "param": None,
        "code": "rate_limit_exceeded",
    }


def test_the_fourth_call_is_refused(client: openai.OpenAI, control: Control) -> None:
    """By itself: the question is on a thread, and nobody waits for its answer any more."""
    assistant = slow_world(client, control)
    with pytest.raises(openai.RateLimitError) as caught:
        naive_ask(client, assistant, "Hello")
    assert (caught.value.status_code, caught.value.body) == (429, too_fast(""))
    assert caught.value.response.headers["retry-after"] == "20"


def test_knocking_on_does_not_help(client: openai.OpenAI, control: Control) -> None:
    """By itself: ten more calls within the same second are refused, too."""
    assistant = slow_world(client, control)
    with pytest.raises(RuntimeError, match="tried ten times"):
        impatient_ask(client, assistant, "Hello")
    assert len(refusals(control)) == 10


def test_a_careful_client_is_let_in(client: openai.OpenAI, control: Control, sleepless: Sleeper) -> None:
    """By itself: three questions, three answers, in a little more time than the limit asks for."""
    assistant = slow_world(client, control)
    threads = [careful_ask(client, assistant, "Hello") for _ in range(3)]
    assert sleepless.slept < 180
    assert len(refusals(control)) == len(set(refusals(control))) < 10  # nobody came back too soon
    control.advance(600)
    assert [runs(client, thread) for thread in threads] == [["completed"]] * 3
    control.advance(600)
    assert said(client, threads[-1]) == ANSWERED


def test_forced(client: openai.OpenAI, control: Control, sleepless: Sleeper) -> None:
    """Twice refused; the naive ends there, the careful comes back as it is told."""
    assistant = quiet_world(client, control)
    control.arm("429", "runs.create")
    with pytest.raises(openai.RateLimitError) as caught:
        naive_ask(client, assistant, "Hello")
    assert caught.value.body == too_fast("gpt-4o in ")
    control.arm("429(retry_after=40s)", "runs.create", times=2)
    thread = careful_ask(client, assistant, "Hello")
    assert said(client, thread) == ANSWERED
    assert runs(client, thread) == ["completed"]
    assert 80 < sleepless.slept < 100


def test_forced_for_hours(client: openai.OpenAI, control: Control, sleepless: Sleeper) -> None:
    """Ten minutes are waited for, three hours are not."""
    assistant = quiet_world(client, control)
    control.arm("429_long", "runs.create")
    assert said(client, careful_ask(client, assistant, "Hello")) == ANSWERED
    control.arm("429_long(3h)", "threads.create")
    with pytest.raises(openai.RateLimitError) as caught:
        careful_ask(client, assistant, "Hello")
    assert caught.value.response.headers["retry-after"] == "10800"
    assert calls(control, "threads.create") == 2


def test_forced_without_money(client: openai.OpenAI, control: Control, sleepless: Sleeper) -> None:
    """The SDK tries three times in vain, the careful client once."""
    assistant = quiet_world(client, control)
    control.arm("429_quota", "threads.create", always=True)
    with pytest.raises(openai.RateLimitError) as caught:
        naive_ask(client.with_options(max_retries=2), assistant, "Hello")
    assert caught.value.body == QUOTA
    assert calls(control, "threads.create") == 3
    with pytest.raises(openai.RateLimitError) as caught:
        careful_ask(client, assistant, "Hello")
    assert caught.value.body == QUOTA
    assert calls(control, "threads.create") == 4


def test_a_header_is_enough(client: openai.OpenAI) -> None:
    """One call, one header; and three with `times`, which is one more than the SDK tries by itself."""
    with pytest.raises(openai.RateLimitError) as caught:
        client.beta.threads.create(extra_headers={"X-Mock-Fault": "429"})
    assert caught.value.body == too_fast("")
    retrying = client.with_options(max_retries=2)
    assert retrying.beta.threads.create(extra_headers={"X-Mock-Fault": "429(times=2)"}).id
    with pytest.raises(openai.RateLimitError):
        retrying.beta.threads.create(extra_headers={"X-Mock-Fault": "429(times=3)"})


def slow_world(client: openai.OpenAI, control: Control) -> str:
    """A new world in which a minute has three calls, one of which has made the assistant."""
    control.new_world(clock="virtual", rate_limits={"requests_per_minute": 3})
    return quiet_world(client, control)


def quiet_world(client: openai.OpenAI, control: Control) -> str:
    """The id of an assistant that greets."""
    control.add_replies({"then": {"reply": "Hello, and welcome."}})
    return client.beta.assistants.create(model="gpt-4o", instructions="Be polite.").id
