"""Finding out what a server can do without changing anything on it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from harness.capabilities import CAPABILITIES, CONTROLLED, WIRE
from harness.serving import ServerProcess
from harness.targets.opening import open_target
from harness.targets.target import Target, UnreachableError, find_target
from tests.harness.targets.servers import Asked, HttpServer, Reply


def capabilities_of(server: HttpServer, **parts: Any) -> frozenset[str]:
    """What is found out about a server."""
    with open_target(replace(find_target(f"compatible:{server.url}/v1"), **parts)) as connection:
        return connection.capabilities


def missing_object(path: str) -> dict[str, Any]:
    """The API's own 404."""
    return {
        "error": {
            "message": f"No object found with id '{path.split('/')[-1]}'.",
            "type": "invalid_request_error",
        }
    }


UNKNOWN = {
    "in OpenAI's words": lambda asked: Reply(
        404, {"error": {"message": f"Invalid URL ({asked.method} {asked.path})"}}
    ),
    "in FastAPI's words": lambda asked: Reply(404, {"detail": "Not Found"}),
    "in Express's words": lambda asked: Reply(
        404, f"<pre>Cannot {asked.method} {asked.path}</pre>".encode(), {"content-type": "text/html"}
    ),
    "as a wrong method": lambda asked: Reply(405, {"detail": "Method Not Allowed"}),
    "as not implemented": lambda asked: Reply(501, {"error": {"message": "not implemented"}}),
}


def test_a_server_without_any_of_it_is_no_target() -> None:
    """As one whose address lacks its `/v1`: nothing but skipped scenarios would be no success."""
    with HttpServer(lambda asked: Reply(404, {"detail": "Not Found"})) as server:
        with pytest.raises(UnreachableError, match=r"has nothing of the API; an address usually ends in /v1"):
            capabilities_of(server)


@pytest.mark.parametrize("unknown", UNKNOWN.values(), ids=UNKNOWN)
def test_a_route_is_there_when_the_answer_is_not_that_of_no_route(unknown: Any) -> None:
    """A server that has threads, messages and runs, but cannot cancel or stream files into stores."""
    known = re.compile(r"/v1/threads/[^/]+(/messages|/runs(/[^/]+/(steps|submit_tool_outputs))?)?")

    def answer(asked: Asked) -> Reply:
        if asked.path == "/v1/assistants":
            return Reply(200, {"object": "list", "data": []})
        if known.fullmatch(asked.path) and asked.path != "/v1/threads/runs":
            return Reply(404, missing_object(asked.path))
        reply: Reply = unknown(asked)
        return reply

    with HttpServer(answer) as server:
        found = capabilities_of(server)
    assert found == {
        *("assistants", "threads", "messages", "runs", "runs.steps", "runs.submit_tool_outputs"),
        *("raw", "streaming", "function_calling"),
    }


def test_a_thread_called_runs_is_no_way_to_create_a_run() -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path.startswith("/v1/threads/"):
            return Reply(404, missing_object(asked.path))
        return Reply(404, {"detail": "Not Found"})

    with HttpServer(answer) as server:
        assert "threads.create_and_run" not in capabilities_of(server)


def test_a_mock_has_all_of_the_api_and_nothing_is_made(closed: ServerProcess) -> None:
    with open_target(find_target(f"compatible:{closed.base_url}")) as connection:
        assert connection.capabilities == WIRE
        assert (connection.calls, connection.made) == (0, [])
    assert frozenset(CAPABILITIES) == WIRE | CONTROLLED


def test_what_a_profile_says_wins_and_saves_the_asking() -> None:
    with HttpServer(lambda asked: Reply(404, {"detail": "Not Found"})) as server:
        declared = capabilities_of(server, capabilities=frozenset({"files", "runs", "virtual_time"}))
        assert declared == {"files", "runs"}
        assert len(server.asked) == 1

    def models_only(asked: Asked) -> Reply:
        found = asked.path.startswith("/v1/models")
        return Reply(200, {"object": "list", "data": []}) if found else Reply(404, {"detail": "Not Found"})

    with HttpServer(models_only) as server:
        assert capabilities_of(server, lacks=frozenset({"raw"})) == {"models"}


def test_what_a_careless_server_made_of_a_probe_is_deleted() -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path == "/v1/threads/runs":
            return Reply(
                200, {"id": "run_1", "object": "thread.run", "thread_id": "thread_1", "status": "failed"}
            )
        return Reply(200, {"object": "list", "data": []})

    with HttpServer(answer) as server:
        found = capabilities_of(server)
        assert "threads.create_and_run" in found
        assert [asked.path for asked in server.asked if asked.method == "DELETE"] == ["/v1/threads/thread_1"]


def test_targets_of_other_kinds_are_not_probed() -> None:
    with HttpServer(lambda asked: Reply(404, {"error": {"message": "no"}})) as server:
        target = Target("f", kind="foundry-classic", base_url=server.url, capabilities=frozenset({"runs"}))
        with open_target(target) as connection:
            assert connection.capabilities == {"runs"}
        assert len(server.asked) == 1


def test_answers_that_count_or_tell_the_time_are_still_answers_of_no_route() -> None:
    """As Spring Boot's do; and a 404 in words of its own is a route whatever the words are."""
    asked: list[Asked] = []

    def answer(request: Asked) -> Reply:
        asked.append(request)
        if re.fullmatch(r"/v1/threads/[^/]+/runs/[^/]+/steps", request.path):
            return Reply(404, {"detail": "Could not retrieve run steps."})
        body = {"timestamp": f"2026-11-29T10:00:{len(asked):02}", "status": 404, "path": request.path}
        return Reply(404, body)

    with HttpServer(answer) as server:
        assert capabilities_of(server) == {"raw", "runs.steps"}
