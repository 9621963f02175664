"""Runs that search files: what they find depends on what is indexed at their moment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import openai

from tests.sdks.agreement import answers, check_messages, check_run
from tests.sdks.checks import check
from tests.sdks.sdk import Json, Sdk, awake, every, got, needs, opened, refused

NAME = "policy 🌍.md"
TEXT = "# Refunds\n\nGrüße 🌍! A refund is paid within 14 days of the return of the goods."
QUESTION = "Within how many days is a refund paid?"
SLOW: Json = {"profile": "realistic", "indexing": "5m"}
"""Indexing takes longer than a run, and longer than a run waits for its thread's files."""
PATIENT: Json = {"profile": "realistic", "indexing": "30s"}
"""Indexing takes longer than a run, but not longer than a run waits for its thread's files."""

Ask = Callable[[Sdk, Any, Any], Awaitable[Any]]
"""A way to run a thread with an assistant; what it gives is the answer's text with its annotations."""


async def polled(sdk: Sdk, thread: Any, assistant: Any) -> Any:
    """The answer as polling shows it."""
    with awake():
        run = await got(sdk.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id))
    assert run.status == "completed", run.last_error
    return (await answers(sdk, run))[-1].content[0].text


async def streamed(sdk: Sdk, thread: Any, assistant: Any) -> Any:
    """The answer as the helper ends up with, which is what polling shows."""
    async with opened(sdk.runs.stream(thread_id=thread.id, assistant_id=assistant.id)) as stream:
        run = await got(stream.get_final_run())
        messages = await got(stream.get_final_messages())
    assert run.status == "completed", run.last_error
    check_run(run, await got(sdk.runs.retrieve(run.id, thread_id=thread.id)))
    check_messages(messages, await answers(sdk, run))
    return messages[-1].content[0].text


async def raw(sdk: Sdk, thread: Any, assistant: Any) -> Any:
    """The completed message of a raw stream; the deltas before it say the same, annotations included."""
    stream = await got(sdk.runs.create(thread.id, assistant_id=assistant.id, stream=True))
    events = await every(stream)
    deltas = [event.data.delta for event in events if event.event == "thread.message.delta"]
    parts = [part.text for delta in deltas for part in delta.content]
    final = next(event.data for event in events if event.event == "thread.message.completed")
    text = final.content[0].text
    assert "".join(part.value for part in parts) == text.value
    told = [annotation for part in parts for annotation in part.annotations or ()]
    assert [annotation.index for annotation in told] == list(range(len(told)))
    for theirs, ours in zip(text.annotations, told, strict=True):
        for name in ("type", "text", "start_index", "end_index"):
            assert getattr(theirs, name) == getattr(ours, name)
        assert theirs.file_citation.file_id == ours.file_citation.file_id
    assert [message.content[0].text for message in await answers(sdk, events[-1].data)] == [text]
    return text


def check_cites(text: Any, file_id: str) -> None:
    """The answer quotes the file, and its one citation is the mark that stands at its place in the text."""
    assert "A refund is paid within 14 days" in text.value
    (annotation,) = text.annotations
    assert (annotation.type, annotation.file_citation.file_id) == ("file_citation", file_id)
    assert annotation.text == f"【4:0†{NAME}】"
    assert text.value[annotation.start_index : annotation.end_index] == annotation.text


def check_without(text: Any) -> None:
    """The answer knows nothing of the file."""
    assert "14 days" not in text.value
    assert text.annotations == []


@check
async def question_before_and_after_indexing(sdk: Sdk) -> None:
    """A run does not wait for its assistant's store: asked too early it answers without the file."""
    for ask in (polled, streamed, raw):
        sdk.new_world(latency=SLOW)
        store = await got(sdk.vector_stores.create())
        document = (NAME, TEXT.encode())
        entry = await got(sdk.vector_stores.files.upload(vector_store_id=store.id, file=document))
        assistant = await sdk.assistant(
            tools=[{"type": "file_search"}],
            tool_resources={"file_search": {"vector_store_ids": [store.id]}},
        )
        thread = await sdk.thread(QUESTION)
        check_without(await ask(sdk, thread, assistant))
        with awake():
            done = await got(sdk.vector_stores.files.poll(entry.id, vector_store_id=store.id))
        assert done.status == "completed"
        await got(sdk.messages.create(thread.id, role="user", content=QUESTION))
        check_cites(await ask(sdk, thread, assistant), entry.id)


async def _with_attachment(sdk: Sdk) -> tuple[Any, Any, str]:
    """An assistant that searches, a thread whose first message brings the file, and the file's id."""
    file = await got(sdk.files.create(file=(NAME, TEXT.encode()), purpose="assistants"))
    assistant = await sdk.assistant(tools=[{"type": "file_search"}])
    attachments = [{"file_id": file.id, "tools": [{"type": "file_search"}]}]
    message = {"role": "user", "content": QUESTION, "attachments": attachments}
    thread = await got(sdk.threads.create(messages=[message]))
    assert len(thread.tool_resources.file_search.vector_store_ids) == 1
    return assistant, thread, file.id


async def _last_run(sdk: Sdk, thread: Any) -> Any:
    return (await every(sdk.runs.list(thread.id)))[0]


@check
async def question_about_an_attachment(sdk: Sdk) -> None:
    """A run waits up to a minute for its thread's files, and so has them at its first question."""
    for ask in (polled, streamed, raw):
        sdk.new_world(latency=PATIENT)
        assistant, thread, file_id = await _with_attachment(sdk)
        check_cites(await ask(sdk, thread, assistant), file_id)
        run = await _last_run(sdk, thread)
        assert 20 <= run.completed_at - run.created_at <= 50


