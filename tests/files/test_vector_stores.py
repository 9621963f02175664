"""Vector stores: how they are made, counted, limited, changed, listed, and when they expire."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from harness.control import Control
from tests.conftest import Raw
from tests.files.library import CAPITALS, counts, ids, moment, ready, refused, settled, upload

DAY = 86_400
TWO_SECONDS_LATER = {"profile": "instant", "indexing": "2s"}


# Made


def test_a_store_without_files_is_complete_at_once(client: openai.OpenAI, raw: Raw, control: Control) -> None:
    """All its members, in the order of the wire; it never expires unless asked to."""
    now = int(moment(control))
    answer = raw("POST", "/v1/vector_stores", {}, beta=False)
    assert answer.body["id"].startswith("vs_")
    assert answer.body == {
        "id": answer.body["id"],
        "object": "vector_store",
        "created_at": now,
        "name": None,
        "description": None,
        "usage_bytes": 0,
        "file_counts": counts(),
        "status": "completed",
        "expires_after": None,
        "expires_at": None,
        "last_active_at": now,
        "metadata": {},
    }
    assert raw("GET", f"/v1/vector_stores/{answer.body['id']}").raw == answer.raw


def test_a_store_with_files_is_in_progress_until_none_is(client: openai.OpenAI, control: Control) -> None:
    """Counts and status move together, bytes come with completion."""
    control.new_world(latency=TWO_SECONDS_LATER)
    files = [upload(client, f"{number}.txt", CAPITALS * number).id for number in (1, 2)]
    bad = upload(client, "bad.pdf", "no PDF at all").id
    store = client.vector_stores.create(name="Capitals", description="Some", file_ids=[*files, bad])
    assert (store.status, store.usage_bytes, store.name) == ("in_progress", 0, "Capitals")
    assert store.file_counts.to_dict() == counts(in_progress=3)
    assert client.vector_stores.list().data[0] == store
    control.advance(2)
    done = client.vector_stores.retrieve(store.id)
    assert (done.status, done.file_counts.to_dict()) == ("completed", counts(completed=2, failed=1))
    entries = client.vector_stores.files.list(store.id).data
    assert done.usage_bytes == sum(entry.usage_bytes for entry in entries) > 3 * len(CAPITALS)
    assert [entry.status for entry in entries] == ["failed", "completed", "completed"]


def test_a_file_named_twice_is_in_the_store_once(client: openai.OpenAI) -> None:
    """A set of files, not a list."""
    file = upload(client, "a.txt", CAPITALS).id
    store = ready(client, file, file)
    assert store.file_counts.to_dict() == counts(completed=1)


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({"file_ids": "file-1"}, "file_ids", "invalid_type"),
        ({"file_ids": ["x"]}, "file_ids[0]", "invalid_value"),
        ({"file_ids": [7]}, "file_ids[0]", "invalid_type"),
        ({"name": 7}, "name", "invalid_type"),
        ({"files": []}, "files", "unknown_parameter"),
        ({"metadata": {"a": 1}}, "metadata.a", "invalid_type"),
        ({"metadata": {str(n): "x" for n in range(17)}}, "metadata", "object_above_max_properties"),
        ({"expires_after": {"anchor": "created_at", "days": 1}}, "expires_after.anchor", "invalid_value"),
        (
            {"expires_after": {"anchor": "last_active_at", "days": 0}},
            "expires_after.days",
            "integer_below_min_value",
        ),
        (
            {"expires_after": {"anchor": "last_active_at", "days": 366}},
            "expires_after.days",
            "integer_above_max_value",
        ),
        ({"expires_after": {"anchor": "last_active_at", "days": 1.5}}, "expires_after.days", "invalid_type"),
        ({"expires_after": {"anchor": "last_active_at"}}, "expires_after.days", "missing_required_parameter"),
        ({"expires_after": {"days": 7}}, "expires_after.anchor", "missing_required_parameter"),
    ],
)
def test_a_store_that_cannot_be_is_refused(raw: Raw, body: dict[str, Any], param: str, code: str) -> None:
    """With the validator's words, and nothing is made."""
    answer = raw("POST", "/v1/vector_stores", body)
    error = answer.body["error"]
    assert (answer.status, error["param"], error["code"]) == (400, param, code)
    assert "detail" not in answer.body
    assert raw("GET", "/v1/vector_stores").body["data"] == []


