"""What came of the scenarios of a test run, from this process or its workers, and the reports about it."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from harness.plugin.hosting import Host
from harness.plugin.items import FOUND, OUTCOME


class Gathering:
    """The hooks that gather outcomes in the process that reports, which is not a worker."""

    def __init__(self, host: Host) -> None:
        """Gather for a session that begins now."""
        self._host = host
        self._outcomes: dict[str, dict[str, Any]] = {}
        self._began = time.perf_counter()
        self._started = datetime.now(UTC)
        self._trouble = ""
        self._found: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """An item was run; of one that is run again the last outcome counts."""
        for name, value in report.user_properties:
            if name == OUTCOME:
                self._outcomes[report.nodeid] = json.loads(str(value))
            elif name == FOUND and report.when == "teardown":
                self._found[report.nodeid] = str(value)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the reports that were asked for; where one cannot be written, the run is not a success."""
        if not self._host.options.reports:
            return
        from harness.reports.contract import write_reports

        try:
            write_reports(self._host.options.reports, self._document(session.config))
        except OSError as error:
            self._trouble = f"a report cannot be written: {error}"
            session.exitstatus = pytest.ExitCode.USAGE_ERROR

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, config: pytest.Config
    ) -> None:
        """Say what is not to be seen elsewhere: reports, checks that were let off, objects left behind."""
        lines = [f"{kind} report: {path}" for kind, path in self._host.options.reports]
        if self._trouble:
            lines = [self._trouble]
        if any(_remarkable(outcome) for outcome in self._outcomes.values()):
            from harness.reports.terminal import summary

            lines += summary(self._document(config))
        if lines:
            terminalreporter.section("assistants")
            for line in lines:
                terminalreporter.write_line(line)
        if self._found:
            from harness.plugin.judging import summary_of

            terminalreporter.section("assistants practices")
            for line in summary_of(self._found):
                terminalreporter.write_line(line)

    def _document(self, config: pytest.Config) -> dict[str, Any]:
        from harness.reports.document import report_document

        host = self._host
        return report_document(
            list(self._outcomes.values()),
            target=host.target.name,
            seconds=time.perf_counter() - self._began,
            seed=host.settings()["seed"] if host.mocked else None,
            started=self._started,
            root=config.rootpath,
            masked=host.target.masked,
        )


def _remarkable(outcome: dict[str, Any]) -> bool:
    return bool(
        outcome["relaxed"] or outcome["skipped"] or outcome["left_behind"] or outcome.get("attempts", 1) > 1
    )
