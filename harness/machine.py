"""An application under random schedules: what users say, what the model does, what breaks, in any order.

    class Desk(AssistantsMachine):
        raises = (DeskUnavailable,)

        def start(self):
            self.desk = desk.begin()

        def turn(self, text):
            assert self.desk.ask(text)

    TestDesk = Desk.TestCase

Hypothesis looks for a program that breaks it, shrinks it, and prints it; beside it stands the same as a
scenario file, which plays what the application asked without the application.
"""

from __future__ import annotations

import functools
import inspect
import re
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, ClassVar

from harness import strategies  # isort: skip - tells whoever lacks hypothesis how to install it

from hypothesis import Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    INITIALIZE_RULE_MARKER,
    INVARIANT_MARKER,
    RULE_MARKER,
    RuleBasedStateMachine,
    initialize,
    multiple,
    precondition,
    rule,
)

from harness.control import ControlError
from harness.handle.courses import Record
from harness.handle.history import read_entries
from harness.handle.slips import assert_runs_ended, assert_said_once
from harness.network.leaving import LeavingError
from harness.scenarios.writing import scenario_of
from harness.sessions import session
from harness.strategies.ofmachines import drawn, happening, something
from harness.strategies.users import Turn
from harness.waiting.hanging import HungError

if TYPE_CHECKING:
    from harness.handle.assistants import Assistants

__tracebackhide__ = True  # what fails here is told at the line of the application

_NOTHING: Any = multiple()
_PHASES = tuple(phase for phase in Phase if phase is not Phase.explain)
"""Explaining tries hundreds of examples more, each with a conversation of its own."""

_OTHER_RULES = ("arm_fault", "add_reply", "let_time_pass", "another_client_runs")
"""What happens between the rules of a subclass; its turns have their own faults and replies."""


_LATE = "Some replies were added between the turns; here all of them are there from the start."


class HungApplicationError(AssertionError):
    """The application waits for what never comes: HungError, as a failure that Hypothesis can shrink."""


