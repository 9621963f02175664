"""A pytest plugin that runs inside an SDK's own suite, in the SDK's environment; it changes no test.

Each test gets a new, empty world behind the suite's one API key, and every outcome is written as a line of
JSON to the file that `CONFORMANCE_OUTCOMES` names. Nothing but pytest and the standard library is imported.
"""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

KEY = "My API Key"
"""What the suites' own conftest calls with."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """A new world, before the fixtures of a test call anything."""
    door = os.environ["TEST_API_BASE_URL"].removesuffix("/v1") + "/_mock/world"
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    request = urllib.request.Request(door, b"{}", headers, method="POST")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as response:
        response.read()
    yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Write down how a test ended: its call, or what kept it from being called."""
    report = yield
    if report.when == "call" or report.outcome != "passed":
        text = told(call.excinfo) if call.excinfo is not None and report.failed else ""
        line = {"test": report.nodeid, "outcome": report.outcome, "text": text, "said": report.longreprtext}
        with Path(os.environ["CONFORMANCE_OUTCOMES"]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    return report


def told(raised: pytest.ExceptionInfo[BaseException]) -> str:
    """The texts of an exception and what caused it; where a value has the wrong type, which one it is.

    The suites compare types with a function whose local `path` leads to the value.
    """
    error: BaseException | None = raised.value
    texts = []
    while error is not None:
        texts.append(str(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if isinstance(raised.value, AssertionError):
        for entry in reversed(raised.traceback):
            path = entry.frame.f_locals.get("path")
            if isinstance(path, list):
                return f"at {'.'.join(path)}: " + "\n".join(texts)
    return "\n".join(texts)
