"""Sections 3 to 7 of the table, as far as they speak of vector stores and of what searches them."""

from __future__ import annotations

from typing import Any

from tests.error_rows import Caller, row
from tests.extraction.documents import docx

CAKE = b"Grandmother's favorite food was cake.\n"
QUESTION = {"role": "user", "content": "What was grandmother's favorite food?"}
SEARCH = {"type": "file_search"}
A_DAY = {"anchor": "last_active_at", "days": 1}


def not_searchable(*extensions: str) -> str:
    """The complaint about files with these extensions."""
    return (
        f"Files with extensions [{', '.join(extensions)}] are not supported for retrieval. See"
        " https://platform.openai.com/docs/assistants/tools/file-search/supported-files"
    )


def unsearchable(caller: Caller, path: str, body: dict[str, Any], *extensions: str) -> None:
    """Refused because of these extensions, and nothing has come of it."""
    says = not_searchable(*extensions)
    caller.refused("POST", path, body, says=says, param="file_ids", code="unsupported_file")


def attached(file: str, *tools: dict[str, Any]) -> dict[str, Any]:
    """A message that asks about a file it brings."""
    return QUESTION | {"attachments": [{"file_id": file, "tools": list(tools or (SEARCH,))}]}


@row("E-25")
def unknown_store(caller: Caller) -> None:
    file = caller.file()
    asked: list[tuple[str, str, Any]] = [
        ("GET", "", None),
        ("POST", "", {"name": "Notes"}),
        ("DELETE", "", None),
        ("POST", "/search", {"query": "cake"}),
        ("GET", "/files", None),
        ("POST", "/files", {"file_id": file}),
        ("GET", f"/files/{file}", None),
        ("POST", f"/files/{file}", {"attributes": {}}),
        ("GET", f"/files/{file}/content", None),
        ("DELETE", f"/files/{file}", None),
        ("POST", "/file_batches", {"file_ids": [file]}),
        ("GET", "/file_batches/vsfb_X", None),
        ("GET", "/file_batches/vsfb_X/files", None),
        ("POST", "/file_batches/vsfb_X/cancel", None),
    ]
    for method, path, body in asked:
        says = "No vector store found with id 'vs_X'."
        caller.refused(method, f"/vector_stores/vs_X{path}", body, says=says, status=404, beta=False)
    says = "No vector store found with id 'vs_X'."
    resources = {"tool_resources": {"file_search": {"vector_store_ids": ["vs_X"]}}}
    caller.refused("POST", "/threads", resources, says=says, status=404)
    caller.refused("POST", "/assistants", {"model": "gpt-4o"} | resources, says=says, status=404)


@row("E-26")
def file_of_another_store(caller: Caller) -> None:
    file, store = caller.file(), caller.store()
    store_id = store.rpartition("/")[2]
    caller.ok("POST", f"{caller.store()}/files", {"file_id": file})
    for wrong in (file, "file-X", "nonsense"):
        says = f"No file found with id '{wrong}' in vector store '{store_id}'."
        for method, more in (("GET", ""), ("DELETE", ""), ("GET", "/content")):
            caller.refused(method, f"{store}/files/{wrong}{more}", says=says, status=404)
        caller.refused("POST", f"{store}/files/{wrong}", {"attributes": {}}, says=says, status=404)


@row("E-57")
def too_many_files_at_once(caller: Caller) -> None:
    def refused(path: str, body: dict[str, Any], place: str, most: int, given: int) -> None:
        says = (
            f"Invalid '{place}': array too long. Expected an array with maximum length {most}, but got an"
            f" array with length {given} instead."
        )
        caller.refused("POST", path, body, says=says, param=place, code="array_above_max_length")

    ids = [f"file-{number}" for number in range(2_001)]
    refused("/vector_stores", {"file_ids": ids[:1_084]}, "file_ids", 500, 1_084)
    batches = f"{caller.store()}/file_batches"
    refused(batches, {"file_ids": ids}, "file_ids", 2_000, 2_001)
    refused(batches, {"files": [{"file_id": each} for each in ids]}, "files", 2_000, 2_001)
    caller.control.new_world(limits={"files_per_call": 2, "files_per_batch": 3, "code_interpreter_files": 2})
    files = [caller.file(f"{name}.txt") for name in "abcd"]
    store = f"/vector_stores/{caller.ok('POST', '/vector_stores', {'file_ids': files[:2]})['id']}"
    refused("/vector_stores", {"file_ids": files[:3]}, "file_ids", 2, 3)
    caller.ok("POST", f"{store}/file_batches", {"file_ids": files[:3]})
    refused(f"{store}/file_batches", {"file_ids": files}, "file_ids", 3, 4)
    place = "tool_resources.code_interpreter.file_ids"
    resources = {"tool_resources": {"code_interpreter": {"file_ids": files[:3]}}}
    refused("/threads", resources, place, 2, 3)
    refused("/assistants", {"model": "gpt-4o"} | resources, place, 2, 3)


