"""Scenario files as tests of pytest: one item per scenario."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from harness.handle.history import History
from harness.playing.outcome import Outcome
from harness.scenarios.model import Scenario, ScenarioErrors

if TYPE_CHECKING:
    from harness.plugin.hosting import Host
    from harness.targets.connection import Connection

OUTCOME = "assistants_outcome"
"""The property of an item's reports that holds `Outcome.document()` as JSON."""

FOUND = "assistants_practices"
"""The property of an item's reports that holds what practice checks found, as JSON."""

_CONNECTION = pytest.StashKey[Any]()


class ScenarioFailedError(Exception):
    """A scenario did not go as it says."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


def collect_scenario_file(path: Path, parent: pytest.Collector) -> ScenarioFile:
    """The collector of a scenario file; nothing is read yet."""
    file: ScenarioFile = ScenarioFile.from_parent(parent, path=path)
    return file


class ScenarioFile(pytest.File):
    """A scenario file."""

    def collect(self) -> Iterator[pytest.Item]:
        """One item per scenario. Raises CollectError with every mistake of the file."""
        from harness.scenarios.reading import read_scenarios

        try:
            scenarios = read_scenarios(self.path)
        except ScenarioErrors as errors:
            raise self.CollectError(self._told(errors)) from None
        except (ImportError, OSError) as error:
            raise self.CollectError(f"{self._shown}: {error}") from None
        for scenario in scenarios:
            yield ScenarioItem.from_parent(self, name=scenario.name, scenario=scenario)

    @property
    def _shown(self) -> str:
        from harness.playing.explaining import relative

        return relative(self.path, self.config.invocation_params.dir)

    def _told(self, errors: ScenarioErrors) -> str:
        lines = [
            f"{self._shown}:{each.place.line}:{each.place.column}: {each.reason}"
            + (f"; {each.hint}" if each.hint else "")
            for each in errors.errors
        ]
        return "\n".join(lines)


class ScenarioItem(pytest.Item):
    """A scenario that is played on the session's target."""

    def __init__(self, *, scenario: Scenario, **known: Any) -> None:
        super().__init__(**known)
        self.scenario = scenario
        self.outcome: Outcome | None = None
        self._masked: Callable[[str], str] = str
        if scenario.error is not None:
            self.extra_keyword_matches.add(f"error_{scenario.error}")
            self.user_properties.append(("assistants_error", scenario.error))

    def runtest(self) -> None:
        """Play it. Raises ScenarioFailedError; skips when the target lacks what it needs."""
        from harness.playing.running import run_scenario
        from harness.plugin.active import host_of, note

        options = host_of(self.config).options
        connection = connection_of(self.config)
        keep = options.keep or connection.target.keep
        outcome = self.outcome = run_scenario(
            self._prepared(connection, options.seed), connection, slow=options.slow, keep=keep
        )
        if outcome.failure is not None:
            outcome.failure = replace(outcome.failure, replay=self._replay(outcome))
        masked = self._masked = connection.target.masked
        note(self, OUTCOME, masked(json.dumps(outcome.document(), ensure_ascii=False, default=str)))
        note(self, "assistants_target", outcome.target)
        if outcome.seed is not None:
            note(self, "assistants_seed", outcome.seed)
        if outcome.virtual:
            note(self, "assistants_virtual_seconds", outcome.api_seconds)
        text = masked("\n".join(_remarks(outcome)))
        if text:
            self.add_report_section("call", "assistants", text)
        if outcome.left_behind:
            self.warn(pytest.PytestWarning(f"left on {outcome.target}: {'; '.join(outcome.left_behind)}"))
        if outcome.status == "skipped":
            self._raise(pytest.skip.Exception(outcome.reason))
        if outcome.status == "failed":
            raise ScenarioFailedError(outcome)

    def teardown(self) -> None:
        """Let a project's own checks look at what was asked; raising is an error, as with tests."""
        if self.outcome is None or self.outcome.status == "skipped":
            return
        connection = connection_of(self.config)
        if connection.control is not None:
            history = History(connection.control, lambda: connection.began)
            self.config.hook.pytest_assistants_check(history=history)
            if self.outcome.status == "passed":
                self._judge(connection)

    def _judge(self, connection: Connection) -> None:
        """Look at what it did by the practice checks, where that is wanted."""
        from harness.plugin.active import host_of

        options = host_of(self.config).options
        if (options.practices_flag or options.practices) != "off" and connection.control is not None:
            from harness.plugin.judging import judge

            judge(self, options, connection.control, connection.began, sleeps=True)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Step, differences, timeline and replay in place of a traceback."""
        from harness.serving import ServerError
        from harness.targets.target import TargetError

        if isinstance(excinfo.value, ScenarioFailedError):
            from harness.playing.failing import failure_text

            return self._masked(failure_text(excinfo.value.outcome, root=self.config.invocation_params.dir))
        if isinstance(excinfo.value, TargetError | ServerError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """The line where the scenario begins."""
        return self.path, self.scenario.place.line - 1, self.name

    def _prepared(self, connection: Connection, seed: int | str) -> Scenario:
        """The scenario as it is to be played: with the session's seed, its faults as the hook wants them."""
        scenario = self.scenario
        if scenario.seed is None:
            scenario = replace(scenario, seed=seed)
        if not scenario.faults or connection.control is None:
            return scenario
        hook = self.config.hook.pytest_assistants_fault
        orders = tuple(hook(spec=dict(order)) or order for order in scenario.faults)
        return replace(scenario, faults=orders)

    def _replay(self, outcome: Outcome) -> str:
        """The command that runs this item alone, as it ran now."""
        words = [f"--assistants-seed={outcome.seed}"] if outcome.seed is not None else []
        if outcome.target != "mock":
            words.append(f"--assistants-target={outcome.target}")
        from harness.playing.explaining import relative

        file = relative(self.path, self.config.invocation_params.dir)
        return " ".join(["pytest", f'"{file}::{self.name}"', *map(shlex.quote, words)])

    def _raise(self, error: BaseException) -> NoReturn:
        """Raise it where the scenario stands: summaries show the place from which a skip is raised."""
        line = "\n" * (self.scenario.place.line - 1) + "raise error"
        exec(compile(line, str(self.path), "exec"), {"error": error})  # noqa: S102 - our own three words
        raise AssertionError("unreachable")


