"""Time as clients see it: who moves it, how far, and what they are told."""

from __future__ import annotations

import openai
import pytest

from harness.control import Control
from mockserver.server import Server
from mockserver.settings import Settings
from tests.conftest import Raw

TOOL = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}
CALL = {"tool_calls": [{"function": "look_up", "arguments": {}}]}


def start_run(client: openai.OpenAI, **options: object) -> tuple[str, str]:
    """A run on a new thread: thread id and run id."""
    assistant = client.beta.assistants.create(model="gpt-4o", tools=[TOOL])  # type: ignore[list-item]
    thread = client.beta.threads.create(messages=[{"role": "user", "content": "Hello there."}])
    run = client.beta.threads.runs.create(thread.id, assistant_id=assistant.id)
    return thread.id, run.id


def test_each_poll_moves_time_to_the_next_status(client: openai.OpenAI, raw: Raw) -> None:
    """A poller sees every status, is told to come back at once, and time stands where the status changed."""
    thread_id, run_id = start_run(client)
    seen = []
    while True:
        answer = raw("GET", f"/v1/threads/{thread_id}/runs/{run_id}")
        seen.append((answer.body["status"], answer.headers.get("openai-poll-after-ms")))
        if answer.body["status"] == "completed":
            break
    assert seen == [("in_progress", "0"), ("completed", None)]


def test_other_reads_do_not_move_time(client: openai.OpenAI, control: Control) -> None:
    """Listing, and reading what has ended, leaves the clock where it is."""
    thread_id, run_id = start_run(client)
    before = control.clock()["now"]
    client.beta.threads.messages.list(thread_id)
    client.beta.threads.runs.list(thread_id)
    client.beta.threads.runs.steps.list(run_id, thread_id=thread_id)
    assert control.clock()["now"] == before


def test_a_run_that_waits_for_its_client_expires_at_the_25th_read_in_a_row(
    client: openai.OpenAI, control: Control
) -> None:
    """Nobody who reads 24 times and then acts is hurt; who never acts sees the expiry."""
    control.add_replies({"then": CALL})
    thread_id, run_id = start_run(client)
    runs = client.beta.threads.runs
    assert runs.poll(run_id, thread_id).status == "requires_action"
    for _ in range(23):
        assert runs.retrieve(run_id, thread_id=thread_id).status == "requires_action"
    client.beta.threads.update(thread_id, metadata={"still": "here"})
    for _ in range(24):
        assert runs.retrieve(run_id, thread_id=thread_id).status == "requires_action"
    expired = runs.retrieve(run_id, thread_id=thread_id)
    assert expired.status == "expired"
    assert control.clock()["now"] - expired.created_at == pytest.approx(600, abs=1)


def test_a_poller_of_something_else_moves_time_as_well(client: openai.OpenAI, control: Control) -> None:
    """A client that waits for a message by listing messages gets it."""
    control.add_replies({"then": {"reply": "At last."}})
    thread_id, _ = start_run(client)
    for _ in range(200):
        newest = client.beta.threads.messages.list(thread_id, limit=1).data[0]
        if newest.role == "assistant" and newest.content:
            break
    assert newest.role == "assistant"


def test_who_sleeps_between_two_looks_is_not_hurried(client: openai.OpenAI, control: Control) -> None:
    """A client whose sleeps move the clock waits as long as it means to, however often it looks."""
    control.add_replies({"then": {"stall": "in_progress"}})
    thread_id, _ = start_run(client)
    before = control.clock()["now"]
    for _ in range(30):
        control.advance(1)
        (run,) = client.beta.threads.runs.list(thread_id).data
    assert (run.status, control.clock()["now"]) == ("in_progress", before + 30)


def test_a_hang_is_proved_by_quiescence(client: openai.OpenAI, control: Control) -> None:
    """Nothing is pending and the client asks the same for ever: the journal says so."""
    thread = client.beta.threads.create()
    for _ in range(25):
        client.beta.threads.messages.list(thread.id)
    notes = [entry["event"] for entry in control.journal() if "event" in entry]
    assert notes == ["quiescence"]


def test_advancing_passes_through_everything_on_the_way(client: openai.OpenAI, control: Control) -> None:
    """One jump of an hour leaves every moment where it was planned."""
    thread_id, run_id = start_run(client)
    control.advance(3600)
    run = client.beta.threads.runs.retrieve(run_id, thread_id=thread_id)
    assert run.status == "completed"
    assert run.started_at is not None
    assert run.completed_at is not None
    assert run.created_at <= run.started_at <= run.completed_at < run.created_at + 10


def test_a_stalled_run_expires(client: openai.OpenAI, control: Control) -> None:
    """`create_and_poll` on a run that never moves ends, at the run's own expiry."""
    control.add_replies({"then": {"stall": "in_progress"}})
    assistant = client.beta.assistants.create(model="gpt-4o", instructions="x")
    thread = client.beta.threads.create()
    run = client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)
    assert (run.status, run.last_error) == ("expired", None)


def test_a_rules_timeline_is_kept_to_the_second(client: openai.OpenAI, control: Control) -> None:
    """queued 2 s, in progress 30 s."""
    control.add_replies({"timeline": {"queued": "2s", "in_progress": "30s"}, "then": {"reply": "Slow."}})
    thread_id, run_id = start_run(client)
    run = client.beta.threads.runs.poll(run_id, thread_id)
    assert run.started_at == run.created_at + 2
    assert run.completed_at == run.created_at + 32


