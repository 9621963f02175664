"""Assistants, threads, messages and models: create, read, change, list, delete."""

from __future__ import annotations

import openai

from tests.sdks.checks import check
from tests.sdks.sdk import MODEL, Sdk, every, got, refused


@check
async def assistants(sdk: Sdk) -> None:
    """An assistant from its birth to its end."""
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
    made = await sdk.assistant(instructions="Be brief.", tools=[tool], metadata={"team": "a"})
    assert made.id.startswith("asst_")
    assert (made.name, made.model, made.instructions, made.metadata) == (
        "Ada",
        MODEL,
        "Be brief.",
        {"team": "a"},
    )
    assert [given.function.name for given in made.tools] == ["f"]
    assert await got(sdk.assistants.retrieve(made.id)) == made
    changed = await got(sdk.assistants.update(made.id, name="Grace", metadata={"team": "b"}))
    assert (changed.name, changed.metadata, changed.instructions) == ("Grace", {"team": "b"}, "Be brief.")
    second = await sdk.assistant()
    assert [one.id for one in await every(sdk.assistants.list())] == [second.id, made.id]
    assert [one.id for one in await every(sdk.assistants.list(order="asc", limit=1))] == [made.id, second.id]
    gone = await got(sdk.assistants.delete(made.id))
    assert (gone.id, gone.deleted, gone.object) == (made.id, True, "assistant.deleted")
    await refused(lambda: sdk.assistants.retrieve(made.id), openai.NotFoundError)


@check
async def threads(sdk: Sdk) -> None:
    """A thread with its first messages, changed and deleted."""
    first = [{"role": "user", "content": "one"}, {"role": "assistant", "content": "two"}]
    made = await got(sdk.threads.create(messages=first, metadata={"user": "u1"}))
    assert made.id.startswith("thread_")
    assert (await got(sdk.threads.retrieve(made.id))).metadata == {"user": "u1"}
    texts = [m.content[0].text.value for m in await every(sdk.messages.list(made.id, order="asc"))]
    assert texts == ["one", "two"]
    assert (await got(sdk.threads.update(made.id, metadata={"user": "u2"}))).metadata == {"user": "u2"}
    assert (await got(sdk.threads.delete(made.id))).deleted is True
    await refused(lambda: sdk.threads.retrieve(made.id), openai.NotFoundError)


@check
async def messages(sdk: Sdk) -> None:
    """A message in each form of content, read back, changed and deleted."""
    thread = await got(sdk.threads.create())
    plain = await got(sdk.messages.create(thread.id, role="user", content="Grüße 🌍"))
    assert (plain.role, plain.thread_id, plain.content[0].text.value) == ("user", thread.id, "Grüße 🌍")
    url = "https://example.com/cat.png"
    parts = [{"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url": url}}]
    rich = await got(sdk.messages.create(thread_id=thread.id, role="user", content=parts))
    assert [part.type for part in rich.content] == ["text", "image_url"]
    assert rich.content[1].image_url.url == url
    read = await got(sdk.messages.retrieve(plain.id, thread_id=thread.id))
    assert read.content == plain.content
    changed = await got(sdk.messages.update(plain.id, thread_id=thread.id, metadata={"seen": "yes"}))
    assert changed.metadata == {"seen": "yes"}
    assert [one.id for one in await every(sdk.messages.list(thread.id))] == [rich.id, plain.id]
    if hasattr(sdk.messages, "delete"):  # the oldest SDK has it not
        assert (await got(sdk.messages.delete(rich.id, thread_id=thread.id))).deleted is True
        assert [one.id for one in await every(sdk.messages.list(thread.id))] == [plain.id]


@check
async def models(sdk: Sdk) -> None:
    """The list of models, one of them, and one that does not exist."""
    assert MODEL in [model.id for model in await every(await got(sdk.client.models.list()))]
    model = await got(sdk.client.models.retrieve(MODEL))
    assert (model.id, model.object) == (MODEL, "model")
    error = await refused(lambda: sdk.client.models.retrieve("gpt-none"), openai.NotFoundError)
    assert error.code == "model_not_found"


@check
async def metadata(sdk: Sdk) -> None:
    """Metadata of everything that carries it; a run's only after its end."""
    assistant, thread = await sdk.assistant(), await sdk.thread()
    run = await got(sdk.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id))
    message = (await every(sdk.messages.list(thread.id)))[0]
    given = {"k": "v", "empty": ""}
    updated = [
        await got(sdk.assistants.update(assistant.id, metadata=given)),
        await got(sdk.threads.update(thread.id, metadata=given)),
        await got(sdk.messages.update(message.id, thread_id=thread.id, metadata=given)),
        await got(sdk.runs.update(run.id, thread_id=thread.id, metadata=given)),
    ]
    assert [one.metadata for one in updated] == [given] * 4
    assert (await got(sdk.runs.retrieve(run.id, thread_id=thread.id))).metadata == given
    # An update replaces the map as a whole; what is not mentioned stays.
    assert (await got(sdk.threads.update(thread.id, metadata={}))).metadata == {}
    assert (await got(sdk.assistants.update(assistant.id, name="Eve"))).metadata == given


@check
async def explicit_none(sdk: Sdk) -> None:
    """Optional parameters passed as None, as wrappers around the SDK do, mean the same as left out."""
    nothing = dict.fromkeys(
        (
            "name",
            "description",
            "instructions",
            "temperature",
            "top_p",
            "response_format",
            "tool_resources",
            "metadata",
        )
    )
    assistant = await got(sdk.assistants.create(model=MODEL, **nothing))
    assert (assistant.name, assistant.tools, assistant.temperature, assistant.metadata) == (None, [], 1.0, {})
    thread = await got(sdk.threads.create(metadata=None, tool_resources=None))
    message = await got(
        sdk.messages.create(thread.id, role="user", content="hi", attachments=None, metadata=None)
    )
    assert (message.attachments, message.metadata) == ([], {})
    nothing = dict.fromkeys(
        (
            "instructions",
            "additional_instructions",
            "additional_messages",
            "max_completion_tokens",
            "max_prompt_tokens",
            "metadata",
            "model",
            "response_format",
            "stream",
            "temperature",
            "tool_choice",
            "tools",
            "top_p",
            "truncation_strategy",
        )
    )
    run = await got(sdk.runs.create(thread.id, assistant_id=assistant.id, **nothing))
    assert (run.status, run.model, run.temperature, run.metadata) == ("queued", MODEL, 1.0, {})
    del nothing["additional_instructions"], nothing["additional_messages"]
    run = await got(
        sdk.threads.create_and_run(
            assistant_id=assistant.id,
            thread={"messages": [{"role": "user", "content": "hi", "metadata": None}], "metadata": None},
            **nothing,
        )
    )
    assert run.status == "queued"
