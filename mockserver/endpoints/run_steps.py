"""Steps of a run: list, retrieve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mockserver import objects
from mockserver.conversation import RUN, STEP
from mockserver.lookup import check_thread, find, list_page, read
from mockserver.operations import Call, operation
from mockserver.requests import fields
from mockserver.requests.queries import Page, Query
from mockserver.store import Row


@dataclass(frozen=True, slots=True)
class StepPage(Page):
    """Part of a run's steps, maybe with the text of their file search results."""

    include: tuple[str, ...] = ()


LIST = Query(StepPage, **fields.LIST.parameters, **fields.INCLUDE.parameters)


@operation("runs.steps.list", "GET", "/threads/{thread_id}/runs/{run_id}/steps", query=LIST)
def list_steps(call: Call) -> bytes:
    """The run's steps, newest first."""
    _check_run(call)
    bodies = _whole if call.query.include else None
    return list_page(call.world, STEP, call.query, call.ids["run_id"], bodies=bodies)


@operation(
    "runs.steps.retrieve", "GET", "/threads/{thread_id}/runs/{run_id}/steps/{step_id}", query=fields.INCLUDE
)
def retrieve(call: Call) -> bytes:
    """One step."""
    _check_run(call)
    run_id, step_id = call.ids["run_id"], call.ids["step_id"]
    if call.query.include:
        return objects.pretty(find(call.world, STEP, step_id, run_id))
    return read(call.world, STEP, step_id, run_id)


def _check_run(call: Call) -> None:
    check_thread(call.world, call.ids["thread_id"])
    read(call.world, RUN, call.ids["run_id"], call.ids["thread_id"])


def _whole(rows: Sequence[Row]) -> list[bytes]:
    """The steps with the content that their plain form leaves out."""
    return [objects.pretty(objects.decode(row.hidden)) if row.hidden else row.body for row in rows]
