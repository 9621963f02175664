"""Section 3 of the table: ids that lead nowhere, models."""

from __future__ import annotations

from typing import Any

from tests.error_rows import Caller, row

MODEL = "gpt-4o"


@row("E-20")
def unknown_assistant(caller: Caller) -> None:
    says = "No assistant found with id 'asst_X'."
    for method in ("GET", "POST", "DELETE"):
        caller.refused(method, "/assistants/asst_X", says=says, status=404)
    body = {"assistant_id": "asst_X"}
    caller.refused("POST", f"/threads/{caller.thread()}/runs", body, says=says, status=404)
    caller.refused("POST", "/threads/runs", body, says=says, status=404)


@row("E-21")
def unknown_thread(caller: Caller) -> None:
    assistant, message = caller.assistant(), {"role": "user", "content": "Hi"}
    asked: list[tuple[str, str, Any]] = [
        ("GET", "", None),
        ("POST", "", {"metadata": {}}),
        ("DELETE", "", None),
        ("GET", "/messages", None),
        ("POST", "/messages", message),
        ("GET", "/messages/msg_X", None),
        ("POST", "/messages/msg_X", {}),
        ("DELETE", "/messages/msg_X", None),
        ("GET", "/runs", None),
        ("POST", "/runs", {"assistant_id": assistant}),
        ("GET", "/runs/run_X", None),
        ("POST", "/runs/run_X", {}),
        ("POST", "/runs/run_X/cancel", None),
        ("POST", "/runs/run_X/submit_tool_outputs", {"tool_outputs": []}),
        ("GET", "/runs/run_X/steps", None),
        ("GET", "/runs/run_X/steps/step_X", None),
    ]
    for method, path, body in asked:
        says = "No thread found with id 'thread_X'."
        caller.refused(method, f"/threads/thread_X{path}", body, says=says, status=404)


@row("E-22")
def unknown_message(caller: Caller) -> None:
    path = f"/threads/{caller.thread()}/messages"
    for wrong in ("msg_X", "run_X", "nonsense"):
        for method in ("GET", "POST", "DELETE"):
            says = f"No message found with id '{wrong}'."
            caller.refused(method, f"{path}/{wrong}", says=says, status=404)
    elsewhere = caller.ok("GET", f"/threads/{caller.thread()}/messages")["first_id"]
    says = f"No message found with id '{elsewhere}'."
    caller.refused("GET", f"{path}/{elsewhere}", says=says, status=404)


@row("E-23")
def unknown_run(caller: Caller) -> None:
    path, says = f"/threads/{caller.thread()}/runs/run_X", "No run found with id 'run_X'."
    for method, more in (("GET", ""), ("POST", ""), ("POST", "/cancel"), ("GET", "/steps")):
        caller.refused(method, f"{path}{more}", says=says, status=404)
    outputs: dict[str, Any] = {"tool_outputs": []}
    caller.refused("POST", f"{path}/submit_tool_outputs", outputs, says=says, status=404)


@row("E-24")
def unknown_step(caller: Caller) -> None:
    says = "No run step found with id 'step_123'."
    caller.refused("GET", f"{caller.run_in('completed')}/steps/step_123", says=says, status=404)


@row("E-27")
def thread_id_without_its_prefix(caller: Caller) -> None:
    for wrong in ("undefined", "1234", "new", "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", "asst_1"):
        for method, more in (
            ("GET", ""),
            ("POST", ""),
            ("DELETE", ""),
            ("GET", "/messages"),
            ("GET", "/runs"),
        ):
            caller.refused(
                method,
                f"/threads/{wrong}{more}",
                says=f"Invalid 'thread_id': '{wrong}'. Expected an ID that begins with 'thread'.",
                param="thread_id",
                code="invalid_value",
            )


@row("E-28")
def assistant_id_without_its_prefix(caller: Caller) -> None:
    says = "Invalid 'assistant_id': 'wf_X'. Expected an ID that begins with 'asst'."
    wrong = {"assistant_id": "wf_X"}
    path = f"/threads/{caller.thread()}/runs"
    caller.refused("POST", path, wrong, says=says, param="assistant_id", code="invalid_value")
    caller.refused("POST", "/threads/runs", wrong, says=says, param="assistant_id", code="invalid_value")
    caller.refused("GET", "/assistants/wf_X", says=says, param="assistant_id", code="invalid_value")


@row("E-29")
def run_with_nothing_to_answer(caller: Caller) -> None:
    says = "Run creation requires a Thread with a user message or an assistant with instructions."
    assistant, path = caller.assistant(), f"/threads/{caller.thread(None)}/runs"
    for stream in (None, False, True):
        body = {"assistant_id": assistant, "stream": stream}
        answer = caller.refused("POST", path, body, says=says, code="invalid_thread")
        assert answer.headers["content-length"] == "209"  # as recorded
    caller.refused("POST", "/threads/runs", {"assistant_id": assistant}, says=says, code="invalid_thread")
    instructed = caller.assistant(instructions="Greet.")
    assert caller.ok("POST", path, {"assistant_id": instructed})["status"] == "queued"


