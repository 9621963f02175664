"""Faults of indexing: stores that are not ready after all, and what outlasts a new beginning."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openai
import pytest

from harness.control import Control, ControlError
from tests.conftest import Raw
from tests.faults.filing import LONG, SMALL, fired, found, seen
from tests.files.library import counts, moment, only_message, ready, refused, settled, upload
from tests.files.questions import ASKED, REFUNDS, asking, checked, run, searching
from tests.properties.exchange import close_loop
from tests.properties.forms import FormDoor


def test_a_batch_is_in_progress_again_with_its_files(client: openai.OpenAI, control: Control) -> None:
    """What has failed stays failed; who polls the batch gets through, and everything is as before."""
    good, bad = upload(client, "refunds.md", REFUNDS).id, upload(client, "empty.md", " ").id
    store = client.vector_stores.create().id
    batches = client.vector_stores.file_batches
    batch = batches.create_and_poll(store, file_ids=[good, bad], poll_interval_ms=0)
    before = [entry.to_dict() for entry in client.vector_stores.files.list(store)]
    control.arm("index.not_ready(5m)")
    assert found(client, store) == []
    began = moment(control)
    again = batches.poll(batch.id, vector_store_id=store, poll_interval_ms=0)
    assert again.to_dict() == batch.to_dict()
    assert moment(control) - began == 300
    assert [entry.to_dict() for entry in client.vector_stores.files.list(store)] == before
    assert found(client, store) == ["refunds.md"]


def test_the_batch_shows_that_it_is_not_ready(client: openai.OpenAI, control: Control, raw: Raw) -> None:
    """Its counts, its status, and the file in it."""
    store = client.vector_stores.create().id
    file = upload(client, "refunds.md", REFUNDS).id
    batch = client.vector_stores.file_batches.create_and_poll(store, file_ids=[file], poll_interval_ms=0)
    control.arm("index.not_ready")
    found(client, store)
    ended = client.vector_stores.file_batches.cancel(batch.id, vector_store_id=store)
    assert (ended.status, ended.file_counts.to_dict()) == ("cancelled", counts(cancelled=1))
    assert client.vector_stores.retrieve(store).usage_bytes == 0


def test_a_run_waits_for_its_threads_store_that_is_not_ready(client: openai.OpenAI, control: Control) -> None:
    """Up to a minute: then it is too late, as it is documented."""
    control.new_world(latency="instant")
    assistant = searching(client)
    for delay, cited in ((45, 1), (90, 0)):
        thread = asking(client, ASKED, upload(client, "refunds.md", REFUNDS).id)
        control.advance(1)
        began = moment(control)
        control.arm(f"index.not_ready({delay}s)", "runs.create")
        done = run(client, thread, assistant)
        assert len(checked(only_message(client, done))) == cited
        assert moment(control) - began == min(delay, 60)
    assert [armed["fired"] for armed in control.faults()] == [1, 1]


def test_not_ready_needs_something_that_was(client: openai.OpenAI, control: Control) -> None:
    """Empty stores, unknown ones, runs without the tool or without stores are let through."""
    store = ready(client, upload(client, "refunds.md", REFUNDS).id).id
    control.arm("index.not_ready")
    found(client, client.vector_stores.create().id)
    refused(client.vector_stores.search, "vs_" + "0" * 32, query=ASKED)
    run(client, asking(client), searching(client))
    run(client, asking(client), searching(client, store, tools=[]))
    run(client, asking(client), searching(client, store), tools=[])
    refused(client.beta.threads.runs.create, asking(client), assistant_id={"an": "object"})
    assert seen(control) == 0
    client.beta.threads.create_and_run_poll(
        assistant_id=searching(client),
        thread={
            "messages": [{"role": "user", "content": ASKED}],
            "tool_resources": {"file_search": {"vector_store_ids": [store]}},
        },
        poll_interval_ms=0,
    )
    assert fired(control) == 1


def test_what_is_there_in_part_comes_again_in_part(client: openai.OpenAI, control: Control) -> None:
    """The same share as before."""
    control.arm("index.partial")
    store = ready(client, upload(client, "long.txt", LONG).id, chunking_strategy=SMALL)
    control.arm("index.not_ready")
    assert found(client, store.id, "otter") == []
    assert settled(client, store.id).usage_bytes == store.usage_bytes


# What lasts


@pytest.fixture
def door(tmp_path: Path) -> Iterator[FormDoor]:
    """A server in process on a store file, where indexing takes ten seconds."""
    with FormDoor(tmp_path / "store", latency={"indexing": "10s"}) as opened:
        yield opened
    close_loop()


@pytest.mark.parametrize("again", ["restart", "crash", "snapshot"])
def test_what_was_settled_outlasts_a_new_beginning(door: FormDoor, again: str) -> None:
    """Before it comes to it, and afterwards."""

    def begin_again() -> None:
        if again == "snapshot":
            document = door.get("/_mock/world")
            assert door.call("PUT", "/_mock/world", document).ok
            assert door.get("/_mock/world")["timelines"] == document["timelines"]
        else:
            getattr(door, again)()

    def store(fault: str, file: str) -> str:
        door.post("/_mock/faults", {"fault": fault})
        asked = {"file_ids": [file], "chunking_strategy": SMALL}
        made: str = door.post("/v1/vector_stores", asked)["id"]
        return made

    file = door.new_file(LONG.encode())
    faults = ("index.partial(0.2)", "index.done_not_searchable(60s)", "index.failed", "index.stuck")
    partial, late, failed, stuck = (store(fault, file) for fault in faults)
    begin_again()
    door.advance(30)
    for _ in range(2):
        contents = [
            door.get(f"/v1/vector_stores/{each}/files/{file}/content")["data"] for each in (partial, late)
        ]
        assert 0 < len(contents[0]) <= len(contents[1]) / 5
        assert door.found(partial, "otter")
        assert door.found(late, "otter") == []
        shown = [door.get(f"/v1/vector_stores/{each}/files")["data"][0] for each in (late, failed, stuck)]
        assert [each["status"] for each in shown] == ["completed", "failed", "in_progress"]
        assert shown[1]["last_error"]["code"] == "server_error"
        begin_again()
    door.advance(60)
    assert len(door.found(late, "otter")) == 10
    assert door.found(stuck, "otter") == []
    timeline = door.get(f"/_mock/timeline/{partial}/{file}")
    assert timeline["past"][0]["outcome"] == {"share": 0.2}


def test_settings_that_cannot_be(control: Control) -> None:
    """Parameters are checked, and so is where the fault is armed."""
    for wrong in (
        "index.failed(timeout)",
        "index.partial(1.5)",
        "index.stuck(files=0)",
        "index.slow(soon)",
        "search.irrelevant(wrong)",
    ):
        with pytest.raises(ControlError):
            control.arm(wrong)
    with pytest.raises(ControlError, match="does not apply"):
        control.arm("index.slow", "runs.retrieve")
    assert control.arm("index.failed(invalid_file, 2)")["fault"] == "index.failed(code=invalid_file, files=2)"