def test_files_that_are_not_there_or_cannot_be_searched(client: openai.OpenAI) -> None:
    """E-33 and E-110: refused at once, all of it, with the extensions named."""
    good = upload(client, "a.md", CAPITALS).id
    table, picture = upload(client, "t.csv", "a,b\n1,2\n").id, upload(client, "P.PNG", b"\x89PNG").id
    error = refused(client.vector_stores.create, file_ids=[good, "file-unknown"])
    assert (error["status"], error["message"].endswith("were not found")) == (400, True)
    assert "file-unknown" in error["message"]
    assert good not in error["message"]
    error = refused(client.vector_stores.create, file_ids=[good, picture, table])
    assert (error["status"], error["param"], error["code"]) == (400, "file_ids", "unsupported_file")
    assert error["message"] == (
        "Files with extensions [.csv, .png] are not supported for retrieval. See"
        " https://platform.openai.com/docs/assistants/tools/file-search/supported-files"
    )
    assert client.vector_stores.list().data == []
    store = client.vector_stores.create()
    assert refused(client.vector_stores.files.create, store.id, file_id=table)["code"] == "unsupported_file"
    assert client.vector_stores.retrieve(store.id) == store


def test_a_file_of_any_purpose_may_be_searched(client: openai.OpenAI) -> None:
    """Only its name decides whether it is tried; one without an extension is refused."""
    files = [upload(client, "a.txt", CAPITALS, purpose).id for purpose in ("user_data", "vision", "batch")]
    assert ready(client, *files).file_counts.completed == 3
    bare = upload(client, "README", CAPITALS, "user_data").id
    assert "[]" in refused(client.vector_stores.create, file_ids=[bare])["message"]


# Limits


def test_the_limits_of_a_store(client: openai.OpenAI, control: Control) -> None:
    """Files in one call, in a batch and in a store; E-57 with today's numbers."""
    control.new_world(limits={"files_per_call": 2, "vector_store_files": 4, "files_per_batch": 3})
    files = [upload(client, f"{number}.txt", CAPITALS).id for number in range(6)]
    error = refused(client.vector_stores.create, file_ids=files[:3])
    assert (error["param"], error["code"]) == ("file_ids", "array_above_max_length")
    assert error["message"] == (
        "Invalid 'file_ids': array too long. Expected an array with maximum length 2, but got an array with"
        " length 3 instead."
    )
    store = ready(client, *files[:2])
    batches = client.vector_stores.file_batches
    assert "maximum length 3" in refused(batches.create, store.id, file_ids=files[2:])["message"]
    assert (
        refused(batches.create, store.id, files=[{"file_id": each} for each in files[2:]])["param"] == "files"
    )
    assert (
        refused(batches.create, store.id, file_ids=files[2:5])["status"] == 400
    )  # the store would have five
    assert client.vector_stores.retrieve(store.id) == store
    batches.create_and_poll(store.id, file_ids=files[2:4], poll_interval_ms=0)
    error = refused(client.vector_stores.files.create, store.id, file_id=files[4])
    assert (error["status"], store.id in error["message"], "(4)" in error["message"]) == (400, True, True)
    client.vector_stores.files.delete(files[0], vector_store_id=store.id)
    assert client.vector_stores.files.create(store.id, file_id=files[4]).status == "in_progress"


