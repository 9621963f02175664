"""How the outcomes of the SDKs' own suites are judged."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.exceptions import EXCEPTIONS, Excuse
from tests.conformance.suites import VERSIONS, Suite, judge, name_of

HOME = "tests/api_resources"
LIMIT = "Error code: 400 - Invalid 'limit': integer below minimum value. Expected a value >= 1, but got 0."
STATUS = "at response.status: assert None in ('in_progress', 'incomplete', 'completed')"
MESSAGES, FILES = f"{HOME}/beta/threads/test_messages.py", f"{HOME}/test_files.py"


def failure(test: str, text: str) -> dict[str, Any]:
    """The outcome of a test that failed in these words."""
    return {"test": test, "outcome": "failed", "text": text, "said": f"E  {text}"}


@pytest.fixture
def two_excuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the excuses for lists and for messages."""
    few = tuple(one for one in EXCEPTIONS if one.tests.startswith((".*::list", "beta/threads/test_messages")))
    assert len(few) == 2
    monkeypatch.setattr("tests.conformance.exceptions.EXCEPTIONS", few)


def judged(*outcomes: dict[str, Any]) -> Suite:
    """A suite with these outcomes."""
    suite = Suite(VERSIONS[-1])
    judge(suite, outcomes)
    return suite


LISTED = failure(f"{FILES}::TestFiles::test_method_list_with_all_params[loose]", LIMIT)
CREATED = failure(f"{MESSAGES}::TestAsyncMessages::test_raw_response_create[loose]", STATUS)


def test_forms_of_a_test_share_a_name() -> None:
    path = f"{HOME}/beta/threads/test_runs.py"
    for test in (
        "TestRuns::test_method_list_with_all_params[loose]",
        "TestAsyncRuns::test_streaming_response_list_with_all_params[aiohttp]",
    ):
        assert name_of(f"{path}::{test}") == "beta/threads/test_runs.py::list_with_all_params"
    assert name_of(f"{path}::TestRuns::test_path_params_list[loose]").endswith("test_path_params_list[loose]")


@pytest.mark.usefixtures("two_excuses")
def test_an_excuse_takes_the_failures_that_say_so() -> None:
    suite = judged(LISTED, CREATED)
    assert (suite.failed, suite.excepted.total()) == (False, 2)


@pytest.mark.usefixtures("two_excuses")
@pytest.mark.parametrize(
    "text",
    [
        "Error code: 500 - The server had an error",
        STATUS.replace("status", "role"),
        "2 validation errors for Message\nstatus\n  Field required\nrole\n  Field required",
        LIMIT,
    ],
)
def test_the_same_test_may_not_fail_in_other_words(text: str) -> None:
    suite = judged(LISTED, CREATED, {**CREATED, "text": text})
    assert suite.failed
    assert len(suite.failures) == 1


@pytest.mark.usefixtures("two_excuses")
def test_an_excuse_is_stale_when_a_test_passes() -> None:
    suite = judged(LISTED, CREATED, {**CREATED, "outcome": "passed"})
    assert suite.failed
    assert suite.stale == ["a test of beta/threads/test_messages.py::create passes"]


@pytest.mark.usefixtures("two_excuses")
def test_an_excuse_is_stale_when_it_excuses_nothing() -> None:
    suite = judged(LISTED)
    assert len(suite.stale) == 1
    assert "test_messages" in suite.stale[0]


def test_an_excuse_holds_for_the_versions_it_names() -> None:
    excuse = Excuse("a::b", "no", "documented", "why", (VERSIONS[0],))
    assert excuse.excuses("a::b", VERSIONS[0], "no")
    assert not excuse.excuses("a::b", VERSIONS[1], "no")
    assert not excuse.excuses("a::bc", VERSIONS[0], "no")
