"""`assistants-mock compare`: the same scenarios on two targets."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import Result

from harness.commands import scenarios
from harness.serving import ServerProcess
from tests.harness.commands.conftest import FINE, Desk
from tests.harness.targets.servers import Asked, HttpServer, changing

TALK = """
version: 1
scenarios:
- name: talk
  backend:
    runs: [{then: {reply: "Good day."}}]
  steps:
  - assistants.create: {model: gpt-4o}
    as: asst
  - threads.create: {messages: [{role: user, content: Hello}]}
    as: thread
  - runs.create: {thread_id: "${thread.id}", assistant_id: "${asst.id}"}
    as: run
  - wait: {run: "${run}", until: completed, within: 60s}
    expect: {statuses: [queued, in_progress, completed]}
  - messages.list: {thread_id: "${thread.id}"}
    expect: {data.0.content.0.text.value: "Good day."}
  - threads.retrieve: {thread_id: thread_000000000000000000000000}
    expect_error: {status: 404, message: {contains: No thread found}}
  - stream: {runs.create: {thread_id: "${thread.id}", assistant_id: "${asst.id}"}}
"""


def compare(desk: Desk, second: str, *words: object) -> Result:
    """`assistants-mock compare here SECOND talk.assistants.yaml`."""
    desk.file("talk.assistants.yaml", TALK)
    return desk.type(scenarios.compare, "here", second, "talk.assistants.yaml", *words)


def test_a_mock_in_virtual_time_and_one_in_real_time_do_not_differ(
    desk: Desk, closed_server: ServerProcess
) -> None:
    second = f"compatible:{closed_server.base_url}"
    result = compare(desk, second, "--seed", 3, "--time", "virtual")
    assert result.exit_code == 0, result.output
    assert f"1 scenario with 7 steps compared: here and {second} do not differ" in result.output


def changed(asked: Asked, body: Any) -> Any:
    """A server of its own mind about a few things."""
    if isinstance(body, list):  # the events of a stream
        return [block for block in body if "thread.run.queued" not in block]
    error = body.get("error")
    if error and "No thread found" in error["message"]:
        return {
            "error": {"message": "Thread not found", "type": "not_found_error", "code": None, "param": None}
        }
    if body.get("object") == "assistant":
        del body["top_p"]
        return body | {"name": ""}
    if body.get("object") == "thread":
        return body | {"owner": "me"}
    if body.get("object") == "thread.run" and asked.method == "POST":
        return body | {"status": "running", "parallel_tool_calls": "yes"}
    return body


def test_differences_of_every_sort_are_found_in_one_go(desk: Desk, closed_server: ServerProcess) -> None:
    with changing(closed_server.base_url, changed, key="sk-drifting") as other:
        desk.file("assistants.toml", (desk.folder / "assistants.toml").read_text() + profile(other))
        result = compare(desk, "other", "--report", "json:out/drift.json", "--report", "markdown:drift.md")
    assert result.exit_code == 1, result.output
    document = json.loads((desk.folder / "out" / "drift.json").read_text(encoding="utf-8"))
    found = {
        (each["step"], each["kind"], each["path"], each["first"], each["second"])
        for each in document["entries"]
    }
    assert found == {
        ("1", "missing", "top_p", "1.0", "absent"),
        ("1", "type", "name", "null", ""),
        ("2", "extra", "owner", "absent", "me"),
        ("3", "status", "status", "queued", "running"),
        ("3", "type", "parallel_tool_calls", "true", "yes"),
        ("4", "statuses", "statuses", "queued, in_progress", "running first"),
        ("6", "error", "type", "invalid_request_error", "not_found_error"),
        ("6", "error text", "message", "No thread found with id '<thread 2>'.", "Thread not found"),
        ("7", "events", "events", "thread.run.queued", "absent after thread.run.created"),
    }
    told = (
        "talk\n  step 1  assistants.create\n    type name\n      here: null\n      other: \n    missing top_p"
    )
    assert told in result.output
    assert "9 differences between here and other" in result.output
    assert (
        "| 2 `threads.create` | extra | `owner` | `absent` | `me` |" in (desk.folder / "drift.md").read_text()
    )


def profile(server: HttpServer) -> str:
    """A profile `other` for it."""
    return f'\n[targets.other]\nbase_url = "{server.url}/v1"\nlacks = ["files"]\n'


def test_what_one_of_them_lacks_is_named(desk: Desk, closed_server: ServerProcess) -> None:
    desk.file(
        "assistants.toml",
        (desk.folder / "assistants.toml").read_text()
        + f'\n[targets.other]\nbase_url = "{closed_server.base_url}"\nlacks = ["streaming"]',
    )
    result = compare(desk, "other")
    assert "not compared: talk: other lacks streaming" in result.output
    assert "0 scenarios with 0 steps compared: here and other do not differ" in result.output


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["nowhere"], 2, "there is no target 'nowhere'"),
        (["compatible:http://127.0.0.1:9/v1"], 3, "cannot be reached"),
        (
            ["here", "--report", "html:x"],
            2,
            "there is no report format 'html'; it is one of json, markdown, text",
        ),
        (["here", "-k", "zzz"], 2, "none of 1 scenario fits zzz"),
    ],
)
def test_what_was_typed_wrongly(words: list[str], code: int, complaint: str, desk: Desk) -> None:
    result = compare(desk, *words)
    assert result.exit_code == code
    assert complaint in result.stderr


def test_a_target_does_not_differ_from_itself(desk: Desk) -> None:
    desk.file("fine.assistants.yaml", FINE)
    result = desk.type(scenarios.compare, "here", "here", "fine.assistants.yaml")
    assert result.exit_code == 0
    assert result.output.splitlines()[-1] == "2 scenarios with 5 steps compared: here and here do not differ"
