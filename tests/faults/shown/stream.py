"""What clients see of streams that are cut, doubled, out of order or strangely written."""

from __future__ import annotations

from typing import Any

import openai

from tests.faults.shows import Stage, shows

TEXT = "Grüße aus Łódź 😀"
ANSWER = {"then": {"reply": TEXT}}


class Listener:
    """One thread whose runs are streamed; `events` are those of the last run, also when it broke off."""

    def __init__(self, stage: Stage) -> None:
        stage.control.add_replies(ANSWER)
        self.stage = stage
        self.assistant = stage.assistant()
        self.thread = stage.thread()
        self.events: list[Any] = []

    def listen(self) -> list[str]:
        """Stream one more run to its end; the names of its events."""
        self.events = []
        stream = self.stage.client.beta.threads.runs.create(
            self.thread, assistant_id=self.assistant, stream=True
        )
        for event in stream:
            self.events.append(event)
        return self.names

    @property
    def names(self) -> list[str]:
        """The names of the events."""
        return [event.event for event in self.events]

    @property
    def deltas(self) -> list[str]:
        """The text that came in pieces."""
        return [
            event.data.delta.content[0].text.value
            for event in self.events
            if event.event == "thread.message.delta"
        ]

    @property
    def text(self) -> str:
        """The text of the message that was completed."""
        (event,) = [event for event in self.events if event.event == "thread.message.completed"]
        text: str = event.data.content[0].text.value
        return text

    def runs(self) -> list[str]:
        """The statuses of all runs on the thread, the first one first."""
        return [run.status for run in self.stage.client.beta.threads.runs.list(self.thread, order="asc")]

    def follow(self) -> str:
        """What becomes of the run whose stream broke off, for a client that asks."""
        run_id = self.events[0].data.id
        return self.stage.client.beta.threads.runs.poll(run_id, self.thread).status


@shows("sse.cut")
def cut(stage: Stage) -> None:
    """Three events, a broken connection, and a run that comes to its end all the same."""
    listener = Listener(stage)
    stage.arm("sse.cut", "runs.create")
    error = stage.fails(openai.APIConnectionError, listener.listen)
    assert str(error.__cause__) == (
        "peer closed connection without sending complete message body (incomplete chunked read)"
    )
    assert listener.names == ["thread.run.created", "thread.run.queued", "thread.run.in_progress"]
    assert listener.runs() == ["in_progress"]
    assert listener.follow() == "completed"
    assert stage.texts(listener.thread)[-1] == TEXT
    assert listener.listen()[-1] == "thread.run.completed"
    assert listener.runs() == ["completed", "completed"]


@shows("sse.stall")
def stall(stage: Stage) -> None:
    """Silence for as long as the client waits, which takes no time here, and then a broken connection."""
    listener = Listener(stage)
    before = stage.control.clock()["now"]
    stage.arm("sse.stall", "runs.create")
    error = stage.fails(openai.APIConnectionError, listener.listen)
    assert "incomplete chunked read" in str(error.__cause__)
    assert len(listener.events) == 3
    assert 600 <= stage.control.clock()["now"] - before < 610
    assert listener.runs() == ["completed"]
    assert listener.listen()[-1] == "thread.run.completed"


@shows("sse.no_terminal")
def no_terminal(stage: Stage) -> None:
    """Everything but the end of the run, and no error; the helper thinks that the run is still going on."""
    listener = Listener(stage)
    stage.arm("sse.no_terminal", "runs.create")
    runs = stage.client.beta.threads.runs
    with runs.stream(thread_id=listener.thread, assistant_id=listener.assistant) as stream:
        names = [event.event for event in stream]
        assert stream.get_final_run().status == "in_progress"
    assert names[-1] == "thread.run.step.completed"
    assert listener.runs() == ["completed"]
    assert listener.listen() == [*names, "thread.run.completed"]


@shows("sse.no_done")
def no_done(stage: Stage) -> None:
    """The SDK does not mind."""
    listener = Listener(stage)
    stage.arm("sse.no_done", "runs.create")
    names = listener.listen()
    assert names[-1] == "thread.run.completed"
    (entry,) = stage.control.journal(operation="runs.create")
    assert entry["events"] == names
    assert listener.listen() == names
    assert stage.control.journal(operation="runs.create")[-1]["events"] == [*names, "done"]


