"""What came of experiments, in the process that reports: the plan, the outcomes, and how they are told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.explore.baselines import FaultsError, plan_of
from harness.explore.documents import report_document
from harness.explore.plans import Plan
from harness.explore.resilience import Accepted
from harness.explore.variants import split
from harness.plugin.exploring import BASELINE, RESULT
from harness.plugin.hosting import Host
from harness.plugin.options import Exploring

MORE = "; --assistants-explore runs them"


class Planned:
    """Gathers what tests do without a fault, and writes the plan."""

    def __init__(self, options: Exploring) -> None:
        """Plan as the options say."""
        self._options = options
        self._documents: dict[str, dict[str, Any]] = {}
        self._plan = Plan()
        self._trouble = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test was run; of one that is run again the last run counts."""
        for name, value in report.user_properties:
            if name == BASELINE:
                self._documents[report.nodeid] = json.loads(str(value))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Make the plan, and write it."""
        try:
            self._plan = plan_of(self._documents.values(), self._options.faults)
            if self._options.plan is not None:
                self._plan.write(self._options.plan)
        except (FaultsError, OSError) as error:
            self._trouble = str(error)
            session.exitstatus = pytest.ExitCode.USAGE_ERROR

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say how much there is to explore."""
        from harness.explore.reports.terminal import planned

        terminalreporter.section("assistants plan")
        for line in [self._trouble] if self._trouble else planned(self._plan, MORE):
            terminalreporter.write_line(line)


class Explored:
    """Gathers the verdicts, and tells them."""

    def __init__(self, host: Host, plan: Plan, accepted: Accepted) -> None:
        """Tell what comes of this plan, where these weaknesses are accepted."""
        self._host = host
        self._options = host.options.exploring
        self._plan = plan
        self._accepted = accepted
        self._variants: dict[str, dict[str, Any]] = {}
        self._trouble = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A variant was run; of one that is run again the last run counts."""
        for name, value in report.user_properties:
            if name == RESULT and report.when == "teardown":
                test, _ = split(report.nodeid)
                self._variants[report.nodeid] = {"test": test, **json.loads(str(value))}

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write what came of the variants, where that is wanted."""
        if self._options.results is None:
            return
        text = json.dumps(list(self._variants.values()), ensure_ascii=False)
        try:
            self._options.results.write_text(text, encoding="utf-8")
        except OSError as error:
            self._trouble = f"the results cannot be written: {error}"
            session.exitstatus = pytest.ExitCode.USAGE_ERROR

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The matrix of each test, and the worst that was found; not where others ask for the results."""
        if self._options.results is not None and not self._trouble:
            return
        from harness.explore.reports.terminal import summary

        terminalreporter.section("assistants exploration")
        for line in [self._trouble] if self._trouble else summary(self._document()):
            terminalreporter.write_line(line)

    def _document(self) -> dict[str, Any]:
        settings = self._host.settings()
        return report_document(
            self._plan,
            self._variants.values(),
            tool="assistants-mock",
            command="pytest --assistants-explore",
            seed=settings["seed"],
            depth=1,
            accepted=self._accepted,
            planned={name: len(test.variants) for name, test in self._plan.tests.items()},
        )
