"""Asks with care: one call brings the question and begins the run, and whatever goes wrong has one name."""

import json
import time
import uuid

from openai import BadRequestError, OpenAI

from clients import Unavailable

WEATHER = {"Paris": "21 degrees"}
PATIENCE = 120.0

threads = OpenAI(max_retries=0, timeout=30).beta.threads


def ask(thread_id: str, assistant_id: str, text: str) -> str:
    """The answer to a question. Raises Unavailable, and nothing else."""
    try:
        run = begin(thread_id, assistant_id, text)
        deadline = time.monotonic() + PATIENCE
        while run.status != "completed":
            if run.status in ("failed", "incomplete", "cancelled", "expired"):
                raise Unavailable(f"no answer: {run.status}")
            if time.monotonic() > deadline:
                threads.runs.cancel(run.id, thread_id=thread_id)
                raise Unavailable("it takes too long")
            if run.status == "requires_action":
                calls = run.required_action.submit_tool_outputs.tool_calls
                outputs = [{"tool_call_id": call.id, "output": weather(call.function)} for call in calls]
                threads.runs.submit_tool_outputs(run.id, thread_id=thread_id, tool_outputs=outputs)
            time.sleep(1)
            run = threads.runs.retrieve(run.id, thread_id=thread_id)
        answer = "\n".join(written(message) for message in threads.messages.list(thread_id, run_id=run.id))
    except Unavailable:
        raise
    except Exception as error:
        raise Unavailable("please try again later") from error
    if not answer:
        raise Unavailable("no answer")
    return answer


def begin(thread_id, assistant_id, text):
    """Put the question and begin its run. Who is refused because of a run looks whether it is this one."""
    turn = uuid.uuid4().hex
    question = {"role": "user", "content": text}
    try:
        return threads.runs.create(
            thread_id, assistant_id=assistant_id, additional_messages=[question], metadata={"turn": turn}
        )
    except BadRequestError:
        for run in threads.runs.list(thread_id, limit=5):
            if run.metadata.get("turn") == turn:
                return run
        raise


def weather(function) -> str:
    """What a function call is answered with; what is wrong with it is told to the assistant."""
    try:
        return WEATHER[json.loads(function.arguments)["city"]]
    except (ValueError, KeyError, TypeError) as error:
        return f"this cannot be answered: {error!r}"


def written(message) -> str:
    """The text of a message without the marks of its citations."""
    parts = []
    for part in message.content:
        if part.type == "text":
            text = part.text.value
            for annotation in part.text.annotations:
                text = text.replace(annotation.text, "")
            parts.append(text)
    return "\n".join(parts)