@shows("sse.duplicate_event")
def duplicate_event(stage: Stage) -> None:
    """The deltas say one thing twice; the completed message says it once."""
    listener = Listener(stage)
    stage.arm("sse.duplicate_event", "runs.create")
    listener.listen()
    assert "".join(listener.deltas) == "GrGrüße aus Łódź 😀"
    assert listener.text == TEXT == stage.texts(listener.thread)[-1]
    listener.listen()
    assert "".join(listener.deltas) == TEXT


@shows("sse.missing_event")
def missing_event(stage: Stage) -> None:
    """The deltas lack a piece; the completed message does not."""
    listener = Listener(stage)
    stage.arm("sse.missing_event", "runs.create")
    listener.listen()
    assert "".join(listener.deltas) == "üße aus Łódź 😀"
    assert listener.text == TEXT
    listener.listen()
    assert "".join(listener.deltas) == TEXT


@shows("sse.missing_event")
def missing_message(stage: Stage) -> None:
    """Without the birth of the message, the SDK's helper breaks."""
    listener = Listener(stage)
    stage.arm("sse.missing_event(of=thread.message.created)", "runs.create")

    def listen() -> None:
        runs = stage.client.beta.threads.runs
        with runs.stream(thread_id=listener.thread, assistant_id=listener.assistant) as stream:
            stream.until_done()

    error = stage.fails(RuntimeError, listen)
    assert str(error) == "Encountered a message delta with no previous snapshot"
    (run,) = stage.client.beta.threads.runs.list(listener.thread)
    assert stage.client.beta.threads.runs.poll(run.id, listener.thread).status == "completed"
    listen()


@shows("sse.reordered")
def reordered(stage: Stage) -> None:
    """The second piece comes before the first."""
    listener = Listener(stage)
    stage.arm("sse.reordered", "runs.create")
    listener.listen()
    swapped = listener.deltas
    assert listener.text == TEXT
    listener.listen()
    assert "".join(listener.deltas) == TEXT
    first, second, *others = listener.deltas
    assert swapped == [second, first, *others]


@shows("sse.error_event")
def error_event(stage: Stage) -> None:
    """A wrapped error is raised as the SDK's plain APIError; the run goes on."""
    listener = Listener(stage)
    stage.arm("sse.error_event", "runs.create")
    error = stage.fails(openai.APIError, listener.listen)
    assert error.message.startswith("The server had an error processing your request.")
    assert (error.type, error.code, error.param) == ("server_error", None, None)
    assert len(listener.events) == 3
    assert listener.follow() == "completed"
    assert listener.listen()[-1] == "thread.run.completed"


@shows("sse.error_event")
def bare_error_event(stage: Stage) -> None:
    """A bare error, as published, passes by as one more event."""
    listener = Listener(stage)
    stage.arm("sse.error_event(bare)", "runs.create")
    listener.listen()
    assert listener.names[3:] == ["error"]
    assert listener.events[3].data.type == "server_error"
    assert listener.follow() == "completed"
    assert listener.listen()[-1] == "thread.run.completed"


@shows("sse.unknown_event")
def unknown_event(stage: Stage) -> None:
    """One event more; the SDK makes an object of a wrong kind of it."""
    listener = Listener(stage)
    stage.arm("sse.unknown_event", "runs.create")
    names = listener.listen()
    assert names.pop(3) == "thread.run.reviewed"
    assert type(listener.events[3]).__name__ == "ThreadCreated"
    assert listener.text == TEXT
    assert listener.listen() == names


@shows("sse.split_utf8")
def split_utf8(stage: Stage) -> None:
    """The text comes out right although every letter that can be is cut in two."""
    listener = Listener(stage)
    stage.arm("sse.split_utf8", "runs.create")
    names = listener.listen()
    assert "".join(listener.deltas) == listener.text == TEXT
    assert listener.listen() == names


@shows("sse.comments")
def comments(stage: Stage) -> None:
    """The SDK passes over comments."""
    listener = Listener(stage)
    stage.arm("sse.comments", "runs.create")
    names = listener.listen()
    assert listener.text == TEXT
    assert listener.listen() == names


@shows("sse.crlf")
def crlf(stage: Stage) -> None:
    """The SDK takes these ends of lines too."""
    listener = Listener(stage)
    stage.arm("sse.crlf", "runs.create")
    names = listener.listen()
    assert listener.text == TEXT
    assert listener.listen() == names