def test_a_full_store_takes_again_a_file_that_it_has(client: openai.OpenAI, control: Control) -> None:
    """Attaching anew needs no more room."""
    control.new_world(limits={"vector_store_files": 1})
    file = upload(client, "a.txt", CAPITALS).id
    store = ready(client, file)
    assert client.vector_stores.files.create(store.id, file_id=file).status == "in_progress"
    settled(client, store.id)
    batch = client.vector_stores.file_batches.create_and_poll(store.id, file_ids=[file], poll_interval_ms=0)
    assert batch.status == "completed"
    assert client.vector_stores.retrieve(store.id).file_counts.to_dict() == counts(completed=1)


@pytest.mark.parametrize(
    ("attributes", "param"),
    [
        ({str(number): number for number in range(17)}, "attributes"),
        ({"k" * 65: 1}, "attributes"),
        ({"k": "v" * 513}, "attributes.k"),
        ({"k": None}, "attributes.k"),
        ({"k": [1]}, "attributes.k"),
        ({"k": {}}, "attributes.k"),
        ([], "attributes"),
        ("x", "attributes"),
    ],
)
def test_attributes_have_their_limits(client: openai.OpenAI, raw: Raw, attributes: Any, param: str) -> None:
    """Attaching and updating alike; what was there stays."""
    file = upload(client, "a.txt", CAPITALS).id
    store = client.vector_stores.create().id
    path = f"/v1/vector_stores/{store}/files"
    answer = raw("POST", path, {"file_id": file, "attributes": attributes})
    assert (answer.status, answer.body["error"]["param"]) == (400, param)
    client.vector_stores.files.create(store, file_id=file, attributes={"kept": True})
    answer = raw("POST", f"{path}/{file}", {"attributes": attributes})
    assert (answer.status, answer.body["error"]["param"]) == (400, param)
    assert client.vector_stores.files.retrieve(file, vector_store_id=store).attributes == {"kept": True}


def test_sixteen_attributes_fit_and_fewer_where_a_world_says_so(
    client: openai.OpenAI, control: Control
) -> None:
    """Values of all three types come back as they were; the limit is a setting."""
    most: dict[str, Any] = {"k" * 64: "v" * 512, "n": 1.5, "i": 7, "yes": True, "no": False, "empty": ""}
    most |= {f"k{number}": -number for number in range(10)}
    store = client.vector_stores.create().id
    file = upload(client, "a.txt", CAPITALS).id
    made = client.vector_stores.files.create(store, file_id=file, attributes=most)
    assert made.attributes == most
    assert made.to_dict()["attributes"]["yes"] is True  # type: ignore[index]
    control.new_world(limits={"attributes": 2})
    store = client.vector_stores.create().id
    file = upload(client, "a.txt", CAPITALS).id
    refused(client.vector_stores.files.create, store, file_id=file, attributes={"a": 1, "b": 2, "c": 3})
    client.vector_stores.files.create(store, file_id=file, attributes={"a": 1, "b": 2})


# Changed


def test_an_update_changes_what_it_names(client: openai.OpenAI, raw: Raw) -> None:
    """A null takes away, an absent field stays, unknown ones are refused."""
    store = client.vector_stores.create(
        name="Old", metadata={"a": "1"}, expires_after={"anchor": "last_active_at", "days": 3}
    )
    path = f"/v1/vector_stores/{store.id}"
    assert raw("POST", path, {}).body == store.to_dict()
    assert raw("POST", path, {"name": "New"}).body == store.to_dict() | {"name": "New"}
    assert raw("POST", path, {"metadata": {"b": "2"}}).body["metadata"] == {"b": "2"}
    longer = raw("POST", path, {"expires_after": {"anchor": "last_active_at", "days": 10}}).body
    assert longer["expires_at"] == store.last_active_at + 10 * DAY  # type: ignore[operator]
    cleared = raw("POST", path, {"name": None, "metadata": None, "expires_after": None}).body
    assert (cleared["name"], cleared["metadata"]) == (None, {})
    assert (cleared["expires_after"], cleared["expires_at"]) == (None, None)
    assert raw("POST", path, {"description": "x"}).body["error"]["code"] == "unknown_parameter"
    assert raw("POST", path, {"file_ids": []}).body["error"]["code"] == "unknown_parameter"
    assert raw("GET", path).body == cleared


