"""The laws that every fault of the catalogue keeps, whatever it does, alone and together with others."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.apierror import CATALOGUE
from mockserver.faults.arming import Armed, Place
from mockserver.faults.contract import GROUPS, Declaration, Fault, Occasion, discover, find_fault
from mockserver.faults.contract import fault as declare
from mockserver.faults.orders import read_header, read_order
from mockserver.faults.parameters import FaultError
from mockserver.faults.spelling import parse_one
from mockserver.faults.story import example, spelling
from mockserver.frames import DONE, STREAM_TYPE, Bell, Body, Frame, Frames, Head, Wait, event
from mockserver.operations import Operation
from tests.faults.drawing import OPERATIONS, Pattern, Performance, answers, call, faults, values
from tests.properties import law

FAULTS = discover()
FRAMING = [known for known in FAULTS if known.kind.takes("frames")]
WORDS_OF_ARMING = {
    *("fault", "at", "nth", "first", "id", "body", "probability", "times"),
    *("until", "since", "always"),
}
"""The words beside which a parameter is said when a fault is armed."""


def named(known: Declaration) -> str:
    """The name of a fault, for the names of tests."""
    return known.name


def where(known: Declaration) -> list[Operation]:
    """The operations a fault applies to."""
    return [
        operation
        for operation in OPERATIONS.values()
        if known.applies(operation.name, mutates=operation.mutates)
    ]


BODIES = st.sampled_from(
    [
        b"",
        b'{"stream": true, "assistant_id": "asst_1"}',
        b'{"assistant_id": "asst_1", "role": "user", "content": "\xc3\xa4", "file_id": "file-1"}',
        b'{"tool_outputs": [], "stream": true}',
        b"not JSON",
    ]
)


def keeps_the_laws(performance: Performance) -> None:
    """Time is not swallowed, and what was promised of the body is true."""
    assert [id(wait) for wait in performance.passed] == [id(wait) for wait in performance.pulled]
    assert performance.stood_still == 0, "a wait that time has passed already"
    kinds: list[type[Frame]] = [type(frame) for frame in performance.sent]
    if Body in kinds:
        assert Head in kinds[: kinds.index(Body)], "a body before its head"
    head = performance.head
    if performance.cut:
        return
    assert head is not None, "an answer without a head"
    if head.length is not None:
        assert len(performance.body) == head.length
    assert "content-length" not in {name.lower() for name in head.headers}


# One fault


@pytest.mark.parametrize("known", FRAMING, ids=named)
def test_time_and_lengths_are_kept(known: Declaration) -> None:
    """Every wait that comes from inside goes out; a promised length is kept or the connection is cut."""
    met = count()

    @law(40)
    @given(st.sampled_from(where(known)), BODIES, faults(known), answers())
    def holds(operation: Operation, body: bytes, fault: Fault, answer: Pattern) -> None:
        performance = call(operation, body, [fault], answer)
        if performance is None:
            return
        next(met)
        keeps_the_laws(performance)
        if known.performed == "no":
            assert not performance.performed
        elif known.performed == "yes":
            assert performance.performed

    holds()
    assert next(met) or known.needs, "no drawn call fits"


@pytest.mark.parametrize("known", [known for known in FAULTS if known not in FRAMING], ids=named)
def test_a_fault_without_a_hand_on_the_answer_lets_it_through(known: Declaration) -> None:
    @law(10)
    @given(st.sampled_from(where(known)), BODIES, faults(known), answers())
    def holds(operation: Operation, body: bytes, fault: Fault, answer: Pattern) -> None:
        performance = call(operation, body, [fault], answer)
        if performance is not None:
            assert performance.performed == 1
            assert performance.sent == [frame for frame in answer if not isinstance(frame, int)]

    holds()


# Several faults on one call


@law(400)
@given(st.data(), st.sampled_from(sorted(OPERATIONS)), BODIES, answers())
def test_time_and_lengths_are_kept_by_several(
    data: st.DataObject, name: str, body: bytes, answer: Pattern
) -> None:
    operation = OPERATIONS[name]
    fitting = [known for known in FRAMING if known.applies(name, mutates=operation.mutates)]
    chosen = data.draw(st.lists(st.sampled_from(fitting), min_size=2, max_size=3))
    performance = call(operation, body, [data.draw(faults(known)) for known in chosen], answer)
    if performance is not None:
        keeps_the_laws(performance)


PLACES = (
    *("runs.create", "runs.retrieve", "messages.create", "messages.list"),
    *("vector_stores.search", "vector_stores.files.create"),
)
STREAM = b'{"stream": true, "assistant_id": "asst_1", "instructions": "x"}'
PLAIN = b'{"assistant_id": "asst_1", "instructions": "x"}'
RUN = b'{"id": "run_1", "object": "thread.run", "status": "completed", "usage": {"total_tokens": 1}}'
LISTED = b'{"object": "list", "data": [{"id": "msg_1"}, {"id": "msg_2"}], "has_more": false}'
EVENTS = [event(f"thread.{name}", RUN) for name in ("run.created", "message.delta", "run.completed")]
SPELLINGS = {"wrong_type": [{"kind": kind} for kind in ("list", "null", "text", "number", "object")]}


@pytest.mark.parametrize("outer", FRAMING, ids=named)
def test_every_pair_keeps_the_laws(outer: Declaration) -> None:
    """Whatever the inner one makes of the answer, the outer one takes it."""
    met = 0
    for inner in FRAMING:
        for name in PLACES:
            operation = OPERATIONS[name]
            if not all(known.applies(name, mutates=operation.mutates) for known in (inner, outer)):
                continue
            content = LISTED if name.endswith(("list", "search")) else RUN
            whole: Pattern = [Head(length=len(content)), Body(content)]
            told: Pattern = [Head(content_type=STREAM_TYPE), *map(Body, [*EVENTS, DONE])]
            asked = [(PLAIN, whole), (STREAM, told)] if name == "runs.create" else [(PLAIN, whole)]
            for said, (body, answer) in product(SPELLINGS.get(inner.name, [{}]), asked):
                performance = call(operation, body, [inner.make(said), outer.make({})], answer)
                if performance is not None:
                    keeps_the_laws(performance)
                    met += 1
    assert met or outer.needs, "no call fits"


# The laws themselves


class Swallows(Fault):
    """A bad fault: it does not pass on time."""

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """Everything but the waits."""
        return (frame for frame in upstream if not isinstance(frame, Wait))


class Lies(Fault):
    """A bad fault: it makes a body longer than was promised."""

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The answer and one more byte."""
        yield from upstream
        yield Body(b"!")


