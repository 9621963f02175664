"""Courses, and the text that tells what happened."""

from __future__ import annotations

import re
import uuid
from contextlib import suppress
from itertools import groupby
from typing import Any

import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.control import ControlError
from harness.durations import shown
from harness.handle.assistants import Assistants
from harness.handle.timelines import story, timelines
from mockserver.server import Server
from tests.harness.handle.conftest import Chat

EVEN = {
    "queued": 1_000,
    "first_token": 2_000,
    "tokens_per_second": 10,
    "cancelling": 500,
    "indexing": 900,
    "indexing_bytes_per_second": 1_000_000,
    "jitter": 0,
}
HANDBOOK = ("handbook.md", b"# Returns\n\nDamaged goods are replaced free of charge.")


@pytest.fixture
def handle(server: Server, key: str) -> Any:
    """A world whose moments are round numbers."""
    with Assistants(server.base_url, key, settings={"seed": 7, "latency": EVEN}) as assistants:
        yield assistants


def store_with(client: openai.OpenAI, *files: Any) -> tuple[str, list[str]]:
    """A vector store, and the ids of these files, which are in none yet."""
    ids = [client.files.create(file=file, purpose="assistants").id for file in files]
    return client.vector_stores.create(name="Handbook").id, ids


def test_the_course_of_a_run(handle: Assistants, chat: Chat) -> None:
    handle.clock.advance(10)
    handle.backend.run().calls("get_weather", city="Paris").and_calls(
        "get_weather", city="Rome"
    ).then_replies("ok")
    run = chat.ask("?")
    course = handle.timeline(run.id)
    assert course.statuses == ["queued", "in_progress", "requires_action"]
    assert (course.kind, course.status, course.ended) == ("thread.run", "requires_action", False)
    assert (course.at("queued"), course.at("in_progress")) == (10.0, 11.0)
    assert [moment.status for moment in course.pending] == ["expired"]
    assert str(course) == (
        f"{run.id}  queued 10.0 -> in_progress 11.0 -> requires_action {shown(course.at('requires_action'))}"
        " [get_weather, get_weather]  (next: expired 610.0)"
    )
    with pytest.raises(LookupError, match=f"{run.id} has not been completed"):
        course.at("completed")
    assert chat.answer(run, "21").status == "completed"
    done = handle.timeline(run.id)
    assert done.statuses == [*course.statuses, "queued", "in_progress", "completed"]
    assert done.ended
    assert done.pending == ()
    assert repr(done) == f"<{done}>"


def test_errors_and_reasons_are_told_with_the_status(handle: Assistants, chat: Chat) -> None:
    handle.backend.run("fail").fails("rate_limit_exceeded", "Slow down.")
    handle.backend.run("cut").replies("half of it").is_incomplete("max_prompt_tokens")
    assert "-> failed" in str(handle.timeline(chat.ask("fail").id))
    assert str(handle.timeline(chat.ask("fail").id)).endswith("[rate_limit_exceeded: Slow down.]")
    assert str(handle.timeline(chat.ask("cut").id)).endswith("[max_prompt_tokens]")


def test_a_cancelled_run_and_one_that_nothing_can_change(handle: Assistants, chat: Chat) -> None:
    thread = chat.client.beta.threads.create(messages=[{"role": "user", "content": "?"}])
    run = chat.client.beta.threads.runs.create(thread_id=thread.id, assistant_id=chat.assistant_id)
    chat.client.beta.threads.runs.cancel(run.id, thread_id=thread.id)
    handle.clock.advance(5)
    assert str(handle.timeline(run.id)) == f"{run.id}  queued 0.0 -> cancelling 0.0 -> cancelled 0.5"
    handle.faults.arm("run.stuck(in_progress, forever=true)", "runs.create")
    stuck = chat.client.beta.threads.runs.create(thread_id=thread.id, assistant_id=chat.assistant_id)
    handle.clock.advance("1h")
    assert str(handle.timeline(stuck.id)) == f"{stuck.id}  queued 5.0 -> in_progress 6.0  (nothing pending)"


def test_the_tools_a_run_used(handle: Assistants, chat: Chat) -> None:
    store, files = store_with(chat.client, HANDBOOK)
    chat.client.vector_stores.files.create_and_poll(file_id=files[0], vector_store_id=store)
    chat.client.beta.assistants.update(
        chat.assistant_id, tool_resources={"file_search": {"vector_store_ids": [store]}}
    )
    handle.backend.run("goods").searches("damaged goods").runs_code("1+1", logs="2").replies("ok")
    handle.backend.run("nothing").searches("x", results=[], miss="no")
    assert handle.timeline(chat.ask("goods").id).did == ("file_search: 1 hit", "code_interpreter")
    assert str(handle.timeline(chat.ask("nothing").id)).endswith("  [file_search: 0 hits]")


