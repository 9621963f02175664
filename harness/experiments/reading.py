"""A file of experiments, read and checked: all its mistakes at once, or its experiments.

    experiment: Rate-limit storm while the index is still building
    hypothesis: {pytest: "tests/test_bot.py::test_answer", tolerance: [absorbed, surfaced]}
    method:
    - {at: {op: vector_stores.files.create, n: 1}, fault: index.slow(10m)}
    - {at: {op: runs.create, first: 3}, fault: 429(retry_after=20s)}
    - {at: {virtual: 2m}, fault: run.foreign_active}
    seeds: 1..50
    stop: {virtual: 1h, wall: 60s, failures: 1}
    report: [terminal, html]

Several stand in a list below `experiments`. The words are those of Chaos Toolkit where it has one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

from harness.apioperations import OPERATIONS
from harness.durations import written
from harness.experiments.model import TOLERANCE, Experiment, Planned, Stop
from harness.explore.variants import Break
from harness.explore.verdicts import VERDICTS
from harness.scenarios.mistakes import ValueMistakeError, check, nearest
from harness.scenarios.model import Node, Place, ScenarioError, ScenarioErrors
from harness.scenarios.positions import parse_document
from harness.scenarios.references import has_reference
from harness.scenarios.shapes import Shape, choice, duration, either, listing, mapping, text, whole, word

FORMATS = ("terminal", "html", "junit", "json")
MOST_PLACES, MOST_SEEDS = 100, 10_000

_RANGE = r"^-?[0-9]+\.\.-?[0-9]+$"
_CHOSEN = ("n", "first", "from", "virtual")

AT: Shape = {
    **mapping(
        "Which calls.",
        op=choice(*OPERATIONS, about="The operation: runs.create.", called="operation"),
        n=whole("Which call of it, counted from 1; the first if nothing else is said.", 1),
        first=whole("So many calls of it from the first on.", 1, MOST_PLACES),
        virtual=duration("The first call from so much virtual time on, of the operation or of any: 2m."),
        **{"from": whole("This call of it and all that follow.", 1)},
    ),
    # For editors; people are told by `_place_mistakes`.
    "allOf": [
        *({"not": {"required": list(pair)}} for pair in combinations(_CHOSEN, 2)),
        {"anyOf": [{"required": ["op"]}, {"required": ["virtual"]}]},
    ],
}
EXPERIMENT: Shape = mapping(
    "A test, what is broken, and what may come of it.",
    ("experiment", "hypothesis", "method"),
    experiment=word("What it is about, in a sentence."),
    hypothesis=mapping(
        "What is held to be true.",
        ("pytest",),
        pytest=word("The test, by its node id: tests/test_bot.py::test_answer."),
        tolerance=listing(
            choice(*VERDICTS, called="verdict"),
            f"The verdicts that are good: {', '.join(TOLERANCE)} if nothing else is said.",
            1,
        ),
    ),
    method=listing(
        mapping(
            "One fault.",
            ("at", "fault"),
            at=either(word("A call as it is named in node ids: runs.create#1, runs.create#2+, *@2m."), AT),
            fault=word("The fault: 429(retry_after=20s); `assistants-mock faults` lists them."),
        ),
        "What is broken, all in one run.",
        1,
    ),
    seeds=either(
        whole("One."),
        listing(whole(), least=1),
        text(
            "From the first to the last.",
            pattern=_RANGE,
            **{"x-called": "a range", "x-hint": "write 1..50, or a list: [1, 2, 3]"},
        ),
        about="The worlds it is run in: 1..50, [1, 2, 3], or one.",
    ),
    stop=mapping(
        "When it ends early.",
        virtual=duration("A run that sleeps for longer, in virtual time, hangs: 1h."),
        wall=duration("All of it may take so much real time: 60s."),
        failures=whole("It ends after so many deviations.", 1),
    ),
    report=listing(
        choice(*FORMATS, called="format"),
        "What is written beside the file, under its name; terminal if nothing else is said.",
        1,
    ),
)
"""What an experiment may say."""

_SEVERAL = "experiments"


def read_experiments(path: Path) -> tuple[Experiment, ...]:
    """The experiments of a file in their order. Raises ScenarioErrors with every mistake of the file."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        what = f"the file cannot be read: {error.strerror or error}"
        raise ScenarioErrors([ScenarioError(Place(path, 1, 1), what)]) from error
    return parse_experiments(raw, path)


