"""`make demo`: a server, a real SDK program against it, and what happened, seen from the server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from harness.control import Control

KEY = "demo-key"
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


@contextmanager
def server() -> Iterator[str]:
    """A server in a process of its own, in virtual time; its base URL."""
    command = [sys.executable, "-m", "mockserver", "--port", "0", "--clock", "virtual"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        greeting = process.stdout.readline()
        found = re.search(r"http://\S+", greeting)
        if found is None:
            raise SystemExit(f"the server did not start: {greeting}")
        yield found[0]
    finally:
        process.terminate()
        process.wait()


def converse(client: Any, control: Control) -> None:
    """Three conversations: a question, a function call, a stream."""
    beta = client.beta
    control.add_replies(
        {"when": {"last_user_message": {"contains": "France"}}, "then": {"reply": "Paris."}, "times": 1}
    )
    assistant = beta.assistants.create(model="gpt-4o", instructions="Be brief.", tools=[WEATHER])

    _title("A question, polled; the answer is scripted")
    thread = beta.threads.create()
    _ask(beta, thread.id, "What is the capital of France?")
    run = beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)
    answer = next(iter(beta.threads.messages.list(thread.id, limit=1)))
    print(f"  assistant  {answer.content[0].text.value}")
    print(f"  {run.status}, {run.usage.total_tokens} tokens")
    _timeline(control, run.id)

    _title("A function call; nobody scripted it, the words fit the tool")
    _ask(beta, thread.id, "How is the weather in Rome?")
    run = beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)
    calls = run.required_action.submit_tool_outputs.tool_calls
    for call in calls:
        print(f"  {run.status}: {call.function.name}({call.function.arguments})")
    outputs = [{"tool_call_id": call.id, "output": "24 degrees, sunny"} for call in calls]

    _title("The outputs are submitted, and the answer is streamed")
    print("  assistant  ", end="")
    with beta.threads.runs.submit_tool_outputs_stream(
        run_id=run.id, thread_id=thread.id, tool_outputs=outputs
    ) as stream:
        for text in stream.text_deltas:
            print(text, end="|", flush=True)
    print()
    _timeline(control, run.id)


def main() -> None:
    """Run the demo."""
    try:
        from openai import OpenAI
    except ImportError:
        raise SystemExit("the demo needs the OpenAI SDK: pip install 'assistants-mock[demo]'") from None
    warnings.simplefilter("ignore", DeprecationWarning)
    os.environ.pop("OPENAI_ORG_ID", None)
    with server() as base_url, Control(base_url, KEY) as control:
        converse(OpenAI(base_url=base_url, api_key=KEY), control)
        _title("All of it, as the server's journal has it")
        for entry in control.journal():
            if "call" in entry:
                print(f"  {entry['call']:<28} {entry['method']:<7}{entry['status']}")
    print("\nNo time was spent waiting: the server's clock is virtual.")


def _ask(beta: Any, thread_id: str, words: str) -> None:
    beta.threads.messages.create(thread_id, role="user", content=words)
    print(f"  user       {words}")


def _timeline(control: Control, run_id: str) -> None:
    """What the journal noted since the run was created."""
    notes = [entry for entry in control.journal() if "event" in entry]
    began = next(index for index, note in enumerate(notes) if note["subject"] == run_id)
    for note in notes[began:]:
        print(f"  {note['at'] - notes[began]['at']:7.2f} s  {note['event']}")


def _title(text: str) -> None:
    print(f"\n{text}")


if __name__ == "__main__":
    main()