def connection_of(config: pytest.Config) -> Connection:
    """The session's one connection to its target, opened by the first scenario.

    Raises TargetError and ServerError; what could not be reached once is not tried again.
    """
    if _CONNECTION not in config.stash:
        from harness.plugin.active import host_of
        from harness.serving import ServerError
        from harness.targets.target import TargetError

        try:
            config.stash[_CONNECTION] = _opened(config, host_of(config))
        except (TargetError, ServerError) as error:
            config.stash[_CONNECTION] = error
    found = config.stash[_CONNECTION]
    if isinstance(found, Exception):
        raise found
    connection: Connection = found
    return connection


def _opened(config: pytest.Config, host: Host) -> Connection:
    if not host.mocked:
        return host.connection
    import os

    from harness.plugin.active import server_of
    from harness.plugin.hosting import KEY, free_key, new_key
    from harness.targets.opening import open_target

    server_of(config)
    target = host.target
    if target.key == KEY:  # worlds of its own, also where the workers of a run share a server
        key = new_key(f"scenarios-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")
        config.add_cleanup(lambda: free_key(key))
        target = replace(target, key=key)
    options = host.options
    connection = open_target(
        target, server=host.base_url, seed=options.seed_flag, time=host.clock, max_calls=options.max_calls
    )
    config.add_cleanup(connection.close)
    return connection


def _remarks(outcome: Outcome) -> Iterable[str]:
    """What there is to say beside passed or failed."""
    if outcome.attempts > 1 or (outcome.allowed > 1 and outcome.status == "failed"):
        yield f"{outcome.status} at attempt {outcome.attempts} of {outcome.allowed}"
    for checks, thing, done in (
        (outcome.relaxed, "check", "relaxed"),
        (outcome.skipped, "step", "left out"),
    ):
        if checks:
            many = "s" if len(checks) > 1 else ""
            yield f"{len(checks)} {thing}{many} {done} on {outcome.target}:"
            yield from (f"  {each}" for each in checks)