@row("E-30")
def bad_file_id_in_a_body(caller: Caller) -> None:
    wrong = "0b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"
    attached = {"file_id": wrong, "tools": [{"type": "file_search"}]}
    message = {"role": "user", "content": "Hi", "attachments": [attached]}
    place = "messages[0].attachments[0].file_id"
    caller.refused(
        "POST",
        "/threads",
        {"messages": [message]},
        says=f"Invalid '{place}': '{wrong}'. Expected an ID that begins with 'file'.",
        param=place,
        code="invalid_value",
    )
    path = f"/threads/{caller.thread()}/messages"
    store = caller.store()
    picture = [{"type": "image_file", "image_file": {"file_id": wrong}}]
    code = {"code_interpreter": {"file_ids": [wrong]}}
    helper = {"file_search": {"vector_stores": [{"file_ids": [wrong]}]}}
    bodies: list[tuple[str, dict[str, Any], str]] = [
        (path, message, "attachments[0].file_id"),
        (path, {"role": "user", "content": picture}, "content[0].image_file.file_id"),
        ("/threads", {"tool_resources": code}, "tool_resources.code_interpreter.file_ids[0]"),
        ("/threads", {"tool_resources": helper}, "tool_resources.file_search.vector_stores[0].file_ids[0]"),
        ("/vector_stores", {"file_ids": [caller.file(), wrong]}, "file_ids[1]"),
        (f"{store}/files", {"file_id": wrong}, "file_id"),
        (f"{store}/file_batches", {"files": [{"file_id": wrong}]}, "files[0].file_id"),
    ]
    for path, body, place in bodies:
        says = f"Invalid '{place}': '{wrong}'. Expected an ID that begins with 'file'."
        caller.refused("POST", path, body, says=says, param=place, code="invalid_value")


@row("E-31")
def forbidden_characters(caller: Caller) -> None:
    for method, path, name in (
        ("GET", "/vector_stores/", "vector_store_id"),
        ("DELETE", "/vector_stores/", "vector_store_id"),
        ("GET", "/threads/", "thread_id"),
        ("GET", "/assistants/", "assistant_id"),
    ):
        caller.refused(
            method,
            f"{path}x:y",
            says=f"Invalid '{name}': 'x:y'. Expected an ID that contains letters, numbers, underscores, or"
            " dashes, but this value contained additional characters.",
            param=name,
            code="invalid_value",
        )


@row("E-34")
def unknown_model(caller: Caller) -> None:
    says = "The requested model 'gpt-99' does not exist."
    assistant = caller.assistant()
    for path, body in (
        ("/assistants", {"model": "gpt-99"}),
        (f"/assistants/{assistant}", {"model": "gpt-99"}),
        (f"/threads/{caller.thread()}/runs", {"assistant_id": assistant, "model": "gpt-99"}),
        ("/threads/runs", {"assistant_id": assistant, "model": "gpt-99"}),
    ):
        caller.refused("POST", path, body, says=says, param="model", code="model_not_found")


@row("E-35")
def model_that_is_not_for_assistants(caller: Caller) -> None:
    caller.control.new_world(profile="observed")
    says = "The requested model 'gpt-5-mini' cannot be used with the Assistants API."
    body = {"model": "gpt-5-mini"}
    caller.refused("POST", "/assistants", body, says=says, param="model", code="unsupported_model")


@row("E-36")
def sampling_on_a_reasoning_model(caller: Caller) -> None:
    path = f"/assistants/{caller.assistant(model='o3-mini')}"
    for name in ("temperature", "top_p"):
        says = f"Unsupported parameter: '{name}' is not supported with this model."
        caller.refused("POST", path, {name: 0.5}, says=says, param=name, code="unsupported_parameter")
        body = {"model": "o3-mini", name: 0.5}
        caller.refused("POST", "/assistants", body, says=says, param=name, code="unsupported_parameter")


@row("E-37")
def deleted_assistant(caller: Caller) -> None:
    assistant = caller.assistant()
    caller.ok("DELETE", f"/assistants/{assistant}")
    says = f"No assistant found with id '{assistant}'."
    caller.refused("GET", f"/assistants/{assistant}", says=says, status=404)
    body = {"assistant_id": assistant}
    caller.refused("POST", f"/threads/{caller.thread()}/runs", body, says=says, status=404)


@row("E-38")
def unknown_model_on_its_page(caller: Caller) -> None:
    for method in ("GET", "DELETE"):
        caller.refused(
            method,
            "/models/fake_id",
            says="The model 'fake_id' does not exist",
            status=404,
            param="model",
            code="model_not_found",
            beta=False,
        )
