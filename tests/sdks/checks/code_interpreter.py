"""Runs that compute: with attached data for real, and with what a script says they wrote."""

from __future__ import annotations

from typing import Any

from tests.sdks.agreement import answers, check_final
from tests.sdks.checks import check
from tests.sdks.handlers import handler_for
from tests.sdks.sdk import Json, Sdk, awake, every, got, opened

CSV = b"region,amount\nnorth,10\nsouth,30\nnorth,20\n"
PNG = b"\x89PNG\r\n\x1a\n"
TOOL = {"type": "code_interpreter"}
PATH = "sandbox:/mnt/data/totals.csv"
REPORT: Json = {
    "then": {
        "steps": [
            {
                "code_interpreter": {
                    "input": "write_totals()",
                    "outputs": [
                        {"logs": "done\n"},
                        {"file": {"name": "totals.csv", "text": "region,total\nGrüße,60\n"}},
                    ],
                }
            },
            {"reply": f"🌍 Download [the totals]({PATH})."},
        ]
    }
}


async def _with_data(sdk: Sdk, question: str) -> tuple[Any, Any]:
    """An assistant that computes, and a thread whose message brings the data."""
    file = await got(sdk.files.create(file=("sales.csv", CSV), purpose="assistants"))
    assistant = await sdk.assistant(tools=[TOOL])
    attachments = [{"file_id": file.id, "tools": [TOOL]}]
    message = {"role": "user", "content": question, "attachments": attachments}
    thread = await got(sdk.threads.create(messages=[message]))
    assert thread.tool_resources.code_interpreter.file_ids == [file.id]
    return assistant, thread


async def _check_picture(sdk: Sdk, file_id: str) -> None:
    file = await got(sdk.files.retrieve(file_id))
    assert (file.purpose, file.filename.endswith(".png")) == ("assistants_output", True)
    content = (await got(sdk.files.content(file_id))).content
    assert content.startswith(PNG)
    assert len(content) == file.bytes


@check
async def attached_data(sdk: Sdk) -> None:
    """Figures of an attached table are really computed, and the step shows code and logs."""
    assistant, thread = await _with_data(sdk, "What is in this file?")
    with awake():
        run = await got(sdk.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id))
    assert run.status == "completed"
    steps = await every(sdk.runs.steps.list(run.id, thread_id=thread.id, order="asc"))
    assert [step.type for step in steps] == ["tool_calls", "message_creation"]
    (call,) = steps[0].step_details.tool_calls
    assert "csv" in call.code_interpreter.input
    (output,) = call.code_interpreter.outputs
    assert output.type == "logs"
    assert "amount" in output.logs
    (answer,) = await answers(sdk, run)
    text = answer.content[0].text.value
    for said in ("sales.csv", "3 rows", "2 columns", "from 10 to 30", "mean 20"):
        assert said in text


@check
async def chart_of_attached_data(sdk: Sdk) -> None:
    """A chart that was asked for is a picture in the step and in the answer, and can be downloaded."""
    assistant, thread = await _with_data(sdk, "Draw a bar chart of the amount by region.")
    with awake():
        run = await got(sdk.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id))
    assert run.status == "completed"
    steps = await every(sdk.runs.steps.list(run.id, thread_id=thread.id, order="asc"))
    logs, image = steps[0].step_details.tool_calls[0].code_interpreter.outputs
    assert (logs.type, image.type) == ("logs", "image")
    (answer,) = await answers(sdk, run)
    assert [part.type for part in answer.content] == ["image_file", "text"]
    assert answer.content[0].image_file.file_id == image.image.file_id
    await _check_picture(sdk, image.image.file_id)


@check
async def chart_streamed(sdk: Sdk) -> None:
    """A handler is told of the picture; run, message and step end as polling shows them."""
    assistant, thread = await _with_data(sdk, "Draw a bar chart of the amount by region.")
    handler = handler_for(sdk)
    manager = sdk.runs.stream(thread_id=thread.id, assistant_id=assistant.id, event_handler=handler)
    async with opened(manager) as stream:
        await check_final(sdk, stream)
        (message,) = await got(stream.get_final_messages())
    assert handler.notes.images == [message.content[0].image_file.file_id]
    await _check_picture(sdk, handler.notes.images[0])
    assert "".join(handler.notes.text_deltas) == message.content[1].text.value


def _check_path(text: Any) -> str:
    """The one annotation of the answer stands at its place; the id of its file."""
    (annotation,) = text.annotations
    assert (annotation.type, annotation.text) == ("file_path", PATH)
    assert text.value[annotation.start_index : annotation.end_index] == PATH
    file_id: str = annotation.file_path.file_id
    return file_id


async def _check_report(sdk: Sdk, file_id: str) -> None:
    file = await got(sdk.files.retrieve(file_id))
    assert (file.purpose, file.filename) == ("assistants_output", "totals.csv")
    assert (await got(sdk.files.content(file_id))).content.decode() == "region,total\nGrüße,60\n"
    listed = await every(sdk.files.list(purpose="assistants_output"))
    assert [one.id for one in listed] == [file_id]


@check
async def written_file(sdk: Sdk) -> None:
    """A file that the code wrote is linked in the answer and can be downloaded, then deleted."""
    sdk.script(REPORT)
    assistant, thread = await sdk.assistant(tools=[TOOL]), await sdk.thread()
    with awake():
        run = await got(sdk.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id))
    (answer,) = await answers(sdk, run)
    file_id = _check_path(answer.content[0].text)
    await _check_report(sdk, file_id)
    assert (await got(sdk.files.delete(file_id))).deleted is True


@check
async def written_file_streamed(sdk: Sdk) -> None:
    """The link arrives with the deltas, and the file is there when the stream ends."""
    sdk.script(REPORT)
    assistant, thread = await sdk.assistant(tools=[TOOL]), await sdk.thread()
    async with opened(sdk.runs.stream(thread_id=thread.id, assistant_id=assistant.id)) as stream:
        await check_final(sdk, stream)
        (message,) = await got(stream.get_final_messages())
    await _check_report(sdk, _check_path(message.content[0].text))
    sdk.new_world()
    sdk.script(REPORT)
    assistant, thread = await sdk.assistant(tools=[TOOL]), await sdk.thread()
    events = await every(await got(sdk.runs.create(thread.id, assistant_id=assistant.id, stream=True)))
    deltas = [event.data.delta for event in events if event.event == "thread.message.delta"]
    parts = [part.text for delta in deltas for part in delta.content]
    told = [annotation for part in parts for annotation in part.annotations or ()]
    (answer,) = await answers(sdk, events[-1].data)
    assert [one.file_path.file_id for one in told] == [_check_path(answer.content[0].text)]
    assert "".join(part.value for part in parts) == answer.content[0].text.value


@check
async def files_of_an_assistant(sdk: Sdk) -> None:
    """Data may belong to the assistant; deleting the file takes it out of the assistant."""
    file = await got(sdk.files.create(file=("sales.csv", CSV), purpose="assistants"))
    resources = {"code_interpreter": {"file_ids": [file.id]}}
    assistant = await sdk.assistant(tools=[TOOL], tool_resources=resources)
    thread = await sdk.thread("How many rows are there?")
    with awake():
        run = await got(sdk.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id))
    assert "3 rows" in (await answers(sdk, run))[0].content[0].text.value
    await got(sdk.files.delete(file.id))
    assistant = await got(sdk.assistants.retrieve(assistant.id))
    assert assistant.tool_resources.code_interpreter.file_ids == []
