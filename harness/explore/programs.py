"""Programs in any language as they are explored: a process for each variant, with a world of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from harness.control import Control, ControlError
from harness.explore.baselines import TAKES, FaultsError, plan_of
from harness.explore.conducting import MOST_CALLS, PATIENCE_READS, ConductError, Document
from harness.explore.documents import variant_document
from harness.explore.endings import failure_of_program, last_words
from harness.explore.failures import Failure
from harness.explore.judging import Outcome, judge
from harness.explore.planning import Catalogue, deepen
from harness.explore.plans import Plan
from harness.explore.processes import Ended, run
from harness.explore.reproducing import program_command
from harness.explore.scenarios import written
from harness.explore.scene import Scene
from harness.explore.variants import Variant
from harness.explore.verdicts import VERDICTS
from harness.handle.cleanliness import LeftBehind
from harness.script import Script
from harness.waiting.hanging import Patience, hung

TIMEOUT_SECONDS = 60.0

_NO_COMMAND = (126, 127)
"""What shells end with when there is no such command, or it cannot be run."""

_TELLING_LINES = 12

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Program:
    """The program that is to be explored: a command for the shell, and where it runs.

    `variables` says what environment it gets with a key; `script` what its world is like. `timeout` is in
    real seconds for one run; `faults` are globs of faults or groups, `raises` names of errors it may end
    with. `jobs` runs go on at once. `flags` are those of the command line that matter for a variant.
    """

    command: str
    folder: Path
    variables: Callable[[str], Mapping[str, str]]
    script: Script = field(default_factory=Script)
    timeout: float = TIMEOUT_SECONDS
    faults: Sequence[str] = ()
    raises: Sequence[str] = ()
    jobs: int = 1
    flags: Sequence[str] = ()


@dataclass(frozen=True)
class _Ran:
    """One run: how it ended, what it left, and what it did as a scenario."""

    ended: Ended
    failure: Failure | None
    scene: Scene
    left: Sequence[LeftBehind]
    catalogue: Mapping[str, Any] | None = None
    scenario: str = ""
    took: float = 0.0


class Programs:
    """Runs a program, with and without faults, against one server."""

    def __init__(
        self, program: Program, base_url: str, marking: Callable[[str], None] = lambda mark: None
    ) -> None:
        """Run a program against the server at `base_url`; `marking` hears the letter of each verdict."""
        self._program = program
        self._base_url = base_url
        self._marking = marking
        self._stopping = threading.Event()

    def make_plan(self) -> tuple[Plan, str]:
        """Run it twice without faults, and plan; what it said comes with it. Raises ConductError."""
        program = self._program
        runs: list[_Ran] = []
        for _ in TAKES:
            with _Pool(1, self._stopping) as pool:
                runs += _results([pool.submit(self._run, None, scout=True)])
            if runs[-1].failure is not None:
                break
        last = runs[-1]
        if last.ended.code in _NO_COMMAND and not last.scene.calls:
            raise ConductError(f"the command cannot be run: {last_words(last.ended.output)}")
        documents = [
            {
                "test": program.command,
                "take": take,
                "scene": ran.scene.to_json(),
                "left": [each.kind for each in ran.left],
                "failure": None if ran.failure is None else _told(ran.failure),
                "skipped": "",
                "took": ran.took,
                "catalogue": ran.catalogue,
            }
            for take, ran in zip(TAKES, runs, strict=False)
        ]
        said = last_words(last.ended.output, _TELLING_LINES) if last.failure is not None else ""
        try:
            return plan_of(documents, program.faults), said
        except FaultsError as error:
            raise ConductError(str(error)) from error

    def run(self, plan: Plan, budget: float | None, *, scout: bool) -> list[Document]:
        """Run the variants of a plan, `jobs` at once; they come back in its order. Raises ConductError."""
        until = None if budget is None else time.monotonic() + budget
        (test,) = plan.tests.values()

        def judged(variant: Variant) -> Document | None:
            if until is not None and time.monotonic() >= until:
                return None
            return self._judged(variant, plan, scout=scout)

        with _Pool(self._program.jobs, self._stopping) as pool:
            documents = _results([pool.submit(judged, variant) for variant in test.variants])
        self._marking("\n")
        return [document for document in documents if document is not None]

    def reproducer(self, variant: Document) -> str:
        """The command that runs this variant alone."""
        return program_command(self._program.command, variant["id"], self._program.flags)

    def _judged(self, variant: Variant, plan: Plan, *, scout: bool) -> Document:
        program, test = self._program, plan.tests[self._program.command]
        assert test.baseline is not None
        ran = self._run(variant, scout=scout)
        outcome = Outcome(variant, ran.scene, ran.failure, left=ran.left)
        judgement = judge(outcome, test.baseline, test.left)
        nodeid = f"{program.command}[{variant}]"
        document = variant_document(nodeid, outcome, judgement, plan.catalogue)
        if scout and judgement.verdict.severity == "ok":
            catalogue = Catalogue(plan.catalogue, tuple(program.faults))
            document["deepening"] = list(map(str, deepen(variant, ran.scene, test.baseline, catalogue)))
        if judgement.verdict.severity == "fail":
            document["scenario"] = ran.scenario
        self._marking(VERDICTS[document["verdict"]].symbol)
        return {"test": program.command, **document}

    def _run(self, variant: Variant | None, *, scout: bool) -> _Ran:
        """Run it once, in a new world behind a key of its own."""
        program = self._program
        # What can be seen of a key in refusals is the same for all.
        key = f"sk-assistants-{uuid4().hex}-mock"
        orders = () if variant is None else tuple(each.order() for each in variant.breaks)
        settings = {"clock": "virtual", "latency": "realistic", **program.script.settings, "scout": scout}
        seed: int | str = 0 if program.script.seed is None else program.script.seed
        if variant is not None and variant.seed is not None:
            seed = variant.seed
        with Control(self._base_url, key) as control:
            began = float(control.new_world(**{**settings, "seed": seed})["now"])
            program.script.furnish(control)
            control.arm_all(orders)
            variables = program.variables(key)
            watch = _watch(control, program.timeout)
            started = time.monotonic()
            ended = run(program.command, program.folder, variables, watch, self._stopping)
            took = round(time.monotonic() - started, 3)
            failure = failure_of_program(ended, declared=program.raises, folder=program.folder)
            scene = Scene.read(control, began)
            left = scene.left(control)
            catalogue = control.fault_catalogue() if variant is None else None
            own = {name: value for name, value in settings.items() if name not in ("clock", "scout")}
            scenario = "" if variant is None else written(variant, scene, control, {**own, "seed": seed})
            control.new_world()  # so that a server does not keep what nobody looks at any more
        return _Ran(ended, failure, scene, left, catalogue, scenario, took)


class _Pool(ThreadPoolExecutor):
    """Threads in which programs run. Whatever ends it early, Ctrl-C too, ends them all."""

    def __init__(self, jobs: int, stopping: threading.Event) -> None:
        super().__init__(jobs, "program")
        self._stopping = stopping

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if kind is not None:
            self._stopping.set()
        self.shutdown(wait=True, cancel_futures=kind is not None)


def _results(waiting: Sequence[Future[_Result]]) -> list[_Result]:
    """What all runs have come to. Raises ConductError as soon as the server or the shell has failed."""
    try:
        for done in wait(waiting, return_when=FIRST_EXCEPTION).done:
            done.result()
        return [each.result() for each in waiting]
    except ControlError as error:
        raise ConductError(f"the world cannot be made: {error.message}") from error
    except OSError as error:
        raise ConductError(f"the program cannot be run: {error}") from error


def _watch(control: Control, timeout: float) -> Callable[[float], str]:
    """Why a program is to be ended now, if it is: it waits in vain, or goes on without an end."""
    patience = Patience(float("inf"), PATIENCE_READS, MOST_CALLS)

    def look(lasted: float) -> str:
        try:
            clock = control.clock(calls=True)
        except (OSError, ControlError):
            clock = {}  # the server is gone, as is told when it is asked for what was done
        overrun = patience.overrun(clock.get("calls", 0), 0.0)
        if overrun is not None:
            return _first_line(str(overrun))
        proof = clock.get("quiescence")
        ended = patience.ends(proof, 0.0)
        if proof is not None and (ended or lasted > timeout):
            return _first_line(str(hung(control, proof, 0.0)))
        if lasted > timeout:
            return f"the program goes on without an end: it has run for {timeout:g} s."
        return ""

    return look


def _first_line(text: str) -> str:
    return text.partition("\n")[0]


def _told(failure: Failure) -> str:
    told = ": ".join(part for part in (failure.type, failure.message) if part)
    return f"{told} ({failure.where})" if failure.where else told