def test_a_store_without_an_expiry_any_more_does_not_expire(client: openai.OpenAI, control: Control) -> None:
    """What was to come is taken back, also while files are on their way."""
    store = client.vector_stores.create(expires_after={"anchor": "last_active_at", "days": 1})
    client.vector_stores.update(store.id, expires_after=None)
    control.advance(2 * DAY)
    assert client.vector_stores.retrieve(store.id).status == "completed"


# Expired


def test_a_store_expires_and_refuses(client: openai.OpenAI, control: Control, raw: Raw) -> None:
    """E-84 on what works with it; it can still be looked at, listed and deleted."""
    file, other = upload(client, "a.txt", CAPITALS).id, upload(client, "b.txt", CAPITALS).id
    store = ready(client, file, expires_after={"anchor": "last_active_at", "days": 1})
    assert store.expires_at == store.last_active_at + DAY  # type: ignore[operator]
    control.advance(store.expires_at - moment(control) - 1)
    assert len(client.vector_stores.search(store.id, query="capital").data) == 1
    control.advance(1)
    expired = client.vector_stores.retrieve(store.id)
    assert (expired.status, expired.file_counts.total) == ("expired", 1)
    files, batches = client.vector_stores.files, client.vector_stores.file_batches
    for call in (
        lambda: client.vector_stores.search(store.id, query="capital"),
        lambda: files.create(store.id, file_id=other),
        lambda: batches.create(store.id, file_ids=[other]),
        lambda: files.content(file, vector_store_id=store.id),
        lambda: files.update(file, vector_store_id=store.id, attributes={}),
        lambda: files.delete(file, vector_store_id=store.id),
    ):
        error = refused(call)
        assert (error["status"], error["message"]) == (400, f"Vector store '{store.id}' has expired")
    assert ids(client.vector_stores.list()) == [store.id]
    client.files.delete(file)
    assert client.vector_stores.delete(store.id).deleted


def test_a_store_that_expires_while_files_are_on_their_way(client: openai.OpenAI, control: Control) -> None:
    """It is and stays expired, whatever becomes of the files; the counts add up."""
    control.new_world(latency={"profile": "instant", "indexing": DAY * 2000})
    file = upload(client, "a.txt", CAPITALS).id
    store = client.vector_stores.create(
        file_ids=[file], expires_after={"anchor": "last_active_at", "days": 1}
    )
    control.advance(DAY)
    assert client.vector_stores.retrieve(store.id).status == "expired"
    control.advance(DAY)
    expired = client.vector_stores.retrieve(store.id)
    assert expired.status == "expired"
    assert sum(expired.file_counts.to_dict().values()) == 2  # type: ignore[arg-type]


def test_a_run_moves_what_a_store_expires_after(client: openai.OpenAI, control: Control) -> None:
    """Last active means last used in a run; searching by hand or attaching does not count."""
    store = ready(
        client, upload(client, "a.txt", CAPITALS).id, expires_after={"anchor": "last_active_at", "days": 2}
    )
    control.advance(DAY)
    client.vector_stores.search(store.id, query="capital")
    client.vector_stores.files.create(store.id, file_id=upload(client, "b.txt", CAPITALS).id)
    assert client.vector_stores.retrieve(store.id).last_active_at == store.last_active_at
    resources: Any = {"file_search": {"vector_store_ids": [store.id]}}
    assistant = client.beta.assistants.create(
        model="gpt-4o", tools=[{"type": "file_search"}], tool_resources=resources
    )
    thread = client.beta.threads.create(
        messages=[{"role": "user", "content": "What is the capital of Italy?"}]
    )
    run = client.beta.threads.runs.create_and_poll(
        thread_id=thread.id, assistant_id=assistant.id, poll_interval_ms=0
    )
    used = client.vector_stores.retrieve(store.id)
    assert run.created_at <= used.last_active_at <= run.completed_at  # type: ignore[operator]
    assert used.expires_at == used.last_active_at + 2 * DAY  # type: ignore[operator]
    control.advance(2 * DAY - 60)
    assert client.vector_stores.retrieve(store.id).status == "completed"
    control.advance(60)
    assert client.vector_stores.retrieve(store.id).status == "expired"
    error = refused(client.beta.threads.runs.create, thread.id, assistant_id=assistant.id)
    assert (error["status"], error["message"]) == (400, f"Vector store {store.id} is expired")
    other = client.beta.assistants.create(model="gpt-4o")
    assert client.beta.threads.runs.create(thread.id, assistant_id=other.id).status == "queued"