@row("E-83")
def run_on_an_expired_store(caller: Caller) -> None:
    store = caller.store(expires_after=A_DAY)
    store_id = store.rpartition("/")[2]
    resources = {"file_search": {"vector_store_ids": [store_id]}}
    plain = caller.assistant(tools=[SEARCH])
    owner = caller.assistant(tools=[SEARCH], tool_resources=resources)
    talk: dict[str, Any] = {"messages": [QUESTION]}
    own = caller.ok("POST", "/threads", talk | {"tool_resources": resources})["id"]
    caller.control.advance(86_400)
    says = f"Vector store {store_id} is expired"
    for stream in (False, True):
        for assistant, thread in ((owner, caller.thread()), (plain, own)):
            body = {"assistant_id": assistant, "stream": stream}
            caller.refused("POST", f"/threads/{thread}/runs", body, says=says)
        for assistant, new in zip((owner, plain), (talk, talk | {"tool_resources": resources}), strict=True):
            both = {"assistant_id": assistant, "thread": new, "stream": stream}
            caller.refused("POST", "/threads/runs", both, says=says)
    assert caller.ok("GET", f"/threads/{own}/runs")["data"] == []
    # Who does not search does not need it.
    caller.ok("POST", f"/threads/{own}/runs", {"assistant_id": caller.assistant()})


@row("E-84")
def expired_store(caller: Caller) -> None:
    store, file, other = caller.store(expires_after=A_DAY), caller.file(), caller.file("b.txt")
    store_id = store.rpartition("/")[2]
    batch = caller.ok("POST", f"{store}/file_batches", {"file_ids": [file]})["id"]
    caller.control.advance(86_400)
    asked: list[tuple[str, str, Any]] = [
        ("POST", "/search", {"query": "cake"}),
        ("POST", "/files", {"file_id": other}),
        ("GET", f"/files/{file}/content", None),
        ("POST", f"/files/{file}", {"attributes": {}}),
        ("DELETE", f"/files/{file}", None),
        ("POST", "/file_batches", {"file_ids": [other]}),
        ("POST", f"/file_batches/{batch}/cancel", None),
    ]
    for method, path, body in asked:
        says = f"Vector store '{store_id}' has expired"
        caller.refused(method, f"{store}{path}", body, says=says)
    for path in (store, f"{store}/files", f"{store}/files/{file}", f"{store}/file_batches/{batch}"):
        caller.ok("GET", path)
    caller.ok("DELETE", store)


@row("E-101")
def too_large_to_be_read(caller: Caller) -> None:
    # A package whose one part names more elements than any document does: it is given up, not read through.
    many = docx("".join(f"<w:n{number}/>" for number in range(20_000)))
    found = caller.settled(f"{caller.store(caller.file('many.docx', many))}/files")
    reason = {"code": "invalid_file", "message": "The file could not be parsed because it is too large."}
    assert (found["status"], found["last_error"], found["usage_bytes"]) == ("failed", reason, 0)


@row("E-102")
def poor_results(caller: Caller) -> None:
    store = caller.store(caller.file("cake.txt", CAKE))
    caller.settled(f"{store}/files")

    def found(query: str, **more: Any) -> list[Any]:
        data: list[Any] = caller.ok("POST", f"{store}/search", {"query": query} | more)["data"]
        return data

    (good,) = found("favorite food")
    (poor,) = found("food for zebras, lions and giraffes")
    assert 0 < poor["score"] < good["score"] <= 1
    assert found("zebras") == []
    strict = {"score_threshold": (poor["score"] + good["score"]) / 2}
    assert found("food for zebras, lions and giraffes", ranking_options=strict) == []


