"""Faults of indexing: what sets files on their way, which files, how much of them, and when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import openai
import pytest

from harness.control import Control
from tests.conftest import Raw
from tests.faults.filing import LONG, SEARCH, SMALL, attached, fired, found, helped, seen
from tests.files.library import counts, moment, only_message, ready, refused, steps, upload
from tests.files.questions import ASKED, REFUNDS, SHIPPING, asking, checked, run, searching

WAYS: dict[str, Callable[[openai.OpenAI, str], Any]] = {
    "vector_stores.create": lambda client, file: client.vector_stores.create(file_ids=[file]),
    "vector_stores.files.create": lambda client, file: client.vector_stores.files.create(
        client.vector_stores.create().id, file_id=file
    ),
    "vector_stores.file_batches.create": lambda client, file: client.vector_stores.file_batches.create(
        client.vector_stores.create().id, file_ids=[file]
    ),
    "messages.create": lambda client, file: client.beta.threads.messages.create(
        client.beta.threads.create().id, **attached(file)[0]
    ),
    "threads.create": lambda client, file: client.beta.threads.create(messages=attached(file)),
    "threads.create (helper)": lambda client, file: client.beta.threads.create(tool_resources=helped(file)),
    "threads.create_and_run": lambda client, file: client.beta.threads.create_and_run(
        assistant_id=searching(client), thread={"messages": attached(file)}
    ),
    "runs.create": lambda client, file: client.beta.threads.runs.create(
        client.beta.threads.create().id,
        assistant_id=searching(client),
        additional_messages=attached(file),
    ),
    "assistants.create": lambda client, file: client.beta.assistants.create(
        model="gpt-4o", tools=SEARCH, tool_resources=helped(file)
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_into_a_store_is_reached(client: openai.OpenAI, control: Control, way: str) -> None:
    """The file that the call brings is stuck, whatever the call; the next one is not."""
    file = upload(client, "refunds.md", REFUNDS).id
    operation = way.partition(" ")[0]
    control.arm("index.stuck", operation)
    for expected in ("in_progress", "completed"):
        WAYS[way](client, file)
        newest = client.vector_stores.list().data[0].id
        control.advance(60)
        (entry,) = client.vector_stores.files.list(newest).data
        assert entry.status == expected
    (armed,) = control.faults()
    assert armed["calls"] == [f"{operation}#1"]


def test_calls_that_bring_no_files_are_not_counted(client: openai.OpenAI, control: Control) -> None:
    """Nor are those for the code interpreter, nor malformed ones."""
    file = upload(client, "refunds.md", REFUNDS).id
    control.arm("index.stuck")
    store = client.vector_stores.create().id
    thread = asking(client)
    client.beta.threads.messages.create(thread, role="user", content="And?")
    client.beta.threads.messages.create(
        thread,
        role="user",
        content="And?",
        attachments=[{"file_id": file, "tools": [{"type": "code_interpreter"}]}],
    )
    run(client, thread, searching(client, store))
    refused(client.beta.threads.create, tool_resources={"file_search": {"vector_stores": ["x", 5]}})
    refused(client.beta.threads.messages.create, thread, role="user", content="?", attachments={"a": 1})
    refused(client.beta.threads.create_and_run, assistant_id=[1], thread="none")
    assert seen(control) == 0


def test_a_refused_call_leaves_the_fault_armed(client: openai.OpenAI, control: Control) -> None:
    """It was weighed and had nothing to act on."""
    control.arm("index.failed", "vector_stores.create")
    refused(client.vector_stores.create, file_ids=["file-" + "x" * 22])
    assert (seen(control), fired(control)) == (1, 0)
    assert ready(client, upload(client, "refunds.md", REFUNDS).id).file_counts.failed == 1


def test_files_that_are_meant(client: openai.OpenAI, control: Control) -> None:
    """So many of them, or those of a name; both together count only those of the name."""
    names = ("A.MD", "b.txt", "c.md", "d.md")
    files = [upload(client, name, REFUNDS).id for name in names]
    expected = {
        "files=2": {"A.MD", "b.txt"},
        "named=*.md": {"A.MD", "c.md", "d.md"},
        "named=*.md, files=1": {"A.MD"},
        "named=*.pdf": set(),
        "files=9": set(names),
    }
    for parameters, meant in expected.items():
        control.disarm()
        control.arm(f"index.failed(invalid_file, {parameters})")
        store = ready(client, *files).id
        failed = {
            names[files.index(entry.id)] for entry in client.vector_stores.files.list(store, filter="failed")
        }
        assert failed == meant, parameters
        assert fired(control) == bool(meant)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("server_error", "An internal error occurred."),
        ("unsupported_file", "The file type is not supported."),
        ("invalid_file", "The file could not be parsed because it is too large."),
    ],
)
def test_the_words_of_a_failure(client: openai.OpenAI, control: Control, code: str, message: str) -> None:
    """E-100, E-101, and what was reported of server_error; a batch of failures only is failed."""
    files = [upload(client, name, REFUNDS).id for name in ("a.md", "b.md")]
    store = client.vector_stores.create().id
    control.arm(f"index.failed({code})")
    batch = client.vector_stores.file_batches.create_and_poll(store, file_ids=files, poll_interval_ms=0)
    assert (batch.status, batch.file_counts.to_dict()) == ("failed", counts(failed=2))
    for entry in client.vector_stores.files.list(store):
        assert entry.last_error is not None
        assert entry.last_error.to_dict() == {"code": code, "message": message}


def test_several_faults_on_one_file(client: openai.OpenAI, control: Control) -> None:
    """Late, in part, and found later still."""
    file = upload(client, "long.txt", LONG).id
    whole = ready(client, file, chunking_strategy=SMALL)
    for fault in ("index.slow(1m)", "index.partial(0.1)", "index.done_not_searchable(1m)"):
        control.arm(fault, "vector_stores.create")
    began = moment(control)
    part = ready(client, file, chunking_strategy=SMALL)
    assert 60 < moment(control) - began < 62
    assert 0 < part.usage_bytes < whole.usage_bytes / 8
    assert found(client, part.id, "otter") == []
    control.advance(60)
    assert found(client, part.id, "otter")
    (entry,) = control.journal(operation="vector_stores.create")[-1:]
    assert entry["faults"] == [
        "index.slow(delay=1m)",
        "index.partial(share=0.1)",
        "index.done_not_searchable(delay=1m)",
    ]


def test_it_is_the_same_where_time_is_not_virtual(client: openai.OpenAI, control: Control) -> None:
    """Ten minutes of a world that goes ten thousand times as fast as ours; who polls waits for them."""
    control.new_world(clock="x10000")
    control.arm("index.slow", "vector_stores.files.create")
    store, began = client.vector_stores.create().id, moment(control)
    file = upload(client, "refunds.md", REFUNDS).id
    done = client.vector_stores.files.create_and_poll(file, vector_store_id=store)
    assert done.status == "completed"
    assert moment(control) - began > 600


# In part


@pytest.mark.parametrize("percent", [0, 29, 50, 99, 100])
def test_the_share_is_rounded_down(client: openai.OpenAI, control: Control, percent: int) -> None:
    """Counted in chunks; the content in the store is what can be found."""
    file = upload(client, "numbers.txt", " ".join(f"n{number:06d}" for number in range(10_000))).id
    sizes: Any = {"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 0}}
    whole = ready(client, file, chunking_strategy=sizes).id
    every = client.vector_stores.files.content(file, vector_store_id=whole).data
    control.arm("index.partial", share=percent / 100)
    store = ready(client, file, chunking_strategy=sizes)
    shown = client.vector_stores.files.content(file, vector_store_id=store.id).data
    assert shown == every[: len(every) * percent // 100]
    assert store.usage_bytes == sum(1024 + len(part.text or "") for part in shown)


def test_a_file_of_one_chunk_has_no_half(client: openai.OpenAI, control: Control) -> None:
    """It is completed and nothing of it can be found; attached anew, it is whole."""
    file = upload(client, "refunds.md", REFUNDS).id
    control.arm("index.partial")
    store = ready(client, file)
    assert (store.file_counts.completed, store.usage_bytes, found(client, store.id)) == (1, 0, [])
    client.vector_stores.files.create_and_poll(file, vector_store_id=store.id, poll_interval_ms=0)
    assert found(client, store.id) == ["refunds.md"]


# Later


def test_what_is_hidden_is_hidden_from_runs_and_filters(client: openai.OpenAI, control: Control) -> None:
    """Other files of the store are found meanwhile; a run that begins too early answers without."""
    refunds, shipping = upload(client, "refunds.md", REFUNDS).id, upload(client, "shipping.md", SHIPPING).id
    store = client.vector_stores.create().id
    control.arm("index.done_not_searchable(60s)")
    for file in (refunds, shipping):
        client.vector_stores.files.create_and_poll(
            file, vector_store_id=store, poll_interval_ms=0, attributes={"about": file}
        )
    everything = "refunds and parcels"
    here: Any = {"type": "eq", "key": "about", "value": refunds}
    assert found(client, store, everything) == ["shipping.md"]
    assert found(client, store, everything, filters=here) == []
    assistant = searching(client, store)
    assert checked(only_message(client, run(client, asking(client), assistant))) == []
    control.advance(60)
    assert set(found(client, store, everything)) == {"refunds.md", "shipping.md"}
    assert found(client, store, everything, filters=here) == ["refunds.md"]
    assert len(checked(only_message(client, run(client, asking(client), assistant)))) == 1


def test_a_search_goes_by_its_own_moment(client: openai.OpenAI, control: Control) -> None:
    """Time that is moved far ahead at once changes nothing about what a run found on the way."""
    control.new_world(latency={"profile": "instant", "queued": "10s"})
    control.arm("index.done_not_searchable(60s)")
    store = ready(client, upload(client, "refunds.md", REFUNDS).id).id
    thread = asking(client)
    begun = client.beta.threads.runs.create(thread, assistant_id=searching(client, store))
    control.advance(300)
    done = client.beta.threads.runs.retrieve(begun.id, thread_id=thread)
    assert checked(only_message(client, done)) == []
    assert found(client, store) == ["refunds.md"]


# For ever


def test_a_run_waits_a_minute_for_what_never_comes(client: openai.OpenAI, control: Control, raw: Raw) -> None:
    """E-103: then it answers without the file of its thread."""
    control.new_world(latency="instant")
    control.arm("index.stuck")
    thread = asking(client, ASKED, upload(client, "refunds.md", REFUNDS).id)
    began = moment(control)
    done = run(client, thread, searching(client))
    assert (done.status, moment(control) - began) == ("completed", 60)
    assert checked(only_message(client, done)) == []
    (search, _) = steps(raw, done)
    assert search["step_details"]["tool_calls"][0]["file_search"]["results"] == []


def test_polling_for_ever_is_noticed(client: openai.OpenAI, control: Control) -> None:
    """After 25 reads in vain the journal says that nothing will change."""
    control.arm("index.stuck")
    store = client.vector_stores.create(file_ids=[upload(client, "refunds.md", REFUNDS).id]).id
    for _ in range(25):
        assert client.vector_stores.retrieve(store).status == "in_progress"
    assert [entry["event"] for entry in control.journal() if entry.get("event") == "quiescence"]
