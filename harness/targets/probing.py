"""Finding out what a server can do, by asking for things that do not exist.

A route is there when the API's own answer comes (the object, or a refusal in words of its own), and is not
there when the answer is that of an address that cannot exist. Nothing is changed by it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from harness.capabilities import WIRE

Request = Callable[[str, str, Any], Mapping[str, Any]]
"""Makes a request: method, path below the base URL, JSON body; `{"status", "headers", "body"}`."""

_NONE = "000000000000000000000000"
_THREAD, _RUN, _STORE = f"/threads/thread_{_NONE}", f"run_{_NONE}", f"/vector_stores/vs_{_NONE}"
_NOWHERE = f"/assistants-mock-probe-{_NONE}"

_ROUTES: Mapping[str, tuple[str, str, Any]] = {
    "assistants": ("GET", "/assistants?limit=1", None),
    "threads": ("GET", _THREAD, None),
    "messages": ("GET", f"{_THREAD}/messages", None),
    "runs": ("GET", f"{_THREAD}/runs", None),
    "runs.cancel": ("POST", f"{_THREAD}/runs/{_RUN}/cancel", None),
    "runs.submit_tool_outputs": (
        "POST",
        f"{_THREAD}/runs/{_RUN}/submit_tool_outputs",
        {"tool_outputs": [{"tool_call_id": f"call_{_NONE}", "output": "none"}]},
    ),
    "runs.steps": ("GET", f"{_THREAD}/runs/{_RUN}/steps", None),
    "threads.create_and_run": ("POST", "/threads/runs", {"assistant_id": f"asst_{_NONE}"}),
    "files": ("GET", "/files", None),
    "uploads": ("POST", f"/uploads/upload_{_NONE}/cancel", None),
    "vector_stores": ("GET", "/vector_stores?limit=1", None),
    "vector_stores.files": ("GET", f"{_STORE}/files", None),
    "vector_stores.file_batches": ("GET", f"{_STORE}/file_batches/vsfb_{_NONE}", None),
    "vector_stores.search": ("POST", f"{_STORE}/search", {"query": "none"}),
    "models": ("GET", "/models", None),
}

_IMPLIED = {
    "streaming": ("runs",),
    "function_calling": ("runs.submit_tool_outputs",),
    "file_search": ("runs", "vector_stores.files"),
    "code_interpreter": ("runs", "files"),
}
"""What cannot be asked without a model at work is believed of who has these; a profile may say otherwise."""


_NO_ROUTE = ("invalid url", "unknown request url", "cannot get /", "cannot post /")


def probe(request: Request) -> frozenset[str]:
    """The capabilities of the API that a server has. Raises whatever `request` does."""
    missing = {method: _kind_of_answer(request(method, _NOWHERE, None)) for method in ("GET", "POST")}
    found = {"raw"}
    for capability, (method, path, body) in _ROUTES.items():
        answer = request(method, path, body)
        if _is_there(answer, missing[method]) and (
            capability != "threads.create_and_run" or _means_the_assistant(answer)
        ):
            found.add(capability)
    found |= {name for name, bases in _IMPLIED.items() if found.issuperset(bases)}
    assert found <= WIRE
    return frozenset(found)


def _is_there(answer: Mapping[str, Any], missing: tuple[int, str]) -> bool:
    status = answer["status"]
    if status in (405, 501):
        return False
    if status not in (400, 404, 410):
        return True
    if _kind_of_answer(answer) == missing:
        return False
    words = json.dumps(answer["body"], ensure_ascii=False).lower()
    return not any(said in words for said in _NO_ROUTE)


def _means_the_assistant(answer: Mapping[str, Any]) -> bool:
    """Whether it was read as a run to create: elsewhere `/threads/runs` is a thread of the name `runs`."""
    if answer["status"] < 400:
        return True
    return "assistant" in json.dumps(answer["body"]).lower() or "asst_" in json.dumps(answer["body"])


def _kind_of_answer(answer: Mapping[str, Any]) -> tuple[int, str]:
    """What an answer says but for what it may repeat or count: words with a slash or a digit in them."""
    said = answer["body"]
    for key in ("error", "message"):
        said = said.get(key, said) if isinstance(said, Mapping) else said
    text = said if isinstance(said, str) else json.dumps(said, sort_keys=True, default=str)
    return answer["status"], re.sub(r"[^\s,{}]*[/\d][^\s,{}]*", "…", text)