@check
async def question_about_a_slow_attachment(sdk: Sdk) -> None:
    """After a minute a run answers without its thread's files; the same question later has them."""
    for ask in (polled, streamed, raw):
        sdk.new_world(latency=SLOW)
        assistant, thread, file_id = await _with_attachment(sdk)
        check_without(await ask(sdk, thread, assistant))
        run = await _last_run(sdk, thread)
        assert 60 <= run.completed_at - run.created_at <= 90
        (store_id,) = thread.tool_resources.file_search.vector_store_ids
        with awake():
            done = await got(sdk.vector_stores.files.poll(file_id, vector_store_id=store_id))
        assert done.status == "completed"
        await got(sdk.messages.create(thread.id, role="user", content=QUESTION))
        check_cites(await ask(sdk, thread, assistant), file_id)


@check
async def search_step(sdk: Sdk) -> None:
    """The step of a real search names its results; their text is shown to who asks for it."""
    needs(sdk.runs.steps, "list", "include")
    assistant, thread, file_id = await _with_attachment(sdk)
    await polled(sdk, thread, assistant)
    run = await _last_run(sdk, thread)
    content = "step_details.tool_calls[*].file_search.results[*].content"

    async def result(**options: Any) -> Any:
        steps = await every(sdk.runs.steps.list(run.id, thread_id=thread.id, order="asc", **options))
        (call,) = steps[0].step_details.tool_calls
        (found,) = call.file_search.results
        return found

    plain, shown = await result(), await result(include=[content])
    assert (plain.file_id, plain.file_name, plain.content) == (file_id, NAME, None)
    assert 0 < plain.score <= 1
    assert shown.content[0].text == TEXT
    steps = await every(sdk.runs.steps.list(run.id, thread_id=thread.id, order="asc"))
    one = await got(
        sdk.runs.steps.retrieve(steps[0].id, thread_id=thread.id, run_id=run.id, include=[content])
    )
    assert one.step_details.tool_calls[0].file_search.results == [shown]
    run = await got(sdk.runs.create(thread.id, assistant_id=assistant.id, stream=True, include=[content]))
    done = [event.data for event in await every(run) if event.event == "thread.run.step.completed"]
    assert done[0].step_details.tool_calls[0].file_search.results[0].content[0].text == TEXT


@check
async def search_after_deletion(sdk: Sdk) -> None:
    """A deleted file is not found any more, nor anything in a deleted store."""
    assistant, thread, file_id = await _with_attachment(sdk)
    check_cites(await polled(sdk, thread, assistant), file_id)
    await got(sdk.files.delete(file_id))
    await got(sdk.messages.create(thread.id, role="user", content=QUESTION))
    check_without(await polled(sdk, thread, assistant))
    (store_id,) = thread.tool_resources.file_search.vector_store_ids
    await got(sdk.vector_stores.delete(store_id))
    await got(sdk.messages.create(thread.id, role="user", content=QUESTION))
    check_without(await polled(sdk, thread, assistant))


@check
async def expired_store(sdk: Sdk) -> None:
    """A thread's store goes seven days after it was used; runs on it are refused then."""
    assistant, thread, file_id = await _with_attachment(sdk)
    (store_id,) = thread.tool_resources.file_search.vector_store_ids
    store = await got(sdk.vector_stores.retrieve(store_id))
    assert (store.expires_after.anchor, store.expires_after.days) == ("last_active_at", 7)
    sdk.advance(6 * 86_400)
    check_cites(await polled(sdk, thread, assistant), file_id)
    sdk.advance(6 * 86_400)
    assert (await got(sdk.vector_stores.retrieve(store_id))).status == "completed"
    sdk.advance(86_400)
    assert (await got(sdk.vector_stores.retrieve(store_id))).status == "expired"
    error = await refused(
        lambda: sdk.runs.create(thread.id, assistant_id=assistant.id), openai.BadRequestError
    )
    assert error.body["message"] == f"Vector store {store_id} is expired"


@check
async def stores_made_by_helpers(sdk: Sdk) -> None:
    """`vector_stores` in the resources of an assistant or a thread makes a store of files."""
    file = await got(sdk.files.create(file=(NAME, TEXT.encode()), purpose="assistants"))
    helper = {"file_search": {"vector_stores": [{"file_ids": [file.id], "metadata": {"a": "b"}}]}}
    assistant = await sdk.assistant(tools=[{"type": "file_search"}], tool_resources=helper)
    (store_id,) = assistant.tool_resources.file_search.vector_store_ids
    store = await got(sdk.vector_stores.retrieve(store_id))
    assert (store.metadata, store.expires_after) == ({"a": "b"}, None)
    with awake():
        await got(sdk.vector_stores.files.poll(file.id, vector_store_id=store_id))
    check_cites(await polled(sdk, await sdk.thread(QUESTION), assistant), file.id)
    plain = await sdk.assistant(tools=[{"type": "file_search"}])
    messages = [{"role": "user", "content": QUESTION}]
    thread = await got(sdk.threads.create(messages=messages, tool_resources=helper))
    (store_id,) = thread.tool_resources.file_search.vector_store_ids
    assert (await got(sdk.vector_stores.retrieve(store_id))).expires_after.days == 7
    check_cites(await polled(sdk, thread, plain), file.id)
