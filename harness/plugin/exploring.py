"""Experiments in a test run: each test becomes its variants, and each variant is judged.

With `--assistants-plan` a test is run twice without a fault, and what it does is noted; with
`--assistants-explore` it is run once for each variant of the plan, which is made first where there is none. A
variant is an item of pytest like any other, so `-k`, `--lf`, `-n` and reports work as ever.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.explore import verdicts
from harness.explore.baselines import TAKES
from harness.explore.conducting import MOST_CALLS, PATIENCE_READS
from harness.explore.documents import variant_document
from harness.explore.failures import Failure, failure_of
from harness.explore.judging import Judgement, Outcome, judge
from harness.explore.planning import Catalogue, deepen
from harness.explore.plans import Plan, PlanError
from harness.explore.resilience import Accepted, ResilienceError
from harness.explore.scenarios import written
from harness.explore.scene import Scene
from harness.explore.variants import Variant, split
from harness.plugin.active import FIXTURE as WORLD
from harness.plugin.active import HANDLE, NO_ANSWER, TAKE, note, story_of
from harness.plugin.hosting import Host
from harness.plugin.marks import Mark, read_marks
from harness.waiting.ending import ending_after

if TYPE_CHECKING:
    from harness.handle.assistants import Assistants

FIXTURE = "assistants_variant"
RESULT = "assistants_variant"
"""The property of a variant's reports that holds what came of it, as JSON."""

BASELINE = "assistants_baseline"
"""The property of a baseline's reports that holds what it did, as JSON."""

PLAN = "assistants_plan"
"""What a worker is told the plan's file by."""

HANGING = {
    "patience_reads": PATIENCE_READS,
    "look_seconds": 0.25,
    "most_calls": MOST_CALLS,
    "longest_seconds": 86_400.0,
}
"""When a test is held to hang, as `bridging` is told."""

LUCK = 0
"""What Python's own dice are seeded with, or the waits between two attempts would differ."""

WALL_SECONDS = 60
"""So long one run of a test may really take."""


@dataclass
class Take:
    """One run of a test in an experiment, as its item: with a variant, or one of the two without.

    `failure`, `skipped` and `judgement` are filled in as it goes on; `world` are the settings of its world.
    """

    test: str
    variant: Variant | None = None
    failure: Failure | None = None
    skipped: str = ""
    judgement: Judgement | None = None
    left_out: bool = False
    world: Mapping[str, Any] = field(default_factory=dict)
    began: float = 0.0


