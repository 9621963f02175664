"""What a test leaves behind, and whose fault it is."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import openai
import pytest

from harness.handle.assistants import Assistants
from tests.harness.handle.conftest import Chat

HELLO: Any = [{"role": "user", "content": "Hello?"}]


def complaint(handle: Assistants, **how: Any) -> list[str]:
    """The lines of the complaint; fails when there is none."""
    with pytest.raises(AssertionError, match="the world is not clean") as raised:
        handle.assert_clean(**how)
    return str(raised.value).splitlines()


def test_a_new_world_is_clean_and_so_is_one_that_was_tidied(handle: Assistants, chat: Chat) -> None:
    client = chat.client
    file = client.files.create(file=("a.md", b"text"), purpose="assistants")
    store = client.vector_stores.create(name="x", file_ids=[file.id])
    upload = client.uploads.create(bytes=1, filename="x.txt", mime_type="text/plain", purpose="assistants")
    run = chat.ask("Hello?")
    client.uploads.cancel(upload.id)
    client.vector_stores.delete(store.id)
    client.files.delete(file.id)
    client.beta.threads.delete(run.thread_id)
    client.beta.assistants.delete(chat.assistant_id)
    handle.assert_clean()


def test_everything_that_stays_is_listed_with_the_call_that_made_it(handle: Assistants, chat: Chat) -> None:
    client = chat.client
    handle.clock.advance(2)
    file = client.files.create(file=("a.md", b"text"), purpose="assistants")
    store = client.vector_stores.create(name="x")
    upload = client.uploads.create(bytes=1, filename="x.txt", mime_type="text/plain", purpose="assistants")
    handle.backend.run().calls("get_weather", city="Paris")
    run = chat.ask("Hello?")
    course = handle.timeline(run.id)
    kinds = ["assistant", "file", "thread", "thread.run", "upload", "vector_store"]
    assert complaint(handle) == [
        "the world is not clean: 1 run still active, 5 objects left behind",
        f"  thread.run {run.id}: requires_action, made by runs.create#1 at 2.0",
        f"      {course}",
        f"  assistant {chat.assistant_id}: made by assistants.create#1 at 0.0",
        f"  file {file.id}: made by files.create#1 at 2.0",
        f"  vector_store {store.id}: completed, made by vector_stores.create#1 at 2.0",
        f"  upload {upload.id}: pending, made by uploads.create#1 at 2.0",
        f"  thread {run.thread_id}: made by threads.create#1 at 2.0",
        f"what is meant to stay is named: assert_clean(ignore={kinds}), or by its id",
    ]


@pytest.mark.parametrize(
    "ignore", [["assistant", "thread"], ["assistants", "threads"], ["run", "assistant", "thread"]]
)
def test_kinds_may_be_meant_to_stay(handle: Assistants, chat: Chat, ignore: list[str]) -> None:
    chat.ask("Hello?")
    handle.assert_clean(ignore=ignore)


def test_ids_may_be_meant_to_stay(handle: Assistants, chat: Chat) -> None:
    run = chat.ask("Hello?")
    handle.assert_clean(ignore=[chat.assistant_id, run.thread_id])
    (_, left, _) = complaint(handle, ignore=[chat.assistant_id])
    assert run.thread_id in left
    assert complaint(handle, ignore=run.thread_id)[1].startswith("  assistant ")


def test_ignoring_threads_does_not_hide_their_runs(handle: Assistants, chat: Chat) -> None:
    thread = chat.client.beta.threads.create(messages=HELLO)
    chat.client.beta.threads.runs.create(thread_id=thread.id, assistant_id=chat.assistant_id)
    assert complaint(handle, ignore=["thread", "assistant"])[0].endswith("not clean: 1 run still active")
    handle.assert_clean(ignore=["thread", "assistant", "run"])
    handle.clock.advance("10m")
    handle.assert_clean(ignore=["thread", "assistant"])


def test_a_word_that_is_neither_kind_nor_id_is_refused(handle: Assistants) -> None:
    with pytest.raises(ValueError, match=r"'thraed' is neither a kind .* did you mean 'thread'"):
        handle.assert_clean(ignore=["thraed"])


def test_what_no_call_has_made_does_not_count(handle: Assistants) -> None:
    handle.control.fixtures(
        [
            {"object": "assistant", "id": "asst_1", "tools": [{"type": "code_interpreter"}]},
            {"object": "thread", "id": "thread_1"},
            {
                "object": "thread.message",
                "id": "msg_1",
                "thread_id": "thread_1",
                "role": "user",
                "content": "?",
            },
            {"object": "thread.run", "id": "run_1", "thread_id": "thread_1", "assistant_id": "asst_1"},
            {"object": "file", "id": "file-1", "filename": "a.md", "text": "x"},
        ]
    )
    handle.client().beta.threads.messages.list("thread_1")
    handle.assert_clean()


def test_what_was_there_in_a_restored_world_does_not_count(handle: Assistants, chat: Chat) -> None:
    document = handle.snapshot()
    handle.restore(document)
    handle.assert_clean()
    thread = chat.client.beta.threads.create()
    assert thread.id in complaint(handle)[1]


def test_objects_that_come_into_being_on_first_use_do_not_count(handle: Assistants) -> None:
    handle.new_world(auto_create=True)
    handle.client().beta.threads.messages.create("thread_from_config", role="user", content="?")
    handle.assert_clean()


def test_files_that_code_wrote_and_stores_of_attachments_do_not_count(handle: Assistants, chat: Chat) -> None:
    handle.backend.run().runs_code("write()", file={"name": "a.csv", "text": "1"}).replies("Done.")
    file = chat.client.files.create(file=("a.md", b"text"), purpose="assistants")
    attachment: Any = {"file_id": file.id, "tools": [{"type": "file_search"}]}
    thread = chat.client.beta.threads.create(
        messages=[{"role": "user", "content": "?", "attachments": [attachment]}]
    )
    chat.client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=chat.assistant_id)
    assert len(chat.client.files.list().data) == 2
    assert len(chat.client.vector_stores.list().data) == 1
    chat.client.files.delete(file.id)
    handle.assert_clean(ignore=["assistant", "thread"])


def test_a_store_that_was_made_with_an_assistant_counts(handle: Assistants) -> None:
    client = handle.client()
    assistant = client.beta.assistants.create(
        model="gpt-4o",
        tools=[{"type": "file_search"}],
        tool_resources={"file_search": {"vector_stores": [{"metadata": {}}]}},
    )
    client.beta.assistants.delete(assistant.id)
    (_, left, _) = complaint(handle)
    assert re.fullmatch(r"  vector_store vs_\w+: completed, made by assistants\.create#1 at 0\.0", left)


def test_a_completed_upload_is_a_file(handle: Assistants) -> None:
    client = handle.client()
    upload = client.uploads.create(bytes=2, filename="x.txt", mime_type="text/plain", purpose="assistants")
    part = client.uploads.parts.create(upload.id, data=b"hi")
    client.uploads.complete(upload.id, part_ids=[part.id])
    (_, left, _) = complaint(handle)
    assert re.fullmatch(r"  file file-\w+: made by uploads\.complete#1 at 0\.0", left)


@pytest.mark.parametrize(
    ("fault", "is_done"),
    [("lost_ack", True), ("cut_body", True), ("double_delivery", True), ("html_200", False), ("500", False)],
)
def test_what_was_made_and_never_heard_of_is_left_behind(
    handle: Assistants, fault: str, is_done: bool
) -> None:
    client = handle.client(max_retries=0)
    handle.faults.arm(fault, "threads.create")
    heard: list[str | None] = []
    with suppress(openai.APIError, AttributeError):
        heard.append(client.beta.threads.create().id)
    handle.clock.advance(1)
    heard.append(client.beta.threads.create().id)
    made = handle.control.objects("thread")
    for thread in heard:
        if thread:  # an answer of HTML has none
            client.beta.threads.delete(thread)
    unheard = [row["id"] for row in made if row["id"] not in heard]
    assert len(unheard) == is_done
    if not is_done:
        handle.assert_clean()
        return
    (_, left, _) = complaint(handle)
    assert left == f"  thread {unheard[0]}: made by threads.create#1 at 0.0"


def test_the_thread_and_the_run_of_a_stream_count(handle: Assistants, chat: Chat) -> None:
    handle.clock.advance(1)
    handle.faults.arm("sse.cut(after=3)", "threads.create_and_run")
    events = chat.client.beta.threads.create_and_run(
        assistant_id=chat.assistant_id, thread={"messages": HELLO}, stream=True
    )
    with pytest.raises(Exception, match=r"(?i)connection"):
        list(events)
    chat.client.beta.assistants.delete(chat.assistant_id)
    (_, run, _, thread, _) = complaint(handle)
    assert re.fullmatch(r"  thread\.run run_\w+: \w+, made by threads\.create_and_run#1 at 1\.0", run)
    assert re.fullmatch(r"  thread thread_\w+: made by threads\.create_and_run#1 at 1\.0", thread)


def test_a_run_of_a_deleted_thread_is_gone_with_it(handle: Assistants, chat: Chat) -> None:
    handle.new_world(profile="observed")
    assistant = chat.client.beta.assistants.create(model="gpt-4o")
    thread = chat.client.beta.threads.create(messages=HELLO)
    chat.client.beta.threads.runs.create(thread_id=thread.id, assistant_id=assistant.id)
    chat.client.beta.threads.delete(thread.id)
    handle.assert_clean(ignore=[assistant.id])