def test_files_and_batches(handle: Assistants, chat: Chat) -> None:
    store, files = store_with(chat.client, HANDBOOK, ("bad.pdf", b"%PDF-1.4 nonsense"))
    handle.clock.advance(3.25)
    batch = chat.client.vector_stores.file_batches.create(store, file_ids=files)
    waiting = handle.timeline(f"{store}/{files[0]}")
    assert (waiting.name, waiting.statuses, waiting.at("in_progress")) == (
        "handbook.md",
        ["in_progress"],
        3.25,
    )
    assert [moment.status for moment in waiting.pending] == ["decision"]
    assert str(handle.timeline(batch.id)) == f"{batch.id}  in_progress 3.25  (nothing pending)"
    handle.clock.advance(60)
    good, bad = (handle.timeline(f"{store}/{file}") for file in files)
    assert good.statuses == ["in_progress", "completed"]
    assert bad.statuses == ["in_progress", "failed"]
    assert "(bad.pdf)" in str(bad)
    assert bad.moments[-1].remark.startswith("invalid_file: ")
    done = handle.timeline(batch.id)
    assert done.statuses == ["in_progress", "completed"]
    assert done.at("completed") == max(good.at("completed"), bad.at("failed"))


def test_a_batch_that_was_cancelled(handle: Assistants, chat: Chat) -> None:
    store, files = store_with(chat.client, HANDBOOK)
    batch = chat.client.vector_stores.file_batches.create(store, file_ids=files)
    chat.client.vector_stores.file_batches.cancel(batch.id, vector_store_id=store)
    handle.clock.advance(60)
    assert handle.timeline(batch.id).statuses == ["in_progress", "cancelled"]
    assert handle.timeline(batch.id).at("cancelled") == 0.0
    assert handle.timeline(f"{store}/{files[0]}").statuses == ["in_progress", "cancelled"]


def test_files_that_came_with_a_message(handle: Assistants, chat: Chat) -> None:
    file = chat.client.files.create(file=HANDBOOK, purpose="assistants")
    handle.clock.advance(1.5)
    attachment: Any = {"file_id": file.id, "tools": [{"type": "file_search"}]}
    chat.client.beta.threads.create(messages=[{"role": "user", "content": "?", "attachments": [attachment]}])
    (line,) = timelines(handle.control, handle.began)
    assert re.fullmatch(r"vs_\w+/file-\w+ \(handbook.md\)  in_progress 1.5  \(next: decision .*\)", line)


def test_uploads_and_stores_have_a_course_too(handle: Assistants, chat: Chat) -> None:
    upload = chat.client.uploads.create(
        bytes=10, filename="x.txt", mime_type="text/plain", purpose="assistants"
    )
    assert str(handle.timeline(upload.id)) == f"{upload.id}  pending 0.0  (next: expired 3600.0)"
    store = chat.client.vector_stores.create(name="x", expires_after={"anchor": "last_active_at", "days": 1})
    assert handle.timeline(store.id).status == "completed"
    with pytest.raises(ControlError, match="404"):
        handle.timeline("run_nobody")
    with pytest.raises(ControlError, match="404"):
        handle.timeline(f"{store.id}/file-nobody")


def test_what_is_left_of_runs_whose_thread_is_gone(handle: Assistants, chat: Chat) -> None:
    run = chat.ask("?")
    whole = handle.timeline(run.id)
    chat.client.beta.threads.delete(run.thread_id)
    assert handle.timeline(run.id).moments == handle.timeline(run).moments == whole.moments
    assert timelines(handle.control) == [str(whole)]


def test_without_the_journal_the_timeline_still_tells(handle: Assistants, chat: Chat) -> None:
    run = chat.ask("?")
    whole = handle.timeline(run.id)
    document = handle.snapshot()
    handle.history.clear()
    assert handle.timeline(run.id).moments == whole.moments
    handle.restore(document)
    restored = handle.timeline(run.id)
    assert restored.statuses == whole.statuses
    assert restored.at("completed") == 0.0  # it was the last thing to happen, and the world begins now


STEPS = st.sampled_from(["poll", "cancel", 0.1, 0.7, 2.0, 300.0])


@settings(max_examples=25, deadline=None)
@given(
    queued=st.floats(0, 5),
    in_progress=st.floats(0, 400),
    end=st.sampled_from(["replies", "fails", "expires", "is_incomplete"]),
    steps=st.lists(STEPS, max_size=8),
)
def test_a_course_holds_all_that_polling_sees(
    server: Server, any_client: openai.OpenAI, queued: float, in_progress: float, end: str, steps: list[Any]
) -> None:
    """In its order, up to the status now, and time never goes back in it."""
    with Assistants(server.base_url, f"sk-{uuid.uuid4().hex}", settings={}) as handle:
        rule = handle.backend.run().takes(queued=queued, in_progress=in_progress)
        rule.replies("x") if end == "replies" else getattr(rule, end)()
        client = any_client.with_options(api_key=handle.api_key)
        assistant = client.beta.assistants.create(model="gpt-4o")
        thread = client.beta.threads.create(messages=[{"role": "user", "content": "?"}])
        run = client.beta.threads.runs.create(thread_id=thread.id, assistant_id=assistant.id)
        seen = [run.status]
        for step in steps:
            if isinstance(step, float):
                handle.clock.advance(step)
                continue
            do = client.beta.threads.runs.retrieve if step == "poll" else client.beta.threads.runs.cancel
            with suppress(openai.BadRequestError):  # it has ended
                seen.append(do(run.id, thread_id=thread.id).status)
        course = handle.timeline(run.id)
    left = iter(course.statuses)
    assert all(status in left for status, _ in groupby(seen)), (seen, course)
    moments = [moment.at for moment in course.moments]
    assert None not in moments
    assert moments == sorted(moments, key=lambda at: at or 0.0)
    assert course.ended != bool(course.pending)


