"""A world as a document and back: everything is as it was, and a document that makes no world is refused."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from harness.control import Control, ControlError
from tests.conftest import Raw
from tests.stage import PICTURE, Stage


def test_a_snapshot_brings_a_world_back(client: openai.OpenAI, control: Control) -> None:
    """Taken in mid-run, put back after the run has ended: the run ends again, in the same words."""
    assistant = client.beta.assistants.create(model="gpt-4o", instructions="x")
    thread = client.beta.threads.create()
    run = client.beta.threads.runs.create(thread.id, assistant_id=assistant.id)
    document = control.snapshot()
    first = client.beta.threads.runs.poll(run.id, thread.id)
    control.restore(document)
    assert client.beta.threads.runs.list(thread.id).data[0].status == "queued"
    assert client.beta.threads.runs.poll(run.id, thread.id) == first
    mistakes: list[Any] = [
        {},
        {**document, "version": document["version"] + 1},
        {**document, "objects": [{"id": 1}]},
        [],
    ]
    for broken in mistakes:
        with pytest.raises(ControlError, match="not a snapshot"):
            control.restore(broken)
    assert client.beta.threads.runs.retrieve(run.id, thread_id=thread.id) == first


def test_a_snapshot_that_makes_no_world_changes_nothing(client: openai.OpenAI, control: Control) -> None:
    """A timeline without its run, a run without its body, an event for nobody, two objects of one id."""
    assistant = client.beta.assistants.create(model="gpt-4o", instructions="x")
    run = client.beta.threads.create_and_run(assistant_id=assistant.id)
    document = control.snapshot()
    others = [kept for kept in document["objects"] if kept["kind"] != "thread.run"]
    lost_event = {"type": "move", "due": 0, "id": "msg_nobody", "signal": "finish", "patch": {}}
    course = document["timelines"][0]
    broken = [
        {**document, "objects": others},
        {**document, "objects": [*document["objects"], document["objects"][0]]},
        {**document, "timelines": [{**course, "subject": "run_nobody"}]},
        {**document, "timelines": [{**course, "events": [lost_event]}]},
    ]
    for mistake in broken:
        with pytest.raises(ControlError) as refusal:
            control.restore(mistake)
        assert refusal.value.status == 400
    assert client.beta.threads.runs.poll(run.id, run.thread_id).status == "completed"


def test_a_snapshot_brings_files_and_what_is_indexed_back(raw: Raw, control: Control) -> None:
    """Contents, vector stores, files on their way into one, uploads, and what a search finds."""
    stage = Stage(raw, control)
    file_id = stage.file("cake.txt", b"Grandmother's favorite food was cake.")
    picture = stage.file("a.png", PICTURE, "vision")
    store_id = stage.store(file_id)
    later = stage.file("dogs.txt", b"Dogs wait in the hall.")
    stage.post(f"/vector_stores/{store_id}/files", {"file_id": later})
    asked = {"filename": "b.txt", "purpose": "assistants", "bytes": 5, "mime_type": "text/plain"}
    upload = stage.post("/uploads", asked)["id"]
    part = stage.send(f"/uploads/{upload}/parts", {}, data=("blob", b"12345"))["id"]
    document = control.snapshot()

    def future() -> list[Any]:
        found = [stage.post(f"/vector_stores/{store_id}/search", {"query": "cake dogs hall"})]
        found += [stage.settle(f"/vector_stores/{store_id}"), stage.download(picture)]
        found += [stage.post(f"/vector_stores/{store_id}/search", {"query": "cake dogs hall"})]
        found += [stage.post(f"/uploads/{upload}/complete", {"part_ids": [part]})]
        return found

    was = future()
    assert [len(found["data"]) for found in (was[0], was[3])] == [1, 2]
    assert was[2] == PICTURE
    for name in (file_id, picture, later):
        stage.delete(f"/files/{name}")
    control.restore(document)
    assert future() == was


@pytest.mark.parametrize("mistake", ["missing", "other", "broken"])
def test_a_snapshot_whose_contents_are_wrong_changes_nothing(
    raw: Raw, control: Control, mistake: str
) -> None:
    """A content that is not there, that is another one, or that is no base64."""
    stage = Stage(raw, control)
    picture = stage.file("a.png", PICTURE, "vision")
    document = control.snapshot()
    (digest,) = document["contents"]
    wrong = {"missing": {}, "other": {digest: "AAAA"}, "broken": {digest: "?"}}
    with pytest.raises(ControlError, match="not a snapshot"):
        control.restore({**document, "contents": wrong[mistake]})
    assert stage.download(picture) == PICTURE


def test_a_snapshot_brings_faults_back(raw: Raw, control: Control) -> None:
    """With what they have seen: they go on where they were."""
    control.arm("500", "threads.create", nth=3)
    control.arm('400(message="a, \\"b\\"")', "assistants.*", body="x", first=2, until="10m")
    assert raw("POST", "/v1/threads", {}).status == 200
    document = control.snapshot()
    was = control.faults()
    assert [raw("POST", "/v1/threads", {}).status for _ in range(2)] == [200, 500]
    control.disarm()
    control.arm("503", always=True)
    control.restore(document)
    assert control.faults() == was
    assert [raw("POST", "/v1/threads", {}).status for _ in range(3)] == [200, 500, 200]
    assert control.arm("500")["id"] == "fault_3"


def test_a_snapshot_without_faults(control: Control) -> None:
    """As they were taken before there were any."""
    control.arm("500")
    document = control.snapshot()
    del document["faults"]
    control.restore(document)
    assert control.faults() == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": "501"}, "faults[0]: there is no fault '501'; did you mean '50"),
        ({"parameters": {"dne": True}}, "faults[0].dne: 500 has no parameter 'dne'; did you mean 'done'?"),
        ({"parameters": {"done": "maybe"}}, "faults[0].done: 500: 'done' is true or false, not 'maybe'"),
        ({"place": {"nth": "2"}}, "faults[0]: Expected `int | null`, got `str` - at `$.place.nth`"),
        ({"times": "2"}, "faults[0]: Expected `int | null`, got `str` - at `$.times`"),
        ({"id": None}, "faults[0]: Expected `str`, got `null` - at `$.id`"),
        ({"more": 1}, "faults[0]: Object contains unknown field `more`"),
    ],
)
def test_a_snapshot_with_faults_that_cannot_be_changes_nothing(
    control: Control, changes: dict[str, Any], told: str
) -> None:
    armed = control.arm("500")
    document = control.snapshot()
    (kept,) = document["faults"]
    with pytest.raises(ControlError) as refusal:
        control.restore({**document, "faults": [{**kept, **changes}]})
    assert refusal.value.status == 400
    assert told in refusal.value.message
    assert control.faults() == [armed]