def parse_experiments(raw: bytes, path: Path) -> tuple[Experiment, ...]:
    """The same of a file that was read already; `path` is how its places are named."""
    document = parse_document(raw, path)
    mistakes = list(_mistakes(document))
    if mistakes:
        raise ScenarioErrors(mistakes)
    return tuple(map(_experiment, _experiments(document)))


def _experiments(document: Node) -> Iterator[Node]:
    if _SEVERAL in document.value:
        yield from document[_SEVERAL]
    else:
        yield document


def _mistakes(document: Node) -> Iterator[ScenarioError]:
    if not isinstance(document.value, dict):
        what = "the file is empty" if document.value is None else "a file of experiments is a mapping"
        hint = "it has `experiment`, `hypothesis` and `method`, or a list of such below `experiments`"
        yield ValueMistakeError(document.place, what, hint)
        return
    vain = list(_vain_references(document))
    yield from vain
    if _SEVERAL in document.value:
        shape = mapping(
            "", (), **{key: {} for key in EXPERIMENT["properties"]}, experiments=listing({}, least=1)
        )
        yield from check(document, shape, "a file of several experiments")
        for key in document.value:
            if key in EXPERIMENT["properties"]:
                hint = "one experiment is the whole file, several stand in the list"
                yield ValueMistakeError(document.place_of(key), f"'{key}' stands beside '{_SEVERAL}'", hint)
        if not isinstance(document.value[_SEVERAL], list):
            return
    if vain:
        return
    names: dict[str, Place] = {}
    for node in _experiments(document):
        yield from _experiment_mistakes(node)
        name = node.value.get("experiment") if isinstance(node.value, dict) else None
        if isinstance(name, str):
            place = node["experiment"].value_place
            if name in names:
                first = f"the first is in line {names[name].line}"
                yield ValueMistakeError(place, f"two experiments are called '{name}'", first)
            names.setdefault(name, place)


def _vain_references(node: Node) -> Iterator[ScenarioError]:
    if has_reference(node.value):
        yield ValueMistakeError(node.value_place, "${…} means nothing here: experiments fill nothing in")
    for inner in node:
        yield from _vain_references(inner)


def _experiment_mistakes(node: Node) -> Iterator[ScenarioError]:
    found = list(check(node, EXPERIMENT, "an experiment"))
    yield from found
    if found:
        return
    yield from _method_mistakes(node["method"])
    if "seeds" in node.value:
        yield from _seed_mistakes(node["seeds"])


def _method_mistakes(method: Node) -> Iterator[ScenarioError]:
    seen: dict[Break, Node] = {}
    for entry in method:
        found = [*_place_mistakes(entry["at"]), *_fault_mistakes(entry["fault"])]
        yield from found
        for each in () if found else _planned(entry).breaks:
            if each in seen:
                hint = f"the first is in line {seen[each].place.line}"
                yield ValueMistakeError(entry.place, f"{each} stands twice", hint)
            seen.setdefault(each, entry)


def _place_mistakes(at: Node) -> Iterator[ScenarioError]:
    if isinstance(at.value, str):
        try:
            operation = Break.read(at.value, "500").operation
        except ValueError as error:
            reason, _, hint = str(error).partition("; ")
            yield ValueMistakeError(at.value_place, reason, hint)
            return
        if operation != "*" and operation not in OPERATIONS:
            hint = nearest(operation, OPERATIONS, otherwise="they are")
            yield ValueMistakeError(at.value_place, f"no operation is called '{operation}'", hint)
        return
    chosen = [key for key in at.value if key in _CHOSEN]
    for key in chosen[1:]:
        hint = f"leave one of them out, or write two entries; it takes one of {', '.join(_CHOSEN)}"
        yield ValueMistakeError(at.place_of(key), f"'{chosen[0]}' and '{key}' stand together", hint)
    if "op" not in at.value and chosen != ["virtual"]:
        hint = "op: runs.create; only a moment (virtual: 2m) may stand alone"
        yield ValueMistakeError(at.place, "a place needs an operation", hint)