# Listed and deleted


def test_deleting_a_store_leaves_its_files(client: openai.OpenAI, raw: Raw) -> None:
    """E-123; all routes below it are not found then, also while files were on their way."""
    file = upload(client, "a.txt", CAPITALS).id
    for store in (ready(client, file).id, client.vector_stores.create(file_ids=[file]).id):
        batch = client.vector_stores.file_batches.create(store, file_ids=[file]).id
        answer = raw("DELETE", f"/v1/vector_stores/{store}")
        assert answer.body == {"id": store, "object": "vector_store.deleted", "deleted": True}
        for method, path in (
            ("GET", ""),
            ("POST", ""),
            ("DELETE", ""),
            ("GET", "/files"),
            ("GET", f"/files/{file}"),
            ("GET", f"/files/{file}/content"),
            ("GET", f"/file_batches/{batch}"),
            ("GET", f"/file_batches/{batch}/files"),
            ("POST", f"/file_batches/{batch}/cancel"),
        ):
            answer = raw(method, f"/v1/vector_stores/{store}{path}", {} if method == "POST" else None)
            assert answer.status == 404
            assert answer.body["error"]["message"] == f"No vector store found with id '{store}'."
        assert refused(client.vector_stores.search, store, query="x")["status"] == 404
    assert client.files.retrieve(file).filename == "a.txt"
    assert ready(client, file).file_counts.completed == 1


@pytest.mark.parametrize(
    ("store_id", "status", "message"),
    [
        ("vs_unknown", 404, "No vector store found with id 'vs_unknown'."),
        ("undefined", 400, "Invalid 'vector_store_id': 'undefined'. Expected an ID that begins with 'vs'."),
        (
            "vs_x:y",
            400,
            (
                "Invalid 'vector_store_id': 'vs_x:y'. Expected an ID that contains letters, numbers,"
                " underscores, or dashes, but this value contained additional characters."
            ),
        ),
    ],
)
def test_an_id_that_names_no_store(raw: Raw, store_id: str, status: int, message: str) -> None:
    """E-25, E-31, and the prefix as everywhere."""
    for path in ("", "/files", "/files/file-1", "/file_batches/vsfb_1"):
        answer = raw("GET", f"/v1/vector_stores/{store_id}{path}")
        assert (answer.status, answer.body["error"]["message"]) == (status, message)


def test_stores_are_listed_in_pages(client: openai.OpenAI, raw: Raw) -> None:
    """Newest first, both cursors, up to 100."""
    made = [client.vector_stores.create(name=str(number)).id for number in range(5)]
    assert ids(client.vector_stores.list(limit=2)) == made[::-1]
    assert ids(client.vector_stores.list(order="asc", limit=2)) == made
    page = raw("GET", f"/v1/vector_stores?order=asc&limit=2&after={made[1]}").body
    assert ([each["id"] for each in page["data"]], page["has_more"]) == (made[2:4], True)
    page = raw("GET", f"/v1/vector_stores?order=asc&before={made[2]}").body
    assert ([each["id"] for each in page["data"]], page["has_more"]) == (made[:2], False)
    for query, status in (("limit=101", 400), ("limit=0", 400), ("order=up", 400), ("after=vs_unknown", 404)):
        assert raw("GET", f"/v1/vector_stores?{query}").status == status
