"""What the control door takes when faults are armed, and how it refuses everything else."""

from __future__ import annotations

from typing import Any

import pytest

from harness.control import Control
from tests.conftest import Raw


def arm(raw: Raw, body: Any) -> tuple[int, str, str | None]:
    """Arm; the status, and the message and place of a refusal."""
    answer = raw("POST", "/_mock/faults", body)
    error = answer.body.get("error", {"message": "", "param": None})
    return answer.status, error["message"], error["param"]


@pytest.mark.parametrize(
    ("order", "at", "times"),
    [
        ("lost_ack", {"operation": "*"}, 1),
        ({"fault": "lost_ack"}, {"operation": "*"}, 1),
        ({"fault": "lost_ack", "at": "runs.create"}, {"operation": "runs.create"}, 1),
        ({"fault": "lost_ack", "at": "runs.create#2"}, {"operation": "runs.create#2"}, 1),
        ({"fault": "lost_ack", "at": "runs.*#2"}, {"operation": "runs.*#2"}, 1),
        ({"fault": "lost_ack", "at": {}}, {"operation": "*"}, 1),
        ({"fault": "lost_ack", "at": None, "times": 3}, {"operation": "*"}, 3),
        ({"fault": "lost_ack", "at": {"first": 4}}, {"operation": "*", "first": 4}, 4),
        ({"fault": "lost_ack", "at": {"nth": 4}}, {"operation": "*", "nth": 4}, 1),
        ({"fault": "lost_ack", "times": None}, {"operation": "*"}, None),
        ({"fault": "lost_ack", "at": {"probability": 0.5}}, {"operation": "*", "probability": 0.5}, None),
        (
            {"fault": "lost_ack", "at": {"probability": 1}, "times": 2},
            {"operation": "*", "probability": 1},
            2,
        ),
        ({"fault": "lost_ack", "until": "1h"}, {"operation": "*"}, None),
        ({"fault": "lost_ack", "until": 2e9}, {"operation": "*"}, None),
    ],
)
def test_one_order(raw: Raw, control: Control, order: Any, at: dict[str, Any], times: int | None) -> None:
    assert arm(raw, order)[0] == 200
    (armed,) = control.faults()
    assert (armed["at"], armed["times"]) == (at, times)


@pytest.mark.parametrize(
    ("order", "spelled"),
    [
        ("sse.cut(3)", "sse.cut"),
        ("sse.cut(5)", "sse.cut(after=5)"),
        ({"fault": "sse.cut", "parameters": {"after": 5}}, "sse.cut(after=5)"),
        ({"fault": "sse.cut", "parameters": {"after": "5"}}, "sse.cut(after=5)"),
        ({"fault": "sse.cut", "parameters": {}}, "sse.cut"),
        ({"fault": "sse.cut", "parameters": None}, "sse.cut"),
        ({"fault": "sse.stall(2)", "parameters": {"length": 90_000}}, "sse.stall(after=2, length=90s)"),
        ({"fault": "sse.error_event(bare)"}, "sse.error_event(form=bare)"),
    ],
)
def test_parameters(raw: Raw, control: Control, order: Any, spelled: str) -> None:
    assert arm(raw, order)[0] == 200
    assert control.faults()[0]["fault"] == spelled


def test_a_list_is_armed_in_its_order(raw: Raw, control: Control) -> None:
    assert arm(raw, ["lost_ack", {"fault": "sse.cut", "at": "runs.create"}])[0] == 200
    assert arm(raw, [])[0] == 200
    assert arm(raw, ["sse.no_done"])[0] == 200
    assert [(armed["id"], armed["name"]) for armed in control.faults()] == [
        ("fault_1", "lost_ack"),
        ("fault_2", "sse.cut"),
        ("fault_3", "sse.no_done"),
    ]


COUNT = "this is a whole number of at least 1 and at most 1000000000, not "