class Dawdles(Fault):
    """A bad fault: it waits for what has been."""

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """A wait for the present moment."""
        yield Wait(occasion.world.clock.now(), Bell())
        yield from upstream


class Babbles(Fault):
    """A bad fault: it begins twice."""

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """One answer after the other."""
        yield from upstream
        yield from occasion.perform()


@pytest.mark.parametrize("kind", [Swallows, Lies, Dawdles, Babbles])
def test_bad_faults_are_found(kind: type[Fault]) -> None:
    kind.declaration = replace(find_fault("lost_ack"), kind=kind)
    answer: Pattern = [5, Head(length=2), Body(b"{}")]
    performance = call(OPERATIONS["threads.create"], b"", [kind()], answer)
    assert performance is not None
    with pytest.raises(AssertionError):
        keeps_the_laws(performance)


# Declarations


@pytest.mark.parametrize("known", FAULTS, ids=named)
def test_declarations_say_everything(known: Declaration) -> None:
    """Texts for the reader, a chapter, operations there are, errors there are, defaults that are valid."""
    assert known.group in GROUPS
    for text in (known.summary, known.wire, known.client, known.source):
        assert text.strip() == text != ""
        assert "  " not in text
    assert known.summary.endswith(".")
    assert known.summary[0].isupper()
    assert where(known), "it applies to nothing"
    for pattern in known.operations:
        assert where(replace(known, operations=(pattern,))), f"there is no operation {pattern}"
    assert known.error is None or 1 <= known.error <= 15
    assert set(known.entries) <= set(CATALOGUE)
    if known.kind.takes("fits"):
        assert known.needs, "it does not act on every call: say what one needs"
    for parameter, default in zip(known.parameters, known.defaults, strict=True):
        assert parameter.about
        assert parameter.name not in WORDS_OF_ARMING
        if default is not None:
            assert parameter.kind.read(default) == default


