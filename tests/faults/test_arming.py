"""Where, how often and how long an armed fault acts, over the control door and the API."""

from __future__ import annotations

import json

import pytest

from harness.control import Control
from tests.conftest import Raw
from tests.faults.asking import ASSISTANT, ASSISTANTS, HELLO, THREAD, Ask
from tests.stage import form


@pytest.fixture
def statuses(raw: Raw) -> Ask:
    return Ask(raw)


def thread(raw: Raw) -> str:
    """The id of a new thread."""
    return str(raw("POST", "/v1/threads", {}).body["id"])


# Which calls


def test_an_operation_alone_is_met(control: Control, statuses: Ask) -> None:
    control.arm("500", "assistants.create")
    assert statuses(THREAD, ASSISTANTS, ASSISTANT, ASSISTANT) == [200, 200, 500, 200]


def test_a_glob_meets_several_operations(control: Control, statuses: Ask) -> None:
    control.arm("500", "assistants.*", times=2)
    assert statuses(THREAD, ASSISTANTS, ASSISTANT, ASSISTANTS) == [200, 500, 500, 200]


def test_without_a_place_the_next_call_is_met(control: Control, statuses: Ask) -> None:
    control.arm("500")
    assert statuses(THREAD, THREAD) == [500, 200]


def test_a_fault_for_calls_that_change_leaves_reads_alone(control: Control, raw: Raw, statuses: Ask) -> None:
    control.arm("lost_ack")
    assert statuses(ASSISTANTS) == [200]
    with pytest.raises(ConnectionError):
        raw(*THREAD[:1], "/v1/threads", {})
    assert control.faults()[0]["seen"] == 1


def test_a_call_is_met_by_its_number_in_the_journal(control: Control, statuses: Ask) -> None:
    assert statuses(THREAD) == [200]
    control.arm("500", "threads.create#3")
    assert statuses(THREAD, THREAD, THREAD) == [200, 500, 200]
    assert control.faults()[0]["calls"] == ["threads.create#3"]


def test_of_the_calls_from_now_on_one_is_met(control: Control, statuses: Ask) -> None:
    assert statuses(THREAD) == [200]
    control.arm("500", "threads.create", nth=2)
    assert statuses(THREAD, ASSISTANT, THREAD, THREAD) == [200, 200, 500, 200]


def test_the_first_calls_are_met(control: Control, statuses: Ask) -> None:
    control.arm("500", "threads.create", first=2)
    assert statuses(THREAD, ASSISTANT, THREAD, THREAD) == [500, 200, 500, 200]


def test_a_fault_whose_calls_have_passed_is_not_active(control: Control, raw: Raw, statuses: Ask) -> None:
    """It did not get to act on the one call that it was armed for, because another one was before it."""
    control.arm("500", "threads.create", nth=1)
    control.arm("500", "threads.create", first=2)
    control.arm("503", "threads.create")
    assert [armed["active"] for armed in control.faults()] == [True, True, True]
    assert statuses(THREAD) == [503]
    assert [armed["active"] for armed in control.faults()] == [False, True, False]
    assert statuses(THREAD, THREAD) == [500, 200]
    assert [(armed["active"], armed["fired"]) for armed in control.faults()] == [
        (False, 0),
        (False, 1),
        (False, 1),
    ]


def test_of_the_first_calls_only_so_many(control: Control, statuses: Ask) -> None:
    control.arm("500", "threads.create", first=3, times=1)
    assert statuses(THREAD, THREAD) == [500, 200]


def test_an_id_in_the_path(control: Control, raw: Raw, statuses: Ask) -> None:
    one, other = thread(raw), thread(raw)
    control.arm("500", id=one, always=True)
    assert statuses(
        ("GET", f"/threads/{other}"),
        ("GET", f"/threads/{one}"),
        ("POST", f"/threads/{one}/messages", HELLO),
        ("POST", f"/threads/{other}/messages", HELLO),
    ) == [200, 500, 500, 200]


def test_an_id_in_the_body(control: Control, raw: Raw, statuses: Ask) -> None:
    """As a value of its own, not as a word in a text."""
    body, headers = form({"purpose": "assistants"}, file=("a.txt", b"A"))
    file = raw("POST", "/v1/files", body, headers).body["id"]
    control.arm("500", id=file)
    attached = {**HELLO, "attachments": [{"file_id": file, "tools": [{"type": "file_search"}]}]}
    assert statuses(
        ("POST", "/threads", {"messages": [{"role": "user", "content": f"See {file}."}]}),
        ("POST", "/threads", {"messages": [attached]}),
    ) == [200, 500]


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("Grüße, bitte", "Grüße"),
        ('She said "no".', 'said "no"'),
        ("One\nTwo", "One\nTwo"),
        ("a\\b", "a\\b"),
        ("Emoji 😀", "😀"),
    ],
)
def test_a_text_in_the_body_however_it_is_escaped(
    control: Control, statuses: Ask, said: str, text: str
) -> None:
    """Some clients escape every character that is not ASCII, others none."""
    asked = {"messages": [{"role": "user", "content": said}]}
    control.arm("500", body=text, times=2)
    assert statuses(
        THREAD,
        ("POST", "/threads", json.dumps(asked).encode(), {"Content-Type": "application/json"}),
        (
            "POST",
            "/threads",
            json.dumps(asked, ensure_ascii=False).encode(),
            {"Content-Type": "application/json"},
        ),
        THREAD,
    ) == [200, 500, 500, 200]


