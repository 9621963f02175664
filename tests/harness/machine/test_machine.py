"""The machine breaks what is careless and leaves alone what is careful; what it prints can be played."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, invariant, rule, run_state_machine_as_test

from harness import AssistantsMachine, HungError, strategies
from harness.machine import HungApplicationError
from harness.playing.running import run_scenario
from harness.scenarios.reading import parse_scenarios
from harness.strategies import Turn
from harness.targets.connection import Connection
from harness.targets.opening import open_target
from harness.targets.target import find_target
from mockserver.server import Server
from tests.harness.machine.desks import (
    CredulousDesk,
    Desk,
    DeskUnavailableError,
    ForgetfulDesk,
    PatientDesk,
    StubbornDesk,
)

MENTION = "The same as a scenario file:\n\n"


class Careful(AssistantsMachine):
    """Whatever the desk answers, it is not the question."""

    desk_class: ClassVar[type[Desk]] = Desk
    raises: ClassVar[tuple[type[Exception], ...]] = (DeskUnavailableError,)
    steps = 4
    patience = "1m"
    desk: Desk

    def start(self) -> None:
        self.desk = self.desk_class()

    def turn(self, text: str) -> None:
        assert self.desk.ask(text) != text, "the answer is the question"

    def stop(self) -> None:
        if hasattr(self, "desk"):
            self.desk.close()

    @classmethod
    def turns(cls) -> st.SearchStrategy[Turn]:
        return strategies.turns(impatient=False)


class Credulous(Careful):
    desk_class = CredulousDesk

    @classmethod
    def faults(cls) -> st.SearchStrategy[dict[str, Any]]:
        return strategies.faults(["runs.create"], ["run"])

    @classmethod
    def replies(cls) -> st.SearchStrategy[dict[str, Any]]:
        return st.nothing()


class Stubborn(Careful):
    desk_class = StubbornDesk

    @classmethod
    def faults(cls) -> st.SearchStrategy[dict[str, Any]]:
        return strategies.faults(["messages.create"], ["transport"])


class Patient(Careful):
    desk_class = PatientDesk

    @classmethod
    def replies(cls) -> st.SearchStrategy[dict[str, Any]]:
        return strategies.replies(["fail"], delays=False)

    @classmethod
    def faults(cls) -> st.SearchStrategy[dict[str, Any]]:
        return st.nothing()


class Forgetful(Careful):
    desk_class = ForgetfulDesk

    @classmethod
    def faults(cls) -> st.SearchStrategy[dict[str, Any]]:
        return strategies.faults(["runs.retrieve"], ["http"])

    @classmethod
    def latencies(cls) -> st.SearchStrategy[Any]:
        return st.just("slow")


@pytest.fixture(scope="module")
def mocked(server: Server) -> Iterator[Connection]:
    target = replace(find_target("mock"), base_url=server.base_url, key="sk-shrunk")
    with open_target(target) as connection:
        yield connection


def test_a_careful_application_survives() -> None:
    search(Careful, 30)


@pytest.mark.parametrize(
    ("machine", "failure", "breaks"),
    [
        (Credulous, "the answer is the question", ""),
        (Stubborn, "has what the user said 2 times", "at messages.create#1"),
        (Patient, "waits in vain", ""),
        (Forgetful, "runs go on:\n  thread.run run_", "at runs.retrieve#1"),
    ],
    ids=lambda value: getattr(value, "__name__", None) or "",
)
def test_a_careless_application_is_broken_by_the_smallest_program(
    machine: type[Careful], failure: str, breaks: str, mocked: Connection
) -> None:
    message, program, text = broken(machine)
    assert failure in message
    assert program.count("user_says") == 1
    assert len(re.findall("arm_fault|add_reply|another_client", program)) <= 1
    assert breaks in text
    (scenario,) = parse_scenarios(text.encode(), Path("shrunk.assistants.yaml"))
    assert scenario.name == machine.__name__.lower()
    outcome = run_scenario(scenario, mocked)
    assert outcome.status == "passed", f"{outcome.reason}\n{text}"
    assert mocked.control is not None
    played = [row["operation"] for row in mocked.control.journal() if "call" in row]
    assert played[:4] == ["assistants.create", "threads.create", "messages.create", *played[3:4]]


def test_a_hang_is_a_failure_like_any_other() -> None:
    assert issubclass(HungApplicationError, Exception)
    assert not issubclass(HungError, Exception)


def test_rules_of_ones_own_are_watched_as_well() -> None:
    """What is declared is an answer, and puts nothing into a bundle; all else fails the example."""
    seen: list[Any] = []

    class Own(Careful):
        """Has no `turn` that is ever called, but a rule."""

        answers = Bundle("answers")
        turn = AssistantsMachine.turn  # type: ignore[assignment]
        steps = 10

        @rule(target=answers, text=st.sampled_from(["Hello.", "Why?"]))
        def ask(self, text: str) -> Any:
            if text == "Why?":
                raise DeskUnavailableError("never mind")
            return self.desk.ask(text)

        @rule(answer=answers)
        def look(self, answer: Any) -> None:
            seen.append(answer)

        @rule()
        def nothing(self) -> None:
            raise DeskUnavailableError("nor that")

        @invariant()
        def desk_is_there(self) -> None:
            assert self.desk.assistant

        @classmethod
        def faults(cls) -> st.SearchStrategy[Any]:
            return st.nothing()

        @classmethod
        def replies(cls) -> st.SearchStrategy[Any]:
            return strategies.replies(["text"])

    search(Own, 15)
    assert seen
    assert all(isinstance(answer, str) for answer in seen)


def test_what_is_not_declared_fails() -> None:
    class Undeclared(Careful):
        raises = ()

        @classmethod
        def faults(cls) -> st.SearchStrategy[Any]:
            return strategies.faults(["threads.create"], ["http"])

    with pytest.raises(DeskUnavailableError) as found:
        search(Undeclared, 20)
    program = "\n".join(found.value.__notes__)
    assert program.count("'fault'") == 1
    assert 'faults: ["400 at threads.create#1"]' in program


def test_impatient_users_and_conversations() -> None:
    """They reach the application, and a run that is stopped is cancelled by somebody else."""
    asked: set[int] = set()
    fired: set[str] = set()

    class Busy(Careful):
        conversations = 2

        def turn(self, text: str, conversation: int) -> None:  # type: ignore[override]
            asked.add(conversation)
            try:
                self.desk.ask(text)
            finally:
                fired.update(fault.name for fault in self.assistants.faults.fired)

        @classmethod
        def turns(cls) -> st.SearchStrategy[Turn]:
            return strategies.turns(conversations=cls.conversations)

        @classmethod
        def faults(cls) -> st.SearchStrategy[Any]:
            return st.nothing()

    search(Busy, 6)
    assert asked == {0, 1}
    assert fired == {"run.cancelled_elsewhere"}


def search(machine: type[AssistantsMachine], examples: int) -> None:
    """Drive it with so many examples, the same ones each time."""
    steady = settings(
        machine.TestCase.settings,
        max_examples=examples,
        derandomize=True,
        database=None,
        print_blob=False,
        report_multiple_bugs=False,
    )
    run_state_machine_as_test(machine, settings=steady)


def broken(machine: type[AssistantsMachine]) -> tuple[str, str, str]:
    """How it fails: what is said of it, the program, and the scenario."""
    with pytest.raises(AssertionError) as found:
        search(machine, 60)
    told = "\n".join(found.value.__notes__)
    program, _, text = told.partition(MENTION)
    return str(found.value), program[program.index("state = ") :], text