class Exploration:
    """The hooks of a session that explores, or plans to."""

    def __init__(self, host: Host) -> None:
        """Explore as the host's options say. The plan is there when collecting begins."""
        self._host = host
        self._options = host.options.exploring
        self._plan = Plan()
        self._accepted = Accepted()
        self._deadline: float | None = None
        longest = self._options.longest
        self.hanging = HANGING if longest is None else {**HANGING, "longest_seconds": longest}

    def furnished(self, item: pytest.Item, mark: Mark) -> Mark:
        """A test's marker with the faults and the seed of its variant, in a world that is maybe scouted."""
        take = item.stash[TAKE]
        orders = () if take.variant is None else tuple(each.order() for each in take.variant.breaks)
        if take.variant is not None and take.variant.seed is not None:
            mark = replace(mark, seed=take.variant.seed)
        take.world = mark.world
        wanted = self._options.scout or take.variant is None
        world = {**mark.world, "scout": True} if wanted else mark.world
        return replace(mark, faults=(*mark.faults, *orders), world=world)

    @property
    def _planning(self) -> bool:
        return self._options.mode == "plan"

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Read the plan; where there is none, have it made by a run of its own. Workers only read it."""
        reports = not hasattr(config, "workerinput")
        if not self._planning:
            self._read_plan(config, make=reports)
        if reports:
            from harness.plugin.explored import Explored, Planned

            told = Explored(self._host, self._plan, self._accepted)
            reporter = Planned(self._options) if self._planning else told
            config.pluginmanager.register(reporter, "assistants-explored")

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker of xdist where the plan is."""
        if self._options.plan is not None:
            node.workerinput[PLAN] = str(self._options.plan)

    def _read_plan(self, config: pytest.Config, *, make: bool) -> None:
        path = self._options.plan
        if path is None and make:
            from harness.plugin.planned import make_plan

            path = make_plan(config)
            self._options = self._options._replace(plan=path)
        elif not make:
            path = Path(getattr(config, "workerinput")[PLAN])  # noqa: B009 - it is there in workers only
        try:
            if path is None:
                raise PlanError("there is no plan of the exploration")
            self._plan = Plan.read(path)
            self._accepted = Accepted.read(config.rootpath / self._options.accepted)
        except (PlanError, ResilienceError) as error:
            raise pytest.UsageError(str(error)) from error

    @pytest.hookimpl(trylast=True)
    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Each test once for each take; behind the test's own parameters, so that names end with it."""
        names = list(TAKES) if self._planning else self._wanted(metafunc)
        if FIXTURE not in metafunc.fixturenames:
            metafunc.fixturenames.append(FIXTURE)
        metafunc.parametrize(FIXTURE, names, ids=names, indirect=True)

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Every test has a world, whether it takes the fixture or not."""
        names = getattr(item, "fixturenames", None)
        if names is not None and WORLD not in names:
            names.append(WORLD)

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep what the plan wants of each test, in the plan's order; know what each item is."""
        kept, others = [], []
        for item in items:
            take = self._take_of(item)
            if take is None:
                others.append(item)
            else:
                item.stash[TAKE] = take
                kept.append(item)
        items[:] = kept
        if others:
            config.hook.pytest_deselected(items=others)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Skip what the budget does not reach; every run has the same luck."""
        random.seed(LUCK)
        item.stash[TAKE].began = time.perf_counter()
        take, budget = item.stash[TAKE], self._options.budget
        if take.variant is None or budget is None:
            return
        now = time.perf_counter()
        if self._deadline is None:
            self._deadline = now + budget
        if now >= self._deadline:
            take.left_out = True
            pytest.skip(f"the budget of {budget:g} s is spent")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """End a run that goes on for ever without calling anybody or sleeping."""
        random.seed(LUCK)  # others may have given it another seed: SDKs wait by it before they try again
        with ending_after(WALL_SECONDS):
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """The verdict in the place of what the test says of itself."""
        take = item.stash[TAKE]
        if call.excinfo is not None and call.when != "teardown":
            _ended(take, call.excinfo, self._raises(item), item.config)
        if take.variant is None or take.left_out:
            return (yield)
        if call.when == "call" or take.failure is not None:
            self._judge(item, take)
        report = yield
        judged = take.judgement
        if judged is not None and call.when != "teardown" and (call.when == "call" or report.failed):
            handle = item.stash.get(HANDLE, None)
            if judged.verdict.severity == "fail" and handle is not None and self._options.results is None:
                report.sections.append((WORLD, story_of(handle)))
            _said(report, item, take, judged, self._accepted.reason(item.nodeid, judged.verdict.name))
        return report

    def closing(self, item: pytest.Item, handle: Assistants) -> None:
        """The test's own fixtures are taken down, its world is still there: look at what is left."""
        take = item.stash.get(TAKE, None)
        if take is None or take.left_out:
            return
        with suppress(*NO_ANSWER):
            scene = Scene.read(handle.control, handle.began)
            left = scene.left(handle.control)
            if take.variant is None:
                self._note_baseline(item, take, scene, [each.kind for each in left], handle)
                return
            test = self._plan.tests[take.test]
            assert test.baseline is not None
            outcome = Outcome(take.variant, scene, take.failure, handle.asked, take.skipped, left)
            judged = take.judgement = judge(outcome, test.baseline, test.left)
            document = variant_document(item.nodeid, outcome, judged, self._plan.catalogue)
            document["deepening"] = self._deepening(outcome, judged, test.baseline)
            if judged.verdict.severity == "fail":
                settings = {"seed": handle.seed, "latency": self._host.target.latency, **take.world}
                document["scenario"] = written(take.variant, scene, handle.control, settings)
            note(item, RESULT, json.dumps(document, ensure_ascii=False, default=str))

    def _deepening(self, outcome: Outcome, judged: Judgement, baseline: Scene) -> list[str]:
        """How the way out of a variant could be broken, where it was looked at and led out."""
        if not self._options.scout or judged.verdict.severity != "ok":
            return []
        catalogue = Catalogue(self._plan.catalogue, self._options.faults)
        return list(map(str, deepen(outcome.variant, outcome.scene, baseline, catalogue)))

    def _judge(self, item: pytest.Item, take: Take) -> None:
        """Judge while the test's fixtures are still there: leaks are seen later."""
        handle = item.stash.get(HANDLE, None)
        test = self._plan.tests[take.test]
        if handle is None or take.variant is None or test.baseline is None:
            return
        with suppress(*NO_ANSWER):
            scene = Scene.read(handle.control, handle.began)
            outcome = Outcome(take.variant, scene, take.failure, handle.asked, take.skipped)
            take.judgement = judge(outcome, test.baseline, test.left)

    def _note_baseline(
        self, item: pytest.Item, take: Take, scene: Scene, left: Sequence[str], handle: Assistants
    ) -> None:
        first = item.nodeid.endswith(f"{TAKES[0]}]")
        failure = take.failure
        document = {
            "test": take.test,
            "take": TAKES[0] if first else TAKES[1],
            "scene": scene.to_json(),
            "left": list(left),
            "failure": None if failure is None else f"{failure.type}: {failure.message}",
            "skipped": take.skipped,
            "took": round(time.perf_counter() - take.began, 3),
        }
        if first:
            document["catalogue"] = handle.control.fault_catalogue()
        note(item, BASELINE, json.dumps(document, ensure_ascii=False, default=str))

    def _wanted(self, metafunc: pytest.Metafunc) -> list[str]:
        """The variants of a test function, whatever its parameters are."""
        function = metafunc.definition.nodeid
        names: dict[str, None] = {}
        for name, test in self._plan.tests.items():
            if name == function or name.startswith(f"{function}["):
                names |= dict.fromkeys(map(str, test.variants))
        return list(names)

    def _take_of(self, item: pytest.Item) -> Take | None:
        """What an item is in the experiment, None where it has no part in it."""
        if self._planning:
            for name in TAKES:
                for ending, own in ((f"[{name}]", ""), (f"-{name}]", "]")):
                    if item.nodeid.endswith(ending):
                        return Take(item.nodeid.removesuffix(ending) + own)
            return None
        name, variant = split(item.nodeid)
        test = self._plan.tests.get(name)
        if test is None or variant not in test.variants:
            return None
        return Take(name, variant)

    def _raises(self, item: pytest.Item) -> tuple[str, ...]:
        return (*self._options.raises, *read_marks(item.iter_markers(WORLD)).raises)


