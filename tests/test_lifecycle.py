"""The tables: every status x signal, against a second writing of them and the official client's words."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from openai.types import FileObject, Upload, VectorStore
from openai.types.beta.threads import Message
from openai.types.beta.threads.run_status import RunStatus
from openai.types.beta.threads.runs import RunStep
from openai.types.vector_stores import VectorStoreFile, VectorStoreFileBatch

from mockserver.lifecycle import (
    FILE,
    MACHINES,
    MESSAGE,
    RUN,
    STEP,
    UPLOAD,
    VECTOR_STORE,
    VECTOR_STORE_BATCH,
    VECTOR_STORE_FILE,
    Machine,
    Signal,
    diagram,
)
from mockserver.timeline import IllegalSignalError, Move, Timeline, usage_of

# status: signal>status ..., from the service's documentation and recorded traffic
WRITTEN_AGAIN = {
    "thread.run": """
        queued: start>in_progress cancel>cancelling fail>failed expire>expired
        in_progress: ask>requires_action finish>completed cut>incomplete fail>failed cancel>cancelling
            expire>expired
        requires_action: submit>queued cancel>cancelling expire>expired
        cancelling: stop>cancelled finish>completed cut>incomplete fail>failed expire>expired
        completed: failed: cancelled: incomplete: expired:
    """,
    "thread.run.step": """
        in_progress: finish>completed fail>failed stop>cancelled expire>expired
        completed: failed: cancelled: expired:
    """,
    "thread.message": """
        in_progress: finish>completed cut>incomplete
        completed: incomplete:
    """,
    "file": "processed: expire>expired expired:",
    "upload": """
        pending: finish>completed cancel>cancelled expire>expired
        completed: cancelled: expired:
    """,
    "vector_store": """
        in_progress: finish>completed expire>expired
        completed: start>in_progress expire>expired
        expired:
    """,
    "vector_store.file": """
        in_progress: finish>completed fail>failed cancel>cancelled
        completed: failed: cancelled:
    """,
    "vector_store.file_batch": """
        in_progress: finish>completed fail>failed cancel>cancelled
        completed: failed: cancelled:
    """,
}


def moves(table: str) -> dict[tuple[str, str], str]:
    """(status, signal): next status."""
    found, status = {}, ""
    for word in table.split():
        if word.endswith(":"):
            status = word[:-1]
        else:
            signal, target = word.split(">")
            found[status, signal] = target
    return found


EVERY_MOVE = [
    pytest.param(machine, status, signal, id=f"{machine.object}-{status}-{signal}")
    for machine in MACHINES.values()
    for status in machine.exits
    for signal in Signal
]


def timeline_with(machine: Machine, status: str) -> Timeline:
    body: dict[str, Any] = {"id": "it", "object": machine.object, "status": status, "usage": None}
    return Timeline("run", [], {"run": {"id": "run", "object": "thread.run", "status": "queued"}, "it": body})


@pytest.mark.parametrize(("machine", "status", "signal"), EVERY_MOVE)
def test_every_signal_does_what_the_table_says_or_nothing(
    machine: Machine, status: str, signal: Signal
) -> None:
    target = moves(WRITTEN_AGAIN[machine.object]).get((status, signal))
    assert machine.next(status, signal) == target
    timeline = timeline_with(machine, status)
    before = dict(timeline.objects["it"])
    if target is None:
        with pytest.raises(IllegalSignalError, match=status):
            list(timeline.act(Move(5_999, "it", signal, {"patched": True})))
        assert timeline.objects["it"] == before
        return
    (told,) = timeline.act(Move(5_999, "it", signal, {"patched": True}))
    stamp = {machine.stamps[target]: 5} if target in machine.stamps else {}
    settled: dict[str, Any] = {}
    if machine is RUN and target in machine.terminal:
        settled = {"usage": usage_of([]), "expires_at": None, "required_action": None}
    assert timeline.objects["it"] == before | {"status": target, "patched": True} | stamp | settled
    assert (told.name, told.due) == (f"{machine.object}.{target}", 5_999)


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_every_status_is_reachable_and_nothing_leads_elsewhere(machine: Machine) -> None:
    reached, waiting = {machine.first}, [machine.first]
    while waiting:
        new = set(machine.exits[waiting.pop()].values()) - reached
        reached |= new
        waiting += new
    assert reached == machine.statuses


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_an_end_can_be_reached_from_everywhere_and_is_final(machine: Machine) -> None:
    for status in machine.statuses - machine.terminal:
        assert set(machine.exits[status].values()) - {status}
    assert machine.terminal == {status for status in machine.statuses if not machine.exits[status]}
    assert machine.first not in machine.terminal


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        (RUN, RunStatus),
        (STEP, RunStep.model_fields["status"].annotation),
        (MESSAGE, Message.model_fields["status"].annotation),
        (UPLOAD, Upload.model_fields["status"].annotation),
        (VECTOR_STORE, VectorStore.model_fields["status"].annotation),
        (VECTOR_STORE_FILE, VectorStoreFile.model_fields["status"].annotation),
        (VECTOR_STORE_BATCH, VectorStoreFileBatch.model_fields["status"].annotation),
    ],
    ids=["run", "step", "message", "upload", "store", "store file", "batch"],
)
def test_statuses_are_the_words_the_official_client_knows(machine: Machine, words: Any) -> None:
    assert machine.statuses == set(get_args(words))


def test_a_file_is_seen_in_one_status_only() -> None:
    """The other words of the official client are deprecated; one that has expired is gone."""
    assert FILE.statuses - FILE.terminal == {"processed"}
    assert "processed" in get_args(FileObject.model_fields["status"].annotation)


def test_clients_wait_for_runs_and_for_indexing_and_for_no_expiry() -> None:
    """A store, an upload or a file changes by itself only when its time is over."""
    assert {machine.object for machine in MACHINES.values() if machine.awaited} == {
        "thread.run",
        "vector_store.file",
    }


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_at_most_one_timestamp_belongs_to_the_end(machine: Machine) -> None:
    ends = {status: stamp for status, stamp in machine.stamps.items() if status in machine.terminal}
    assert set(machine.stamps) <= machine.statuses
    assert not set(ends.values()) & {stamp for status, stamp in machine.stamps.items() if status not in ends}


def test_the_diagram_shows_every_move() -> None:
    drawn = diagram(RUN).splitlines()
    assert drawn[:2] == ["stateDiagram-v2", "    [*] --> queued"]
    for (status, signal), target in moves(WRITTEN_AGAIN[RUN.object]).items():
        assert f"    {status} --> {target}: {signal}" in drawn
    assert sum(line.endswith("--> [*]") for line in drawn) == len(RUN.terminal)
