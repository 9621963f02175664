"""Section 9 of the table: those of fifteen errors, told in guides, that files bring about.

What a guide claims and what the wire does differ; it is the wire that is tested here, by the error's number.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.error_rows import Caller, Row
from tests.error_rows.stores import CAKE, QUESTION, SEARCH, not_searchable
from tests.stage import form

FIFTEEN: dict[str, Row] = {}


def told(number: str) -> Callable[[Row], Row]:
    """Put a function into the table under this number."""

    def register(check: Row) -> Row:
        FIFTEEN[number] = check
        return check

    return register


@told("2")
def indexing_takes_time(caller: Caller) -> None:
    caller.control.new_world(latency={"indexing": "5s"})
    file = caller.file("cake.txt", CAKE)
    store = caller.store(file)
    search, query = f"{store}/search", {"query": "favorite food"}
    assert caller.ok("POST", search, query)["data"] == []
    entry = caller.ok("GET", f"{store}/files?filter=in_progress")["data"][0]
    assert (entry["id"], entry["status"], entry["last_error"]) == (file, "in_progress", None)
    caller.control.advance(4.9)
    assert caller.ok("POST", search, query)["data"] == []
    caller.control.advance(0.1)
    assert caller.ok("POST", search, query)["data"][0]["file_id"] == file
    ready = caller.ok("GET", store)
    assert (ready["status"], ready["file_counts"]["in_progress"]) == ("completed", 0)


@told("5")
def format_of_no_tool(caller: Caller) -> None:
    # At the upload, when it is attached, or when it is read: three answers, and never the claimed words.
    body, headers = form({"purpose": "assistants"}, file=("clip.mp4", b"film"))
    answer = caller.raw("POST", "/v1/files", body, headers)
    assert answer.status == 400
    assert answer.body["error"]["message"].startswith(
        'Invalid extension mp4. Supported formats: "c", "cpp", '
    )
    book = caller.file("a.xlsx")
    says = not_searchable(".xlsx")
    for path, body_ in (
        ("/vector_stores", {"file_ids": [book]}),
        (f"{caller.store()}/files", {"file_id": book}),
    ):
        caller.refused("POST", path, body_, says=says, param="file_ids", code="unsupported_file")
    found = caller.settled(f"{caller.store(caller.file('a.docx', b'no document'))}/files")
    reason = {"code": "invalid_file", "message": "The file could not be parsed."}
    assert (found["status"], found["last_error"]) == ("failed", reason)


@told("7")
def output_of_code_that_is_missing(caller: Caller) -> None:
    written = [{"file": {"name": "sums.csv", "text": "sum\n3\n"}}]
    ran = {"code_interpreter": {"input": "write()", "outputs": written}}
    then = {"steps": [ran, {"reply": "Done: sandbox:/mnt/data/sums.csv"}]}
    path = caller.run(then, tools=[{"type": "code_interpreter"}])
    caller.poll(path, "completed")
    thread = path.split("/")[2]
    text = caller.ok("GET", f"/threads/{thread}/messages")["data"][0]["content"][0]["text"]
    (mark,) = text["annotations"]
    assert (mark["type"], mark["text"]) == ("file_path", "sandbox:/mnt/data/sums.csv")
    file = mark["file_path"]["file_id"]
    answer = caller.raw("GET", f"/v1/files/{file}/content")
    assert (answer.status, answer.raw) == (200, b"sum\n3\n")
    caller.ok("DELETE", f"/files/{file}")
    gone = f"No such File object: {file}"
    caller.refused("GET", f"/files/{file}/content", says=gone, status=404, param="id", detailed=True)
    # What was uploaded is there, and refused all the same.
    uploaded = f"/files/{caller.file('sums.csv')}/content"
    says = "Not allowed to download files of purpose: assistants"
    caller.refused("GET", uploaded, says=says, detailed=True)


@told("6")
def relevance(caller: Caller) -> None:
    files = [caller.file("cake.txt", CAKE), caller.file("cellar.txt", b"The cellar is locked at nine.\n")]
    store = caller.store(*files)
    caller.settled(f"{store}/files")
    resources = {"file_search": {"vector_store_ids": [store.rpartition("/")[2]]}}
    tool = SEARCH | {"file_search": {"ranking_options": {"score_threshold": 1.0}}}
    assistant = caller.assistant(tools=[tool], tool_resources=resources)
    thread = caller.ok("POST", "/threads", {"messages": [QUESTION]})["id"]
    run = caller.ok("POST", f"/threads/{thread}/runs", {"assistant_id": assistant})
    path = f"/threads/{thread}/runs/{run['id']}"
    assert caller.poll(path, "completed")["last_error"] is None
    (call,) = caller.ok("GET", f"{path}/steps?order=asc")["data"][0]["step_details"]["tool_calls"]
    assert call["file_search"]["results"] == []
    assert call["file_search"]["ranking_options"]["score_threshold"] == 1.0