def _ended(
    take: Take, excinfo: pytest.ExceptionInfo[BaseException], raises: Sequence[str], config: pytest.Config
) -> None:
    """Note how a test ended that did not come to its end."""
    if isinstance(excinfo.value, pytest.skip.Exception):
        take.skipped = str(excinfo.value)
    else:
        take.failure = failure_of(excinfo.value, declared=raises, root=config.rootpath)


def _said(
    report: pytest.TestReport, item: pytest.Item, take: Take, judged: Judgement, accepted: str | None
) -> None:
    """Make a report say the verdict: passed, failed, or, where it is a warning or accepted, xfailed."""
    verdict = judged.verdict
    told = f"{verdict.name}: {judged.reason}"
    before = report.longreprtext if report.failed else ""
    report.longrepr = None
    if verdict.severity == "fail" and accepted is None:
        report.outcome = "failed"
        report.longrepr = f"{before}\n\n{told}" if before else told
    elif verdict is verdicts.NOT_REACHED:
        report.outcome = "skipped"
        file, line, _ = item.reportinfo()
        report.longrepr = (str(file), (line or 0) + 1, f"Skipped: {told}")
    elif verdict.severity in ("fail", "warn"):
        report.outcome = "skipped"
        report.wasxfail = told if accepted is None else f"accepted, {accepted}: {told}"
    elif report.when == "setup":
        report.outcome = "skipped"  # it must not go on
        report.wasxfail = told
    else:
        report.outcome = "passed"