def _fault_mistakes(fault: Node) -> Iterator[ScenarioError]:
    value: str = fault.value
    if not value.isascii() or not value.isprintable():
        reason = f"{value!r} cannot be part of a node id"
        yield ValueMistakeError(fault.value_place, reason, "only ASCII characters in one line can")
        return
    try:
        Break.read("runs.create#1", value)
    except ValueError as error:
        reason, _, hint = str(error).partition("; ")
        yield ValueMistakeError(fault.value_place, reason, hint)


def _seed_mistakes(seeds: Node) -> Iterator[ScenarioError]:
    try:
        count = len(read_seeds(seeds.value))
    except ValueError as error:
        reason, _, hint = str(error).partition("; ")
        yield ValueMistakeError(seeds.value_place, reason, hint)
        return
    if isinstance(seeds.value, list) and count < len(seeds.value):
        yield ValueMistakeError(seeds.value_place, "a seed stands twice", "a world is the same every time")


def read_seeds(value: Any) -> tuple[int, ...]:
    """Seeds as they are written: `1..50`, `1,2,3`, a list, or one. Raises ValueError."""
    if isinstance(value, list):
        return tuple(dict.fromkeys(map(int, value)))
    if not isinstance(value, str):
        return (int(value),)
    if re.fullmatch(r"-?[0-9]+(\s*,\s*-?[0-9]+)*", value):
        return tuple(dict.fromkeys(map(int, value.split(","))))
    if not re.fullmatch(_RANGE, value):
        raise ValueError(f"{value!r} are no seeds; write 1..50, 1,2,3 or one")
    first, last = map(int, value.split(".."))
    if last < first:
        raise ValueError(f"{value!r} ends before it begins; write {last}..{first}")
    if last - first >= MOST_SEEDS:
        raise ValueError(f"{value!r} are more than {MOST_SEEDS:,} seeds; a few dozen tell most")
    return tuple(range(first, last + 1))


def _experiment(node: Node) -> Experiment:
    given, hypothesis, stop = node.value, node.value["hypothesis"], node.value.get("stop", {})
    return Experiment(
        name=given["experiment"],
        place=node.place_of("experiment"),
        test=hypothesis["pytest"],
        method=tuple(map(_planned, node["method"])),
        tolerance=tuple(hypothesis.get("tolerance", TOLERANCE)),
        seeds=read_seeds(given["seeds"]) if "seeds" in given else (),
        stop=Stop(
            virtual=written(stop["virtual"]) if "virtual" in stop else None,
            wall=written(stop["wall"]) if "wall" in stop else None,
            failures=stop.get("failures"),
        ),
        reports=tuple(dict.fromkeys(given.get("report", ("terminal",)))),
    )


def _planned(entry: Node) -> Planned:
    fault = entry.value["fault"]
    places = [entry.value["at"]] if isinstance(entry.value["at"], str) else _places(entry.value["at"])
    return Planned(tuple(Break.read(place, fault) for place in places), entry["fault"].value_place)


def _places(at: dict[str, Any]) -> list[str]:
    """The calls that a place means, as they are named in variants."""
    operation = at.get("op", "*")
    if "virtual" in at:
        return [f"{operation}@{at['virtual']}"]
    if "from" in at:
        return [f"{operation}#{at['from']}+"]
    if "first" in at:
        return [f"{operation}#{number}" for number in range(1, at["first"] + 1)]
    return [f"{operation}#{at.get('n', 1)}"]
