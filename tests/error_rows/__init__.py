"""The evidence table of the API's errors, row by row: what a request has to be answered.

Each row is one function under the row's number; it makes the situation and says what comes back. `ROWS` has
them all, `EXPLAINED` the rows that cannot arise here and why.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from harness.control import Control
from tests.conftest import Answer, Raw
from tests.stage import TEXT, form

IRE = "invalid_request_error"
LONG_AGO = "historical: the API had left it behind before the state that is emulated"
OTHER_ROUTES = "a matter of keys, organizations or countries that a local server does not have"
FAULT = "arises by a fault only"
NO_BODY = "of 2026; a body was never seen"

EXPLAINED = {
    "E-03": OTHER_ROUTES,
    "E-04": OTHER_ROUTES,
    "E-05": OTHER_ROUTES,
    "E-06": OTHER_ROUTES,
    "E-07": OTHER_ROUTES,
    "E-09": LONG_AGO,
    "E-12": LONG_AGO,
    "E-15": "the route that was missing in 2025-10 is there in the state that is emulated",
    "E-19": OTHER_ROUTES,
    "E-39": "belongs to chat completions",
    "E-45": LONG_AGO,
    "E-60": LONG_AGO,
    "E-97": FAULT,
    "E-98": FAULT,
    "E-100": "what is not searchable is refused at once since 2026-09 (E-110); see tests/extraction",
    "E-133": "belongs to fine-tuning",
    "E-134": NO_BODY,
    "E-136": NO_BODY,
    "E-137": "no error, but what the published description declares; see test_spec",
    "E-138": "another wording of E-120, from the batch API",
}

REQUEST_ID = re.compile(r"req_[0-9a-f]{32}")
NEVER_SENT = ("x-ratelimit-", "retry-after", "x-should-retry")
"""Headers that no recorded reply of this family carried, by their beginnings."""


class Caller:
    """Somebody who asks this test's world, and knows how refusals look."""

    def __init__(self, raw: Raw, control: Control) -> None:
        self.raw = raw
        self.control = control

    def ok(self, method: str, path: str, body: Any = None) -> Any:
        """The body of a reply that must be 200."""
        answer = self.raw(method, f"/v1{path}", body)
        assert answer.status == 200, answer.raw.decode()
        check_headers(answer)
        return answer.body

    def refused(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        says: str,
        status: int = 400,
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str | None] | None = None,
        beta: bool = True,
        detailed: bool = False,
    ) -> Answer:
        """Ask, and be refused in exactly these words and bytes; `detailed` are the refusals of /files."""
        answer = self.raw(method, f"/v1{path}", body, headers, beta=beta)
        told = {"error": {"message": says, "type": IRE, "param": param, "code": code}}
        if detailed:
            told["detail"] = {"message": says, "code": code}
        assert (answer.status, answer.body) == (status, told)
        end = "\n" if detailed else ""
        assert answer.raw.decode() == json.dumps(told, indent=2, ensure_ascii=False) + end
        assert answer.headers["content-type"] == "application/json"
        check_headers(answer)
        return answer

    # What most rows need first

    def assistant(self, **fields: Any) -> str:
        """The id of a new assistant."""
        return str(self.ok("POST", "/assistants", {"model": "gpt-4o"} | fields)["id"])

    def thread(self, text: str | None = "Hello?") -> str:
        """The id of a new thread with one message, or none."""
        messages = [] if text is None else [{"role": "user", "content": text}]
        return str(self.ok("POST", "/threads", {"messages": messages})["id"])

    def file(self, name: str = "a.txt", content: bytes = TEXT, purpose: str = "assistants") -> str:
        """The id of a new file."""
        body, headers = form({"purpose": purpose}, file=(name, content))
        answer = self.raw("POST", "/v1/files", body, headers)
        assert answer.status == 200, answer.raw.decode()
        check_headers(answer)
        return str(answer.body["id"])

    def store(self, *file_ids: str, **fields: Any) -> str:
        """The path of a new vector store; its files are on their way in."""
        asked = {"file_ids": list(file_ids)} if file_ids else {}
        return f"/vector_stores/{self.ok('POST', '/vector_stores', asked | fields)['id']}"

    def settled(self, path: str) -> Any:
        """The newest file of a vector store's list once all there is has been read."""
        for _ in range(20):
            if self.ok("GET", path.removesuffix("/files"))["status"] != "in_progress":
                return self.ok("GET", path)["data"][0]
        raise AssertionError(f"{path} is still in progress")

    def run(self, then: dict[str, Any] | None = None, **fields: Any) -> str:
        """The path of a new run, which the pretended model will answer as told."""
        if then is not None:
            self.control.add_replies({"then": then, "times": 1})
        assistant, thread = self.assistant(**fields), self.thread()
        run = self.ok("POST", f"/threads/{thread}/runs", {"assistant_id": assistant})
        return f"/threads/{thread}/runs/{run['id']}"

    def poll(self, path: str, *until: str) -> Any:
        """The run once it has one of these statuses."""
        for _ in range(20):
            run = self.ok("GET", path)
            if run["status"] in until:
                return run
        raise AssertionError(f"{path} never came to {until}, it is {run['status']}")

    def run_in(self, status: str) -> str:
        """The path of a run in this status."""
        path = self.run(THEN.get(status, {"reply": "Hello."}), tools=[WEATHER])
        if status in ("cancelling", "cancelled"):
            self.ok("POST", f"{path}/cancel")
        if status not in ("queued", "cancelling"):
            self.poll(path, status)
        return path


def check_headers(answer: Answer) -> None:
    """The headers every recorded reply had, and none that it never had (401 and 500 differ)."""
    headers = answer.headers
    assert REQUEST_ID.fullmatch(headers["x-request-id"])
    assert headers["openai-processing-ms"].isdigit()
    assert headers["openai-version"] == "2020-10-01"
    assert headers["openai-organization"]
    assert headers["openai-project"].startswith("proj_")
    assert headers["x-content-type-options"] == "nosniff"
    check_never_sent(answer)


def check_never_sent(answer: Answer) -> None:
    """No header that no recorded reply had."""
    assert [name for name in answer.headers if name.startswith(NEVER_SENT)] == []


WEATHER = {"type": "function", "function": {"name": "get_weather"}}
TWO_CALLS = {
    "tool_calls": [
        {"function": "get_weather", "arguments": {}, "id": "call_A"},
        {"function": "get_weather", "arguments": {}, "id": "call_B"},
    ]
}
THEN: dict[str, dict[str, Any]] = {
    "requires_action": TWO_CALLS,
    "failed": {"fail": {}},
    "incomplete": {"reply": "Hel", "incomplete": "max_completion_tokens"},
    "expired": {"expire": True},
}

Row = Callable[[Caller], None]
ROWS: dict[str, Row] = {}


def row(number: str) -> Callable[[Row], Row]:
    """Put a function into the table under this number."""

    def register(check: Row) -> Row:
        assert number not in ROWS, number
        ROWS[number] = check
        return check

    return register
