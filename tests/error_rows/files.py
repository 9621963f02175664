"""Sections 3, 4 and 7 of the table, as far as they speak of files: ids, uploads, downloads, deletions."""

from __future__ import annotations

from typing import Any

from tests.error_rows import Caller, row
from tests.stage import PICTURE, form

FORMATS = (
    '"c", "cpp", "css", "csv", "docx", "gif", "go", "html", "java", "jpeg", "jpg", "js", "json", "md", "pdf",'
    ' "php", "pkl", "png", "pptx", "py", "rb", "tar", "tex", "ts", "txt", "webp", "xlsx", "xml", "zip"'
)
NOTES = ("notes.txt", b"Notes.")


def upload_refused(
    caller: Caller, file: tuple[str, bytes], says: str, purpose: str = "assistants", param: str | None = None
) -> int:
    """A form that is refused in these words; how many bytes the answer has."""
    body, headers = form({"purpose": purpose}, file=file)
    answer = caller.refused("POST", "/files", body, says=says, param=param, headers=headers, detailed=True)
    return len(answer.raw)


@row("E-32")
def unknown_file(caller: Caller) -> None:
    file = caller.file()
    caller.ok("DELETE", f"/files/{file}")
    for wrong in ("fake_id", "file-X", file):
        for method, more in (("GET", ""), ("DELETE", ""), ("GET", "/content")):
            answer = caller.refused(
                method,
                f"/files/{wrong}{more}",
                says=f"No such File object: {wrong}",
                status=404,
                param="id",
                detailed=True,
            )
            if wrong == "fake_id":
                assert answer.headers["content-length"] == "224"  # as recorded


@row("E-33")
def unknown_files_in_a_body(caller: Caller) -> None:
    thread, search, code = caller.thread(), {"type": "file_search"}, {"type": "code_interpreter"}
    file = caller.file()
    for tool in (search, code):
        message = {
            "role": "user",
            "content": "Hi",
            "attachments": [{"file_id": each, "tools": [tool]} for each in (file, "file-X", "file-Y")],
        }
        says = "Files ['file-X', 'file-Y'] were not found"
        caller.refused("POST", "/threads", {"messages": [message]}, says=says)
        caller.refused("POST", f"/threads/{thread}/messages", message, says=says)
    says = "Files ['file-X'] were not found"
    resources: dict[str, Any]
    for resources in (
        {"code_interpreter": {"file_ids": [file, "file-X"]}},
        {"file_search": {"vector_stores": [{"file_ids": [file, "file-X"]}]}},
    ):
        caller.refused("POST", "/threads", {"tool_resources": resources}, says=says)
        body = {"model": "gpt-4o", "tool_resources": resources}
        caller.refused("POST", "/assistants", body, says=says)
    picture = [{"type": "image_file", "image_file": {"file_id": "file-X"}}]
    caller.refused("POST", f"/threads/{thread}/messages", {"role": "user", "content": picture}, says=says)
    caller.refused("POST", "/vector_stores", {"file_ids": ["file-X"]}, says=says)
    store = caller.store()
    caller.refused("POST", f"{store}/files", {"file_id": "file-X"}, says=says)
    caller.refused("POST", f"{store}/file_batches", {"file_ids": [file, "file-X"]}, says=says)
    # What is refused has changed nothing.
    assert caller.ok("GET", f"/threads/{thread}")["tool_resources"] == {"code_interpreter": {"file_ids": []}}
    assert caller.ok("GET", store)["file_counts"]["total"] == 0
    assert len(caller.ok("GET", "/vector_stores")["data"]) == 1


@row("E-113")
def extension_of_no_tool(caller: Caller) -> None:
    for name, extension in (("macro.vb", "vb"), ("a.txt.EXE", "exe"), ("none", "")):
        says = f"Invalid extension {extension}. Supported formats: {FORMATS}"
        upload_refused(caller, (name, b"Dim x"), says)
        if extension:
            asked = {"filename": name, "purpose": "assistants", "bytes": 1, "mime_type": "text/plain"}
            caller.refused("POST", "/uploads", asked, says=says)
    assert caller.file("macro.vb", purpose="user_data")