@pytest.mark.parametrize(
    ("order", "message", "param"),
    [
        (5, "a fault is armed by its name or by an object", None),
        (None, "a fault is armed by its name or by an object", None),
        ({}, 'say which: "fault": "429(retry_after=20s)"', "fault"),
        ({"fault": 429}, 'a fault is a text, in quotes: "429", not 429', "fault"),
        ({"fault": ""}, "'' is not one fault", "fault"),
        ({"fault": "lost_ack; lost_ack"}, "is not one fault", "fault"),
        ({"fault": "lost_ak"}, "there is no fault 'lost_ak'; did you mean 'lost_ack'?", "fault"),
        ("cut", "there is no fault 'cut'; did you mean 'sse.cut'?", "fault"),
        ({"fualt": "429"}, "unknown key 'fualt'; did you mean 'fault'?", None),
        ({"fault": "429", "where": 1}, "unknown key 'where'; it is one of fault, parameters, at", None),
        ("lost_ack(1, 2)", "lost_ack takes reset, not 2 values", "fault"),
        ("sse.no_done(1)", "sse.no_done takes no parameters, not 1 values", "fault"),
        ("sse.no_done(x=1)", "sse.no_done takes no parameters", "fault"),
        ("sse.cut(aftr=1)", "sse.cut has no parameter 'aftr'; did you mean 'after'?", "fault"),
        ("sse.cut(qqq=1)", "sse.cut has no parameter 'qqq'; it takes after", "fault"),
        ("sse.cut(x)", "sse.cut: 'after' is a whole number from 0 to 1000000, not 'x'", "fault"),
        ("sse.cut(-1)", "sse.cut: 'after' is a whole number from 0", "fault"),
        ("sse.cut(1.5)", "sse.cut: 'after' is a whole number from 0", "fault"),
        ("sse.stall(length=5)", "'length' is a duration such as 300ms, 2s or 10m, not '5'", "fault"),
        ("sse.error_event(baer)", "one of wrapped, bare, not 'baer'; did you mean 'bare'?", "fault"),
        ("sse.cut(1, after=2)", "sse.cut: 'after' is given twice", "fault"),
        (
            {"fault": "sse.cut(1)", "parameters": {"after": 1}},
            "sse.cut: 'after' is given twice",
            "parameters",
        ),
        ({"fault": "sse.cut", "parameters": {"after": True}}, "not True", "parameters.after"),
        ({"fault": "sse.cut", "parameters": {"after": "x"}}, "not 'x'", "parameters.after"),
        ({"fault": "sse.cut", "parameters": {"aftr": 1}}, "did you mean 'after'?", "parameters.aftr"),
        ({"fault": "sse.cut", "parameters": [1]}, "parameters are an object", "parameters"),
        ({"fault": "429", "at": 5}, 'this is an operation, "runs.create#2", or an object', "at"),
        ({"fault": "429", "at": ""}, "this is a text, not ''", "at.operation"),
        ({"fault": "429", "at": {"operation": 1}}, "this is a text, not 1", "at.operation"),
        ({"fault": "429", "at": {"operation": None}}, "this is a text, not None", "at.operation"),
        (
            {"fault": "429", "at": "run.create"},
            "there is no operation 'run.create'; did you mean 'runs.create'?",
            "at.operation",
        ),
        ({"fault": "429", "at": "qqqqq"}, "`assistants-mock routes` prints all there are", "at.operation"),
        ({"fault": "429", "at": "control.clock.advance"}, "there is no operation", "at.operation"),
        ({"fault": "429", "at": "v1.messages.files.list"}, "there is no operation", "at.operation"),
        ({"fault": "429", "at": "runs.create#x"}, "a call is named runs.create#2, or", "at.operation"),
        ({"fault": "429", "at": "runs.create#0"}, "a call is named runs.create#2, or", "at.operation"),
        ({"fault": "429", "at": "runs.create#"}, "a call is named runs.create#2, or", "at.operation"),
        ({"fault": "429", "at": "runs.create#²"}, "a call is named runs.create#2, or", "at.operation"),
        (
            {"fault": "lost_ack", "at": "runs.list"},
            "lost_ack does not apply to runs.list; it applies to ",
            "at.operation",
        ),
        (
            {"fault": "sse.cut", "at": "messages.*"},
            "sse.cut does not apply to messages.*; it applies to threads.create_and_run, runs.create",
            "at.operation",
        ),
        ({"fault": "413", "at": "*.delete"}, "413 does not apply to *.delete; it applies to", "at.operation"),
        ({"fault": "bad_json", "at": "files.content"}, "does not apply to files.content", "at.operation"),
        ({"fault": "429", "at": {"operatoin": "*"}}, "did you mean 'operation'?", "at"),
        ({"fault": "429", "at": {"times": 2}}, "unknown key 'times'; it is one of operation, nth", "at"),
        ({"fault": "429", "at": {"nth": 0}}, COUNT + "0", "at.nth"),
        ({"fault": "429", "at": {"nth": True}}, COUNT + "True", "at.nth"),
        ({"fault": "429", "at": {"nth": "2"}}, COUNT + "'2'", "at.nth"),
        ({"fault": "429", "at": {"first": 1.0}}, COUNT + "1.0", "at.first"),
        ({"fault": "429", "at": {"first": 10**30}}, COUNT, "at.first"),
        ({"fault": "429", "at": {"id": ""}}, "this is a text, not ''", "at.id"),
        ({"fault": "429", "at": {"body": 5}}, "this is a text, not 5", "at.body"),
        ({"fault": "429", "at": {"probability": 0}}, "a probability lies above 0", "at.probability"),
        ({"fault": "429", "at": {"probability": 1.1}}, "a probability lies above 0", "at.probability"),
        ({"fault": "429", "at": {"probability": True}}, "a probability lies above 0", "at.probability"),
        ({"fault": "429", "at": {"probability": "0.5"}}, "a probability lies above 0", "at.probability"),
        ({"fault": "429", "times": 0}, COUNT + "0", "times"),
        ({"fault": "429", "times": "2"}, COUNT + "'2'", "times"),
        ({"fault": "429", "until": "10"}, "has no unit", "until"),
        ({"fault": "429", "until": "soon"}, "'soon' is not a duration", "until"),
        ({"fault": "429", "until": True}, "this is a time of the world in seconds, or a duration", "until"),
        ({"fault": "429", "until": -1}, "this is a time of the world in seconds, or a duration", "until"),
        ({"fault": "429", "until": 1e300}, "this is a time of the world in seconds, or a duration", "until"),
        ({"fault": "429", "since": "soon"}, "'soon' is not a duration", "since"),
        ({"fault": "429", "since": -1}, "this is a time of the world in seconds, or a duration", "since"),
        ({"fault": "429", "since": "2m", "until": "2m"}, "it would be over before it begins", "since"),
        ({"fault": "429", "since": 9, "until": 8}, "it would be over before it begins", "since"),
        ({"fault": "429", "until": []}, "this is a time of the world in seconds, or a duration", "until"),
    ],
)
def test_refusals(raw: Raw, control: Control, order: Any, message: str, param: str | None) -> None:
    """Each says what is wrong and what would be right; in a list also which one it is, and none is armed."""
    status, said, where = arm(raw, order if order is not None else b"null")
    assert (status, where) == (400, param)
    assert message in said
    place = f"[1].{param}" if param else "[1]"
    status, said, where = arm(raw, ["lost_ack", order])
    assert (status, where) == (400, place)
    assert said.startswith(f"{place}: ")
    assert control.faults() == []
    assert control.arm("lost_ack")["id"] == "fault_1"


@pytest.mark.parametrize("body", [b"{", b'"lost_ack', b"\xff", b'{"fault": "\\ud800"}'])
def test_what_is_no_json(raw: Raw, control: Control, body: bytes) -> None:
    status, said, _ = arm(raw, body)
    assert (status, control.faults()) == (400, [])
    assert "JSON" in said


def test_a_fault_that_is_not_armed_cannot_be_disarmed(raw: Raw) -> None:
    answer = raw("DELETE", "/_mock/faults/fault_7")
    assert (answer.status, answer.body["error"]["message"]) == (404, "no fault 'fault_7' is armed")
    assert raw("DELETE", "/_mock/faults").status == 200