def test_scaled_time_runs_by_itself() -> None:
    """At ten thousand times the speed a run of two seconds needs nobody to push it, and hints are real."""
    with Server(Settings(clock="x10000")) as server:
        with openai.OpenAI(base_url=server.base_url, api_key="k", max_retries=0) as client:
            thread_id, run_id = start_run(client)
            assert client.beta.threads.runs.poll(run_id, thread_id).status == "completed"
            with client.beta.threads.runs.stream(
                thread_id=thread_id, assistant_id=client.beta.assistants.list().data[0].id
            ) as stream:
                assert stream.get_final_run().status == "completed"


def test_the_clock_may_change_its_pace_without_a_jump(control: Control) -> None:
    """From virtual to scaled and back: never backwards."""
    virtual = control.clock()["now"]
    scaled = control.set_clock("x2")["now"]
    again = control.set_clock("virtual")["now"]
    assert virtual <= scaled <= again < virtual + 60


def test_the_cancel_of_a_run_takes_its_time(client: openai.OpenAI, control: Control) -> None:
    """cancelling at once, cancelled three seconds later, and the thread is free again only then."""
    control.add_replies(
        {"timeline": {"in_progress": "300s", "cancelling": "3s"}, "then": {"reply": "Never."}}
    )
    thread_id, run_id = start_run(client)
    cancelling = client.beta.threads.runs.cancel(run_id, thread_id=thread_id)
    assert (cancelling.status, cancelling.cancelled_at) == ("cancelling", None)
    with pytest.raises(openai.BadRequestError, match="while a run"):
        client.beta.threads.messages.create(thread_id, role="user", content="too early")
    control.advance(2.9)
    assert control.timeline(run_id)["pending"]
    control.advance(0.1)
    run = client.beta.threads.runs.retrieve(run_id, thread_id=thread_id)
    assert (run.status, run.expires_at) == ("cancelled", None)
    assert run.cancelled_at == run.created_at + 3
    client.beta.threads.messages.create(thread_id, role="user", content="now it works")


def test_a_poller_that_reads_by_turns_gets_there(client: openai.OpenAI, control: Control) -> None:
    """Two lists read in turn are a client that waits, too: 25 rounds a status, not a token."""
    thread_id, _ = start_run(client)
    rounds = 0
    while client.beta.threads.runs.list(thread_id).data[0].status != "completed":
        client.beta.threads.messages.list(thread_id)
        rounds += 1
        assert rounds <= 2 * 25


def test_a_run_may_hold_on_when_it_is_cancelled(client: openai.OpenAI, control: Control) -> None:
    """`stall: cancelling` waits to be cancelled, and then never is until it expires."""
    control.add_replies({"then": {"stall": "cancelling"}})
    thread_id, run_id = start_run(client)
    control.advance(10)
    assert client.beta.threads.runs.cancel(run_id, thread_id=thread_id).status == "cancelling"
    control.advance(300)
    assert client.beta.threads.runs.list(thread_id).data[0].status == "cancelling"
    control.advance(300)
    assert client.beta.threads.runs.list(thread_id).data[0].status == "expired"


def test_a_second_message_that_never_gets_a_word_does_not_confuse_the_helper(
    client: openai.OpenAI, control: Control
) -> None:
    """Cut before its first fragment, it is shown with an empty one."""
    steps = {"steps": [{"reply": "One."}, {"reply": "Two."}]}
    control.add_replies({"timeline": {"first_token": 0, "tokens_per_second": 0.005}, "then": steps})
    assistant = client.beta.assistants.create(model="gpt-4o", instructions="x")
    thread = client.beta.threads.create()
    with client.beta.threads.runs.stream(thread_id=thread.id, assistant_id=assistant.id) as stream:
        assert stream.get_final_run().status == "expired"


def test_a_stall_after_tool_outputs(client: openai.OpenAI, control: Control) -> None:
    """The run takes its outputs, and then stays where it is said to stay."""
    for status in ("requires_action", "queued"):
        control.clear_replies()
        control.add_replies({"then": {**CALL, "stall": status}})
        thread_id, run_id = start_run(client)
        runs = client.beta.threads.runs
        waiting = runs.poll(run_id, thread_id)
        assert waiting.required_action is not None
        call = waiting.required_action.submit_tool_outputs.tool_calls[0]
        runs.submit_tool_outputs(
            run_id, thread_id=thread_id, tool_outputs=[{"tool_call_id": call.id, "output": "x"}]
        )
        control.advance(60)
        assert runs.list(thread_id).data[0].status == status


def test_who_sleeps_in_the_worlds_time_is_not_hurried(client: openai.OpenAI, control: Control) -> None:
    """Or no deadline of a client would ever be reached; a hundred equal answers are enough of that."""
    control.add_replies({"then": {"stall": "in_progress"}})
    assistant = client.beta.assistants.create(model="gpt-4o", instructions="Be brief.")
    run = client.beta.threads.create_and_run(assistant_id=assistant.id)
    began = control.clock()["now"]
    seen: list[str] = []
    while not seen or seen[-1] != "expired":
        control.advance(1)
        seen.append(client.beta.threads.runs.retrieve(run.id, thread_id=run.thread_id).status)
        if len(seen) == 90:
            assert control.clock()["now"] - began == 90
    assert seen == ["in_progress"] * 100 + ["expired"]
    assert control.clock()["now"] - began == 600


def test_who_does_not_sleep_goes_from_status_to_status(client: openai.OpenAI, control: Control) -> None:
    """Also after time was moved, from the second read on: the first shows that moment."""
    control.add_replies({"then": {"stall": "in_progress"}})
    assistant = client.beta.assistants.create(model="gpt-4o", instructions="Be brief.")
    run = client.beta.threads.create_and_run(assistant_id=assistant.id)
    control.advance(540)
    seen = [client.beta.threads.runs.retrieve(run.id, thread_id=run.thread_id).status for _ in range(2)]
    assert seen == ["in_progress", "expired"]