def masked(text: str) -> str:
    """The text with ids numbered as they come."""
    names: dict[str, str] = {}

    def name(found: re.Match[str]) -> str:
        kind = found[1]
        number = sum(known.startswith(kind) for known in names) + 1
        return names.setdefault(found[0], f"{kind}{number}")

    return re.sub(r"\b(run_|vs_|vsfb_|file-|thread_|asst_)\w{20,}", name, text)


def test_the_story_of_a_test(handle: Assistants, chat: Chat) -> None:
    store, files = store_with(chat.client, HANDBOOK)
    chat.client.vector_stores.files.create(store, file_id=files[0])
    handle.backend.run("weather").calls("get_weather", city="Paris").then_replies("0123456789")
    idle = handle.backend.run("never asked").replies("never said")
    handle.faults.arm("429(retry_after=30s)", "threads.create", nth=2)
    handle.faults.arm("lost_ack", "files.*")
    run = chat.ask("weather?")
    chat.answer(run, "21")
    with pytest.raises(openai.RateLimitError):
        chat.client.beta.threads.create()
    with pytest.raises(openai.NotFoundError):
        chat.client.beta.assistants.retrieve("asst_nope")
    moments = handle.timeline(run.id).moments
    asked, resumed, ended = (shown(moments[index].at or 0) for index in (2, 4, 5))
    course = (
        f"run_1  queued 0.0 -> in_progress 1.0 -> requires_action {asked} [get_weather]"
        f" -> queued {asked} -> in_progress {resumed} -> completed {ended}"
    )
    indexed = shown(handle.timeline(f"{store}/{files[0]}").at("completed"))
    told = masked(story(handle)).splitlines()
    assert told[0] == f"virtual time {ended} s, seed 7"
    calls = told[told.index("calls") + 1 : told.index("timelines")]
    assert [re.sub(r" +", " ", line.strip()) for line in calls] == [
        "0.0 assistants.create#1 200",
        "0.0 files.create#1 200",
        "0.0 vector_stores.create#1 200",
        "0.0 vector_stores.files.create#1 200",
        "0.0 threads.create#1 200",
        "0.0 messages.create#1 200",
        "0.0 runs.create#1 200",
        "0.0…1.0 runs.retrieve#1…#2 200",
        f"{asked} runs.submit_tool_outputs#1 200",
        f"{asked}…{resumed} runs.retrieve#3…#4 200",
        f"{ended} threads.create#2 429 {handle.history[-2].told[1]} [429(retry_after=30s)]",
        f"{ended} assistants.retrieve#1 404 No assistant found with id 'asst_nope'.",
    ]
    assert told[told.index("timelines") :] == [
        "timelines",
        f"  vs_1/file-1 (handbook.md)  in_progress 0.0 -> completed {indexed}",
        f"  {course}",
        "faults that have not acted",
        "  lost_ack at files.*",
        "reply rules that were not used",
        f"  rule_2 {idle.rule}",
    ]


def test_the_story_of_nothing(handle: Assistants) -> None:
    assert story(handle) == "virtual time 0.0 s, seed 7"


def test_the_story_tells_of_a_hang(handle: Assistants, chat: Chat) -> None:
    handle.faults.arm("run.stuck(queued, forever=true)", "runs.create")
    thread = chat.client.beta.threads.create(messages=[{"role": "user", "content": "?"}])
    run = chat.client.beta.threads.runs.create(thread_id=thread.id, assistant_id=chat.assistant_id)
    for _ in range(30):
        chat.client.beta.threads.runs.retrieve(run.id, thread_id=thread.id)
    told = story(handle)
    assert re.search(rf"^ +0\.0 +quiescence +{run.id}$", told, re.MULTILINE)
    assert f"{run.id}  queued 0.0  (nothing pending)" in told


def test_a_long_story_is_told_from_both_ends(handle: Assistants, chat: Chat) -> None:
    for number in range(30):
        chat.ask(f"Question {number}?")
    told = story(handle).splitlines()
    cut = [line.strip() for line in told if "more …" in line]
    assert cut == ["… 71 more …", "… 5 more …"]
    assert len(told) < 90
    assert sum("completed" in line for line in told) == 25


def test_times_count_from_where_the_world_began(handle: Assistants, chat: Chat) -> None:
    handle.clock.advance(30)
    run = chat.client.beta.threads.create_and_run(
        assistant_id=chat.assistant_id, thread={"messages": [{"role": "user", "content": "?"}]}
    )
    assert timelines(handle.control, handle.began)[0].startswith(f"{run.id}  queued 30.0")
    assert timelines(handle.control, handle.began + 10)[0].startswith(f"{run.id}  queued 20.0")