@pytest.mark.parametrize("known", FAULTS, ids=named)
def test_what_is_told_of_it_can_be_armed(known: Declaration) -> None:
    """The examples with which `assistants-mock faults NAME` and the pages end."""
    every = {name: operation.mutates for name, operation in OPERATIONS.items()}
    assert read_order({"fault": known.name, "at": example(known)}, every).fault == known.make({})
    assert read_header(spelling(known), example(known), every) == [(known.make({}), 1)]


@pytest.mark.parametrize("known", FAULTS, ids=named)
def test_what_is_written_can_be_read(known: Declaration) -> None:
    """In one line, in a header, and in a snapshot."""

    @law(40)
    @given(faults(known))
    def holds(fault: Fault) -> None:
        spelled = fault.spelled()
        read = parse_one(spelled)
        names = tuple(parameter.name for parameter in known.parameters)
        assert read.name == known.name
        assert known.make(read.given(names)) == fault
        (operation, *_) = where(known)
        both = read_header(f"{spelled}; {spelled}", operation.name, {operation.name: operation.mutates})
        assert both == [(fault, 1), (fault, 1)]
        armed = Armed("fault_1", fault, Place("runs.*", 2, "run_1", 'a "text"', 1, 3, 0.5))
        armed.seen, armed.fired, armed.calls = 3, 2, ["runs.create#1"]
        again = Armed.resume(json.loads(json.dumps(armed.state())))
        assert again == armed
        assert Armed.resume(Armed("fault_2", fault, until=5, times=None).state()).times is None

    holds()


@pytest.mark.parametrize("known", [known for known in FAULTS if known.parameters], ids=named)
def test_values_that_cannot_be_are_refused_by_name(known: Declaration) -> None:
    for parameter in known.parameters:
        unfit: tuple[Any, ...] = (None, [], {}, "")
        for wrong in unfit:
            with pytest.raises(FaultError) as refusal:
                known.make({parameter.name: wrong})
            assert refusal.value.path == parameter.name
            assert parameter.name in refusal.value.reason
    with pytest.raises(FaultError, match=r"it takes|did you mean"):
        known.make({"zzzz": 1})


def test_a_name_is_declared_once() -> None:
    known = find_fault("lost_ack")
    declared = declare(
        "lost_ack",
        group="transport",
        wire="-",
        client="-",
        evidence="inferred",
        source="-",
        performed="yes",
        definite=True,
    )
    with pytest.raises(ValueError, match="lost_ack is declared twice"):
        declared(known.kind)
    assert find_fault("lost_ack") is known


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("lostack", "did you mean 'lost_ack'?"),
        ("cut", "did you mean 'sse.cut'?"),
        ("qqqqqqq", "`assistants-mock faults` prints all there are"),
    ],
)
def test_an_unknown_fault_is_refused_with_a_hint(wrong: str, hint: str) -> None:
    with pytest.raises(FaultError) as refusal:
        find_fault(wrong)
    assert str(refusal.value) == f"there is no fault '{wrong}'; {hint}"


def test_values_are_drawn_for_every_kind_of_parameter() -> None:
    """A new kind of parameter has to be made known to the laws."""
    for known in FAULTS:
        for parameter in known.parameters:
            values(parameter)
