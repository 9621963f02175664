"""A thread on which an assistant is asked again and again, as tests of runs need it."""

from __future__ import annotations

from typing import Any

from tests.faults.shows import Stage

ANSWER = "Hello there, how may I help you today?"
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "unit": {"enum": ["c", "f"]}},
            "required": ["city", "unit"],
        },
    },
}


class Chat:
    """An assistant that says hello, or one with `tools` that asks for the weather first, on one thread."""

    def __init__(self, stage: Stage, *, tools: bool = False, more: Any = ()) -> None:
        self.stage = stage
        self.runs = stage.client.beta.threads.runs
        if not tools:
            stage.control.add_replies({"then": {"reply": ANSWER}})
        self.assistant = stage.assistant(tools=[*([WEATHER] if tools else ()), *more])
        self.thread = stage.thread("The weather in Paris?" if tools else "Hello?")

    def begin(self, **more: Any) -> Any:
        """A new run, as it is answered."""
        return self.runs.create(self.thread, assistant_id=self.assistant, **more)

    def poll(self, run: Any) -> Any:
        """The run when it has ended or asks for outputs."""
        return self.runs.poll(run.id, self.thread)

    def ask(self, **more: Any) -> Any:
        """A new run, polled."""
        return self.poll(self.begin(**more))

    def look(self, run: Any) -> Any:
        """The run as it is."""
        return self.runs.retrieve(run.id, thread_id=self.thread)

    def listen(self) -> list[Any]:
        """The events of a new run's stream."""
        return list(self.begin(stream=True))

    def calls(self, run: Any) -> list[Any]:
        """The functions a run asks for."""
        assert run.status == "requires_action", run.status
        return list(run.required_action.submit_tool_outputs.tool_calls)

    def submit(self, run: Any, output: str = "21 degrees", **more: Any) -> Any:
        """Answer all calls of a run alike."""
        outputs: Any = [{"tool_call_id": call.id, "output": output} for call in self.calls(run)]
        return self.runs.submit_tool_outputs(run.id, thread_id=self.thread, tool_outputs=outputs, **more)

    def answer(self, run: Any) -> Any:
        """Answer all calls of a run, and poll it."""
        return self.poll(self.submit(run))

    def steps(self, run: Any) -> list[Any]:
        """The run's steps, the first one first."""
        return list(self.runs.steps.list(run.id, thread_id=self.thread, order="asc"))

    def heard(self, run: Any) -> str:
        """The text of the run's only message."""
        (message,) = self.stage.client.beta.threads.messages.list(self.thread, run_id=run.id)
        (part,) = message.content
        assert part.type == "text"
        return part.text.value