class AssistantsMachine(RuleBasedStateMachine):
    """The base of state machines that drive an application against a mock.

    Each example has a new world and a bridge for its sleeps, as `harness.session` makes them; `assistants` is
    the handle. Before the first step latency is drawn and `start` called. Then users say something, each time
    with faults that are armed and replies that are added for it. Where a subclass has rules of its own, these
    come in any order with turns, faults, replies, time that passes, and another client that takes the thread.
    Besides what is asserted, an example fails when the application

    * raises anything that is not among `raises`: those are answers;
    * waits for what never comes;
    * puts a message of the user into a thread twice in one turn;
    * leaves a run behind, of which it was told, in a status that is not among `left_runs`: when it answers
      with an error, or at the end.
    """

    tools: ClassVar[Sequence[Mapping[str, Any]]] = ()
    """The tools of the application's assistant: what users ask for and the model calls."""

    raises: ClassVar[tuple[type[Exception], ...]] = ()
    """The errors with which the application may answer."""

    left_runs: ClassVar[Collection[str]] = ("cancelling",)
    """The statuses, beside the final ones, in which runs may be left at the end."""

    conversations: ClassVar[int] = 1
    """How many conversations users have at the same time, where `turn` asks which one it is."""

    steps: ClassVar[int] = 10
    """How many steps an example has at most; `TestCase.settings` may say otherwise."""

    seed: ClassVar[int | str] = 0
    """The luck of every example's world."""

    patience: ClassVar[float | str] = "5m"
    """For how long of the world's time the application may wait in vain."""

    world: ClassVar[Mapping[str, Any]] = {}
    """Further settings of the world."""

    assistants: Assistants
    _own_rules: ClassVar[bool] = False

    def __init_subclass__(cls, **options: Any) -> None:
        """Put what the application is asked in the subclass's own rules under the same care."""
        super().__init_subclass__(**options)
        for member in list(vars(cls).values()):
            for marker in (RULE_MARKER, INITIALIZE_RULE_MARKER, INVARIANT_MARKER):
                declared = getattr(member, marker, None)
                if declared is not None:
                    careful = _guarded(declared, answers=marker != INVARIANT_MARKER)
                    object.__setattr__(declared, "function", careful)  # it is frozen
                    cls._own_rules |= marker == RULE_MARKER
        # What could never be chosen is no rule at all: the fewer rules, the better a program shrinks.
        takes_turns = cls.turn is not AssistantsMachine.turn
        for name in (*_OTHER_RULES, "user_says"):
            wanted = takes_turns if name == "user_says" else cls._own_rules
            if getattr(cls, name) in (None, getattr(AssistantsMachine, name)):
                setattr(cls, name, getattr(AssistantsMachine, name) if wanted else None)
        cls.TestCase.settings = settings(cls.TestCase.settings, phases=_PHASES, stateful_step_count=cls.steps)

    def __init__(self) -> None:
        super().__init__()
        self._entered = ExitStack()
        self._latency: Any = None
        self._looked = 0
        self._turns = 0
        self._replies_came_late = False

    # What a subclass says

    def start(self) -> None:
        """Begin the application; the environment leads to the example's world.

        Nothing breaks yet. Rules of one's own that initialize may come before it.
        """

    def turn(self, text: str) -> object:
        """Have the application answer what a user says, and assert what is to hold of the answer.

        A second parameter, if there is one, gets the number of the conversation. What comes back is ignored.
        Where a subclass has no `turn`, only its own rules call the application.
        """
        raise NotImplementedError

    def stop(self) -> None:
        """End the application, for instance its clients; called after each example that began."""

    @classmethod
    def faults(cls) -> st.SearchStrategy[dict[str, Any]]:
        """What may break; `st.nothing()` is nothing."""
        return strategies.faults()

    @classmethod
    def replies(cls) -> st.SearchStrategy[dict[str, Any]]:
        """What the model may do."""
        return strategies.replies(tools=cls.tools)

    @classmethod
    def latencies(cls) -> st.SearchStrategy[Any]:
        """How long the service may take."""
        return strategies.latencies()

    @classmethod
    def turns(cls) -> st.SearchStrategy[Turn]:
        """What users may do."""
        return strategies.turns(cls.tools, conversations=cls.conversations)

    # The steps

    @initialize(latency=drawn("latencies"))
    def begin(self, latency: Any) -> None:
        """A new world, and the application in it."""
        self._latency = latency
        world = {**self.world, "latency": latency}
        begun = session(seed=self.seed, patience=self.patience, **world)
        self.assistants = self._entered.enter_context(begun)
        self._ask(self.start)

    @precondition(something("faults"))
    @rule(order=drawn("faults"))
    def arm_fault(self, order: dict[str, Any]) -> None:
        """Something will break."""
        self.assistants.control.arm_all([order])

    @precondition(something("replies"))
    @rule(reply=drawn("replies"))
    def add_reply(self, reply: dict[str, Any]) -> None:
        """The model will do this."""
        self._reply(reply)

    @rule(seconds=st.sampled_from((1, 60, 700)))
    def let_time_pass(self, seconds: float) -> None:
        """Nobody does anything."""
        self.assistants.clock.advance(seconds)

    @precondition(something("faults"))
    @rule()
    def another_client_runs(self) -> None:
        """When the application begins its next run, another client has one on the thread."""
        self.assistants.control.arm("run.foreign_active", "runs.create")

    @rule(turn=drawn("turns"), meanwhile=happening())
    def user_says(self, turn: Turn, meanwhile: list[dict[str, Any]]) -> None:
        """A user says something, and waits for the answer or stops it; faults and replies are for then."""
        control = self.assistants.control
        if turn.pause:
            self.assistants.clock.advance(turn.pause)
        for each in meanwhile:
            self._reply(each) if "then" in each else control.arm_all([each])
        stops = [] if turn.patience is None else control.arm_all([_stopping(turn.patience)])
        self._ask(lambda: self._turn(turn), self.raises)
        for fault in stops:
            control.disarm(fault["id"])

    def teardown(self) -> None:
        """Look at what is left, tell of what failed, and end the world."""
        failure = sys.exc_info()[1]
        with self._entered:
            if not hasattr(self, "assistants"):
                return
            try:
                self._ask(self.stop)
                if failure is None:
                    self._look_for_runs()
            except AssertionError:
                note(_Later(self.scenario))
                raise
            if failure is not None:
                note(_Later(self.scenario))

    def _reply(self, rule: dict[str, Any]) -> None:
        self._replies_came_late |= self._turns > 0
        self.assistants.control.add_replies(rule)

    def _turn(self, turn: Turn) -> object:
        self._turns += 1
        take: Callable[..., object] = self.turn
        both = len(inspect.signature(take).parameters) > 1
        return take(turn.text, turn.conversation) if both else take(turn.text)

    # What is looked at

    def scenario(self) -> str:
        """What happened so far in this example, as the text of a scenario file."""
        control = self.assistants.control
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(self).__name__).lower()
        return scenario_of(
            name,
            read_entries(control, self.assistants.began),
            settings={"seed": self.seed, **self.world, "latency": self._latency},
            replies=[row["rule"] for row in control.replies() if row["used"]],
            contents=self.assistants.snapshot()["contents"],
            about=_LATE if self._replies_came_late else "",
        )

    def _ask(self, deed: Callable[[], Any], answers: tuple[type[Exception], ...] = ()) -> Any:
        """Let the application do something. What it raises of `answers` is an answer."""
        try:
            done = deed()
        except HungError as error:
            raise HungApplicationError(str(error)) from error
        except LeavingError as error:
            raise AssertionError(str(error)) from error
        except answers:
            done = _NOTHING
            self._look_for_runs()
        self._look()
        return done

    def _look(self) -> None:
        """What the application has just done is to be in order."""
        if not hasattr(self, "assistants"):
            return
        rows = self.assistants.control.journal(after=self._looked)
        self._looked = rows[-1]["number"] if rows else self._looked
        assert_said_once(rows)

    def _look_for_runs(self) -> None:
        """The application has given up, or ended: it waits for no run any more."""
        record = Record.read(self.assistants.control, self.assistants.began)
        assert_runs_ended(record, but=self.left_runs)


def _stopping(words: int) -> dict[str, Any]:
    """The order for a user who has seen enough after so many words."""
    return {"fault": f"run.cancelled_elsewhere(written={words})"}


class _Later:
    """A scenario that is written only if Hypothesis wants to print it."""

    def __init__(self, written: Callable[[], str]) -> None:
        self._written = written

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        try:
            text = self._written()
        except (OSError, ControlError) as error:
            text = f"# cannot be told: {error}\n"
        printer.text(f"The same as a scenario file:\n\n{text}")


def _guarded(declared: Any, *, answers: bool) -> Callable[..., Any]:
    """What a rule of a subclass does, whose application may answer with an error; an invariant's may not."""
    function, targets = declared.function, getattr(declared, "targets", ())

    @functools.wraps(function)
    def guarded(machine: AssistantsMachine, **drawn: Any) -> Any:
        done = machine._ask(lambda: function(machine, **drawn), machine.raises if answers else ())
        return done if targets or done is not _NOTHING else None

    return guarded
