"""What the plugin hears of a test run that uses the mock: reports, comparisons, what is between tests."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from harness.plugin.active import CLOSED, FIXTURE, HANDLE, NO_ANSWER, OURS, PASSED, TAKE, TOLD, note, story_of
from harness.plugin.hosting import Host

LATE = (
    "The application was imported before OPENAI_BASE_URL was set, for no test seemed to ask for it; "
    "assistants_environment = always in the ini file sets it in time."
)

SDK = frozenset(
    ("openai", "typing_extensions", "httpx", "httpx2", "httpcore", "httpcore2", "h11", "anyio", "respx")
)
"""The packages whose code lies between a test and the wire."""


class Watch:
    """The hooks of one session."""

    def __init__(self, host: Host) -> None:
        """Watch the tests that use this host."""
        self.host = host

    def pytest_configure(self, config: pytest.Config) -> None:
        """Where this is not one of xdist's workers, gather what came of scenarios."""
        if not hasattr(config, "workerinput"):
            from harness.plugin.gathering import Gathering

            config.pluginmanager.register(Gathering(self.host), "assistants-gathering")

    def pytest_report_header(self) -> str:
        """What the tests run against."""
        host = self.host
        parts = [f"{host.target.name} at {host.base_url}"]
        if host.mocked:
            parts += [f"{host.clock} time", f"seed {host.settings()['seed']!r}"]
        if not host.environment.is_set:
            parts.append("environment untouched")
        return f"assistants: {', '.join(parts)}"

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """A test with the marker has the fixture, whether it takes it or not."""
        names = getattr(item, "fixturenames", None)
        if names is not None and FIXTURE not in names and item.get_closest_marker(FIXTURE):
            names.append(FIXTURE)

    def pytest_collection_finish(self) -> None:
        """What the application did while it was imported is in every test's world."""
        if self._runs():
            with suppress(*NO_ANSWER):  # the fixture will say so, where there is one
                self.host.ready()
                self.host.background.keep()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Iterator[None]:
        """What wide fixtures do outlasts a test's world; those of the test itself are set up within it."""
        if _calls_nothing(fixturedef):
            return (yield)
        if fixturedef.scope == "function":
            if FIXTURE in request.fixturenames and HANDLE not in request.node.stash:
                request.getfixturevalue(FIXTURE)
            return (yield)
        if not self._runs():
            return (yield)
        with ExitStack() as stack:
            with suppress(*NO_ANSWER):
                self.host.ready()
                stack.enter_context(self.host.background.outside())
            return (yield)

    def pytest_fixture_post_finalizer(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        """What a wide fixture took away is in no test's world any more."""
        if fixturedef.scope != "function" and not _calls_nothing(fixturedef) and self._runs():
            with suppress(*NO_ANSWER):
                self.host.background.look_again()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """A failure shows what happened in the test's world; every report says how long that was."""
        handle = item.stash.get(HANDLE, None)
        if handle is not None and call.excinfo is not None:
            _hide_sdk(call.excinfo)
        if handle is not None and call.when == "call":
            with suppress(*NO_ANSWER):
                note(item, "assistants_virtual_seconds", handle.clock.elapsed)
        report = yield
        if call.when == "call":
            item.stash[PASSED] = report.passed  # one that broke off has not done what it would have
        if call.when == "teardown" and CLOSED in item.stash:
            item.stash[CLOSED].close()  # to show it in a traceback may have opened it once more
            del item.stash[CLOSED]
        if report.failed and TAKE not in item.stash:
            text = item.stash.get(TOLD, None) if handle is None else story_of(handle)
            if text:
                report.sections.append((FIXTURE, f"{LATE}\n{text}" if self._was_late() else text))
        return report

    def pytest_assertrepr_compare(self, op: str, left: object, right: object) -> list[str] | None:
        """Calls and runs are shown with their course, not as dumps."""
        from harness.handle.comparisons import explain_comparison

        return explain_comparison(op, left, right)

    def _was_late(self) -> bool:
        return self.host.late and self.host.environment.is_set

    def _runs(self) -> bool:
        """Whether there is a server with worlds of ours, started by now."""
        host = self.host
        return host.mocked and (host.server is None or host.server.pid is not None)


def _hide_sdk(excinfo: pytest.ExceptionInfo[BaseException]) -> None:
    """Leave the inside of the SDK out of a traceback: what calls did stands below it."""
    for entry in excinfo.traceback:
        names = entry.frame.f_globals
        if str(names.get("__name__", "")).partition(".")[0] in SDK:
            names["__tracebackhide__"] = True


def _calls_nothing(fixturedef: pytest.FixtureDef[Any]) -> bool:
    """Whether it is a fixture of this plugin or of pytest itself, which call no API.

    Those of pytest with an underscore stand for setup_module, setUpClass and the like.
    """
    name = fixturedef.argname
    return name in OURS or (fixturedef.func.__module__.startswith("_pytest.") and not name.startswith("_"))