@row("E-103")
def search_before_indexing_ends(caller: Caller) -> None:
    def asked(indexing: str, *, by_assistant: bool) -> tuple[str, list[Any], int]:
        """The file, what the run's answer cites, and how many seconds it took."""
        caller.control.new_world(latency={"indexing": indexing})
        file = caller.file("cake.txt", CAKE)
        if by_assistant:
            resources = {"file_search": {"vector_stores": [{"file_ids": [file]}]}}
            assistant = caller.assistant(tools=[SEARCH], tool_resources=resources)
            thread = caller.ok("POST", "/threads", {"messages": [QUESTION]})["id"]
        else:
            assistant = caller.assistant(tools=[SEARCH])
            thread = caller.ok("POST", "/threads", {"messages": [attached(file)]})["id"]
        (store,) = caller.ok("GET", "/vector_stores")["data"]
        assert (store["status"], store["file_counts"]["in_progress"]) == ("in_progress", 1)
        search = f"/vector_stores/{store['id']}/search"
        assert caller.ok("POST", search, {"query": "favorite food"})["data"] == []
        run = caller.ok("POST", f"/threads/{thread}/runs", {"assistant_id": assistant})
        run = caller.poll(f"/threads/{thread}/runs/{run['id']}", "completed")
        message = caller.ok("GET", f"/threads/{thread}/messages?limit=1")["data"][0]
        text = message["content"][0]["text"]
        cited = [mark["file_citation"]["file_id"] for mark in text["annotations"]]
        return file, cited, run["completed_at"] - run["created_at"]

    file, cited, took = asked("30s", by_assistant=False)
    assert (cited, took) == ([file], 30)
    file, cited, took = asked("90s", by_assistant=False)
    assert (cited, took) == ([], 60)
    file, cited, took = asked("30s", by_assistant=True)
    assert (cited, took) == ([], 0)


@row("E-110")
def unsearchable_extension(caller: Caller) -> None:
    picture, table, text = (caller.file(name) for name in ("cat.png", "a.csv", "a.txt"))
    store = caller.store()
    unsearchable(caller, f"{store}/files", {"file_id": picture}, ".png")
    unsearchable(caller, "/vector_stores", {"file_ids": [text, picture]}, ".png")
    unsearchable(caller, "/vector_stores", {"file_ids": [picture, table, picture]}, ".csv", ".png")
    unsearchable(caller, "/threads", {"messages": [attached(picture)]}, ".png")
    helped = {"tool_resources": {"file_search": {"vector_stores": [{"file_ids": [table]}]}}}
    unsearchable(caller, "/threads", helped, ".csv")
    unsearchable(caller, "/assistants", {"model": "gpt-4o"} | helped, ".csv")
    assert [each["id"] for each in caller.ok("GET", "/vector_stores")["data"]] == [store.rpartition("/")[2]]


@row("E-111")
def unsearchable_in_a_batch(caller: Caller) -> None:
    store = caller.store()
    header, text = caller.file("a.h", purpose="user_data"), caller.file()
    unsearchable(caller, f"{store}/file_batches", {"file_ids": [text, header]}, ".h")
    unsearchable(caller, f"{store}/file_batches", {"files": [{"file_id": header}]}, ".h")
    assert caller.ok("GET", store)["file_counts"]["total"] == 0


@row("E-112")
def unsearchable_attachment(caller: Caller) -> None:
    thread, table = caller.thread(), caller.file("a.csv")
    path = f"/threads/{thread}/messages"
    unsearchable(caller, path, attached(table), ".csv")
    unsearchable(caller, path, attached(table, {"type": "code_interpreter"}, SEARCH), ".csv")
    body = {"assistant_id": caller.assistant(), "additional_messages": [attached(table)]}
    unsearchable(caller, f"/threads/{thread}/runs", body, ".csv")
    assert len(caller.ok("GET", path)["data"]) == 1
    caller.ok("POST", path, attached(table, {"type": "code_interpreter"}))


@row("E-122")
def search_bounds(caller: Caller) -> None:
    path = f"{caller.store()}/search"
    for given, says, code in (
        (51, "above maximum value. Expected a value <= 50, but got 51 instead.", "integer_above_max_value"),
        (0, "below minimum value. Expected a value >= 1, but got 0 instead.", "integer_below_min_value"),
    ):
        caller.refused(
            "POST",
            path,
            {"query": "cake", "max_num_results": given},
            says=f"Invalid 'max_num_results': integer {says}",
            param="max_num_results",
            code=code,
        )
    caller.ok("POST", path, {"query": "cake", "max_num_results": 50})
