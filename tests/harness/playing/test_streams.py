"""`stream`: read to the end, held in the middle, hung up on, broken."""

from __future__ import annotations

import pytest

from tests.harness.playing.conftest import ASSISTANT, REPLY, Stage


def test_a_stream_is_read_to_its_end(stage: Stage) -> None:
    stage.passes(
        ASSISTANT,
        """
        - stream: {runs.create: <RUN>}
          expect:
            text: One two three four five.
            run.status: completed
            messages.0.content.0.text.value: One two three four five.
            messages: {length: 1}
            stream: {present: false}
            events:
              subsequence: [thread.run.created, thread.run.queued, thread.message.delta, thread.run.completed]
        """,
        head=REPLY,
    )


def test_a_stream_begins_a_thread_or_goes_on_with_outputs(stage: Stage) -> None:
    stage.passes(
        """
        - assistants.create: {model: gpt-4o, tools: [{type: function, function: {name: look_up}}]}
          as: asst
        - stream:
            threads.create_and_run:
              assistant_id: "${asst.id}"
              thread: {messages: [{role: user, content: Hi}]}
          as: s
          expect: {events.0: thread.created, run.status: requires_action, text: ""}
        - stream:
            runs.submit_tool_outputs:
              thread_id: "${s.run.thread_id}"
              run_id: "${s.run.id}"
              tool_outputs:
              - {tool_call_id: "${s.run.required_action.submit_tool_outputs.tool_calls.0.id}", output: "1"}
          expect: {run.status: completed, text: Found it.}
        """,
        head="""
        backend:
          runs:
          - then: {tool_calls: [{function: look_up, arguments: {}}], on_outputs: {reply: Found it.}}
        """,
    )


def test_a_stream_is_held_while_others_act(stage: Stage) -> None:
    """The server would be far ahead of the client, were time not held: the run is cancelled in its middle."""
    for _ in range(3):
        outcome = stage.passes(
            ASSISTANT,
            """
            - stream: {runs.create: <RUN>, until: thread.message.delta}
              as: s
              expect: {text: One, run.status: in_progress, stream: {present: true}}
            - runs.retrieve: {thread_id: "${thread.id}", run_id: "${s.run.id}"}
              expect: {status: in_progress}
            - stream: {resume: "${s}", until: thread.message.delta}
              expect: {events: [thread.message.delta], text: " two"}
            - runs.cancel: {thread_id: "${thread.id}", run_id: "${s.run.id}"}
              expect: {status: cancelling}
            - stream: {resume: "${s}"}
              expect: {run.status: cancelled, text: "", messages.0.status: incomplete}
            - wait: {run: "${s.run}", until: cancelled}
            - stream: {runs.create: <RUN>}
              expect: {run.status: completed, text: One two three four five.}
            """,
            head=REPLY,
        )
        assert outcome.api_seconds is not None
        assert outcome.api_seconds < 60


def test_where_a_client_stops_changes_nothing_of_what_it_saw(stage: Stage) -> None:
    """The same seed gives the same events, wherever the client hangs up or halts."""
    whole = stage.passes(ASSISTANT, "- stream: {runs.create: <RUN>}", head=REPLY).records[-1].result
    events, text = whole["events"], whole["text"]
    assert len(events) == 16
    for count in (1, 4, 7, 9, 12, 16):
        steps = f"- stream: {{runs.create: <RUN>, stop_after: {count}}}"
        seen = stage.passes(ASSISTANT, steps, head=REPLY).records[-1].result
        assert seen["events"] == events[:count]
        assert text.startswith(seen["text"])
    pieces = "".join(f"- stream: {{resume: '${{s}}', until: {name}}}\n" for name in events[1:])
    steps = f"- stream: {{runs.create: <RUN>, until: {events[0]}}}\n  as: s\n{pieces}"
    held = stage.passes(ASSISTANT, steps, head=REPLY).records[2:]
    assert [name for record in held for name in record.result["events"]] == events
    assert "".join(record.result["text"] for record in held) == text


def test_a_client_hangs_up(stage: Stage) -> None:
    outcome = stage.passes(
        ASSISTANT,
        """
        - stream: {runs.create: <RUN>, stop_after: 3}
          as: s
          expect: {events: [thread.run.created, thread.run.queued, thread.run.in_progress]}
        - wait: {run: "${s.run}", until: completed}
          expect: {statuses: [in_progress, completed]}
        - stream: {runs.create: <RUN>, stop_after: 0}
          expect: {events: []}
        """,
        head=REPLY,
    )
    control = stage.mocked.control
    assert control is not None
    assert [call["outcome"] for call in control.journal(operation="runs.create")] == ["left", "left"]
    assert outcome.api_seconds == 4.0


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("sse.cut(after=10)", "{exception: {one_of: [RemoteProtocolError, APIConnectionError]}}"),
        ("sse.error_event", "{exception: APIError, type: server_error}"),
        ("refuse", "{exception: APIConnectionError}"),
    ],
)
def test_a_stream_that_breaks_is_an_error_and_keeps_what_came(
    stage: Stage, fault: str, expected: str
) -> None:
    outcome = stage.passes(
        ASSISTANT,
        f"""
        - stream: {{runs.create: <RUN>}}
          expect_error: {expected}
          as: broken
        """,
        head=f"""
        {REPLY}
        client: {{max_retries: 0}}
        faults: ['{fault} at runs.create']
        """,
    )
    error = outcome.records[-1].error
    assert error is not None
    if fault.startswith("sse.cut"):
        assert error["text"] == "One two three"
        assert error["run"]["status"] == "in_progress"


def test_what_never_comes_in_a_stream_is_said(stage: Stage) -> None:
    outcome = stage.fails(ASSISTANT, "- stream: {runs.create: <RUN>, until: thread.run.expired}", head=REPLY)
    assert outcome.failure is not None
    assert outcome.failure.reason == "the stream ended before thread.run.expired came"
    assert outcome.failure.facts[0].startswith("events: thread.run.created, thread.run.queued, ")


def test_a_stream_that_is_not_open_cannot_be_resumed(stage: Stage) -> None:
    outcome = stage.fails(
        ASSISTANT, "- stream: {runs.create: <RUN>}\n  as: s\n- stream: {resume: '${s}'}", head=REPLY
    )
    assert outcome.failure is not None
    assert outcome.failure.reason == "there is no open stream to resume"