@row("E-114")
def bad_purpose(caller: Caller) -> None:
    for purpose in ("world_domination", "assistants_output", ""):
        says = (
            f"'{purpose}' is not one of ['fine-tune', 'assistants', 'batch', 'user_data', 'vision', 'evals']"
            " - 'purpose'"
        )
        upload_refused(caller, NOTES, says, purpose, "purpose")
    assert caller.ok("GET", "/files")["data"] == []


@row("E-115")
def download_of_an_uploaded_file(caller: Caller) -> None:
    for purpose in ("assistants", "user_data"):
        says = f"Not allowed to download files of purpose: {purpose}"
        path = f"/files/{caller.file(purpose=purpose)}/content"
        caller.refused("GET", path, says=says, detailed=True)
    for purpose in ("batch", "fine-tune", "vision"):
        answer = caller.raw("GET", f"/v1/files/{caller.file('a.png', PICTURE, purpose)}/content")
        assert (answer.status, answer.raw) == (200, PICTURE)


@row("E-116")
def empty_file(caller: Caller) -> None:
    for purpose in ("assistants", "vision", "batch"):
        upload_refused(caller, ("a.txt", b""), "File is empty.", purpose)


@row("E-117")
def large_file(caller: Caller) -> None:
    caller.control.new_world(limits={"file_bytes": 1_000})
    assert caller.file("a.txt", b"x" * 1_000)
    for purpose in ("assistants", "batch"):
        upload_refused(caller, ("a.txt", b"x" * 1_001), "File is too large.", purpose)
    assert len(caller.ok("GET", "/files")["data"]) == 1


@row("E-118")
def full_storage(caller: Caller) -> None:
    caller.control.new_world(limits={"storage_bytes": 1_000})
    file = caller.file("a.txt", b"x" * 900)
    says = (
        "You have exceeded your file storage quota. Projects are limited to 2.5 TB of files. Please reduce"
        " the file size or contact support."
    )
    upload_refused(caller, ("b.txt", b"x" * 101), says)
    caller.ok("DELETE", f"/files/{file}")
    assert caller.file("b.txt", b"x" * 101)


@row("E-119")
def deletion_of_a_file_in_the_works(caller: Caller) -> None:
    path = f"/files/{caller.file('a.jsonl', purpose='fine-tune')}"
    says = "File is still processing. Check back later."
    caller.refused("DELETE", path, says=says, status=409, detailed=True)
    assert caller.ok("GET", path)["status"] == "processed"  # who looks, waits
    assert caller.ok("DELETE", path)["deleted"]


@row("E-123")
def deletions(caller: Caller) -> None:
    thread, assistant, store, file = caller.thread(), caller.assistant(), caller.store(), caller.file()
    message = caller.ok("GET", f"/threads/{thread}/messages")["first_id"]
    caller.ok("POST", f"{store}/files", {"file_id": file})
    store_id = store.rpartition("/")[2]
    for path, kind, found in (
        (f"/threads/{thread}/messages/{message}", "thread.message.deleted", message),
        (f"/threads/{thread}", "thread.deleted", thread),
        (f"/assistants/{assistant}", "assistant.deleted", assistant),
        (f"{store}/files/{file}", "vector_store.file.deleted", file),
        (store, "vector_store.deleted", store_id),
    ):
        answer = caller.raw("DELETE", f"/v1{path}")
        told = f'{{\n  "id": "{found}",\n  "object": "{kind}",\n  "deleted": true\n}}'
        assert (answer.status, answer.raw.decode()) == (200, told)
    # A file's differs in both its order and its word (recorded 2026).
    answer = caller.raw("DELETE", f"/v1/files/{file}")
    told = f'{{\n  "object": "file",\n  "deleted": true,\n  "id": "{file}"\n}}'
    assert (answer.status, answer.raw.decode()) == (200, told)
