"""What there is in a world, as the control door lists it."""

from __future__ import annotations

from typing import Any

import pytest

from harness.control import Control, ControlError
from tests.conftest import Raw
from tests.stage import CODE, Stage


@pytest.fixture
def stage(raw: Raw, control: Control) -> Stage:
    return Stage(raw, control)


def listed(raw: Raw, query: str) -> Any:
    answer = raw("GET", f"/_mock/objects{query}")
    assert answer.status == 200, answer.raw.decode()
    return answer.body


def named(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(row["object"], row["id"]) for row in rows]


def test_an_empty_world_has_nothing(raw: Raw, control: Control) -> None:
    assert control.objects() == []
    assert listed(raw, "") == {"object": "list", "data": [], "last_id": None, "has_more": False}


def test_everything_is_listed_oldest_first_and_says_nothing_of_its_content(stage: Stage) -> None:
    """Each with its kind, its status, what it belongs to and when it was made."""
    path = stage.run()
    run = stage.finish(path)
    (step,) = stage.get(f"{path}/steps")["data"]
    answer, question = stage.get(f"/threads/{run['thread_id']}/messages")["data"]
    file_id = stage.file()
    store = stage.post("/vector_stores", {"file_ids": []})
    batch = stage.post(f"/vector_stores/{store['id']}/file_batches", {"file_ids": [file_id]})
    asked = {"filename": "b.txt", "purpose": "assistants", "bytes": 5, "mime_type": "text/plain"}
    upload = stage.post("/uploads", asked)
    part = stage.send(f"/uploads/{upload['id']}/parts", {}, data=("blob", b"12345"))
    at = run["created_at"]
    late = store["created_at"]
    rows = stage.control.objects()
    thread = {"parent": run["thread_id"]}
    assert rows == [
        {"object": "assistant", "id": run["assistant_id"], "created_at": at},
        {"object": "thread", "id": run["thread_id"], "created_at": at},
        {"object": "thread.message", "id": question["id"], "created_at": at, "status": "completed", **thread},
        {"object": "thread.run", "id": run["id"], "created_at": at, "status": "completed", **thread},
        {
            "object": "thread.run.step",
            "id": step["id"],
            "created_at": step["created_at"],
            "status": "completed",
            "parent": run["id"],
        },
        {
            "object": "thread.message",
            "id": answer["id"],
            "created_at": answer["created_at"],
            "status": "completed",
            **thread,
        },
        {"object": "file", "id": file_id, "created_at": late, "status": "processed"},
        {"object": "vector_store", "id": store["id"], "created_at": late, "status": "in_progress"},
        {
            "object": "vector_store.file_batch",
            "id": batch["id"],
            "created_at": late,
            "status": "in_progress",
            "parent": store["id"],
        },
        {
            "object": "vector_store.file",
            "id": file_id,
            "created_at": late,
            "status": "in_progress",
            "parent": store["id"],
        },
        {"object": "upload", "id": upload["id"], "created_at": late, "status": "pending"},
        {"object": "upload.part", "id": part["id"], "created_at": late, "parent": upload["id"]},
    ]


def test_statuses_are_those_of_this_moment(stage: Stage) -> None:
    """What falls due until now has happened, also to a message that is being written."""
    stage.run()
    seen: list[tuple[str | None, str | None]] = []
    while not seen or seen[-1][0] != "completed":
        (run,) = stage.control.objects("thread.run")
        last = stage.control.objects("thread.message")[-1]
        if not seen or seen[-1] != (run["status"], last["status"]):
            seen.append((run["status"], last["status"]))
        stage.control.advance(0.05)
    assert seen == [
        ("queued", "completed"),
        ("in_progress", "completed"),
        ("in_progress", "in_progress"),
        ("completed", "completed"),
    ]


def test_one_kind(stage: Stage) -> None:
    path = stage.run(assistant={"tools": [CODE]})
    (run,) = stage.control.objects("thread.run")
    assert run["id"] == path.rpartition("/")[2]
    assert run["status"] == "queued"
    assert stage.control.objects("vector_store") == []


def test_what_was_deleted_is_listed_no_more(stage: Stage) -> None:
    """Nor what went with it: in whatever way."""
    path = stage.run()
    stage.finish(path)
    file_id = stage.file()
    store_id = stage.store(file_id)
    stage.delete(path.partition("/runs")[0])
    stage.delete(f"/vector_stores/{store_id}")
    kinds = [row["object"] for row in stage.control.objects()]
    assert kinds == ["assistant", "file"]
    stage.delete(f"/files/{file_id}")
    assert [row["object"] for row in stage.control.objects()] == ["assistant"]


def test_page_by_page(stage: Stage) -> None:
    """From where the page before ended, even if its last object is gone by then."""
    file_id = stage.file()
    for _ in range(2):
        stage.store(file_id)
    everything = stage.control.objects()
    assert len(everything) == 5
    collected, query = [], "?limit=2"
    while True:
        page = listed(stage.raw, query)
        collected += page["data"]
        if not page["has_more"]:
            break
        assert len(page["data"]) == 2
        query = f"?limit=2&after={page['last_id']}"
    assert collected == everything
    assert len(listed(stage.raw, "?limit=5")["data"]) == 5
    assert listed(stage.raw, "?limit=5")["has_more"] is False
    stage.delete(f"/files/{file_id}")
    assert named(listed(stage.raw, f"?after={file_id}")["data"]) == [
        (row["object"], row["id"]) for row in everything if row["object"] == "vector_store"
    ]
    assert named(listed(stage.raw, f"?after={file_id}&object=vector_store&limit=1")["data"]) == [
        (everything[1]["object"], everything[1]["id"])
    ]


@pytest.mark.parametrize(
    ("query", "status", "complaint"),
    [
        ("?object=run", 400, "thread.run"),
        ("?limit=0", 400, "limit"),
        ("?limit=many", 400, "limit"),
        ("?after=asst_nobody", 404, "there was no object 'asst_nobody'"),
    ],
)
def test_what_cannot_be_listed_is_refused(raw: Raw, query: str, status: int, complaint: str) -> None:
    answer = raw("GET", f"/_mock/objects{query}")
    assert (answer.status, complaint in answer.body["error"]["message"]) == (status, True)


def test_a_kind_that_there_is_not(control: Control) -> None:
    with pytest.raises(ControlError, match="Supported values are"):
        control.objects("runs")


def test_looking_disturbs_nobody(stage: Stage) -> None:
    """It takes no time, is in no journal, and reads are counted as before."""
    before = stage.control.clock()
    for _ in range(30):
        stage.control.objects()
    assert stage.control.clock() == before
    assert stage.control.journal() == []


def test_every_key_has_its_own(stage: Stage) -> None:
    stage.assistant()
    with Control(f"http://{stage.raw.connection.host}:{stage.raw.connection.port}", "another") as other:
        assert other.objects() == []