def test_a_text_in_a_form(control: Control, raw: Raw) -> None:
    """Its fields, and the names of its files."""
    control.arm("500", "files.create", body="report.txt")

    def send(name: str) -> int:
        body, headers = form({"purpose": "assistants"}, file=(name, b"A"))
        return raw("POST", "/v1/files", body, headers).status

    assert [send("a.txt"), send("report.txt"), send("report.txt")] == [200, 500, 200]


def test_everything_that_is_asked_has_to_hold(control: Control, raw: Raw, statuses: Ask) -> None:
    one = thread(raw)
    control.arm("500", "messages.create", id=one, body="Hello", nth=2)
    assert statuses(
        ("POST", f"/threads/{one}/messages", HELLO),
        ("POST", f"/threads/{one}/messages", HELLO | {"content": "Bye"}),
        ("POST", f"/threads/{thread(raw)}/messages", HELLO),
        ("POST", f"/threads/{one}/messages", HELLO),
    ) == [200, 200, 200, 500]


# Luck


def hits(control: Control, statuses: Ask, seed: int) -> list[int]:
    """Which of many calls a fault with a probability met."""
    control.new_world(seed=seed)
    control.arm("500", "threads.create", probability=0.3)
    return [index for index, status in enumerate(statuses(*[THREAD] * 40)) if status == 500]


def test_the_same_seed_meets_the_same_calls(control: Control, statuses: Ask) -> None:
    first = hits(control, statuses, 1)
    assert hits(control, statuses, 1) == first
    assert 4 <= len(first) <= 20
    assert hits(control, statuses, 2) != first


def test_luck_is_not_changed_by_other_calls(control: Control, statuses: Ask) -> None:
    plain = hits(control, statuses, 1)
    control.new_world(seed=1)
    control.arm("500", "threads.create", probability=0.3)
    mixed = statuses(*[call for _ in range(40) for call in (THREAD, ASSISTANTS)])
    assert [index for index, status in enumerate(mixed[::2]) if status == 500] == plain
    assert set(mixed[1::2]) == {200}


def test_a_sure_probability_meets_every_call(control: Control, statuses: Ask) -> None:
    control.arm("500", "threads.create", probability=1, times=2)
    assert statuses(THREAD, THREAD, THREAD) == [500, 500, 200]


# How often and how long


def test_always(control: Control, statuses: Ask) -> None:
    control.arm("500", "threads.create", always=True)
    assert statuses(*[THREAD] * 5) == [500] * 5
    (armed,) = control.faults()
    assert (armed["times"], armed["fired"], armed["active"]) == (None, 5, True)


def test_until_a_moment_of_the_world(control: Control, statuses: Ask) -> None:
    control.arm("500", "threads.create", until=control.clock()["now"] + 60)
    assert statuses(THREAD) == [500]
    control.advance(59.999)
    assert statuses(THREAD) == [500]
    control.advance(0.001)
    assert statuses(THREAD) == [200]
    assert control.faults()[0]["active"] is False


def test_for_a_while_from_now_on(control: Control, statuses: Ask) -> None:
    control.advance(1000)
    armed = control.arm("500", "threads.create", until="10m", times=5)
    assert armed["until"] == control.clock()["now"] + 600
    assert statuses(THREAD) == [500]
    control.advance(600)
    assert statuses(THREAD) == [200]


def test_from_a_moment_of_the_world_on(control: Control, statuses: Ask) -> None:
    armed = control.arm("500", "threads.create", since=control.clock()["now"] + 60)
    assert armed["since"] == control.clock()["now"] + 60
    assert statuses(THREAD) == [200]
    control.advance(59.999)
    assert statuses(THREAD) == [200]
    assert control.faults()[0]["active"] is True
    control.advance(0.001)
    assert statuses(THREAD, THREAD) == [500, 200]


def test_calls_before_it_begins_do_not_count(control: Control, statuses: Ask) -> None:
    control.advance(1000)
    control.arm("500", "threads.create", since="2m", nth=2)
    control.arm("503", "assistants.*", since="2m", until="3m")
    assert statuses(THREAD, THREAD, ASSISTANTS) == [200, 200, 200]
    assert [armed["seen"] for armed in control.faults()] == [0, 0]
    control.advance(120)
    assert statuses(THREAD, THREAD, THREAD, ASSISTANTS, ASSISTANTS) == [200, 500, 200, 503, 503]
    control.advance(60)
    assert statuses(ASSISTANTS) == [200]


def test_a_moment_that_has_passed_never_comes(control: Control, statuses: Ask) -> None:
    control.arm("500", until=0)
    assert statuses(THREAD) == [200]
