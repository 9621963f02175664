"""Runs: create (alone or with their thread), list, retrieve, modify, cancel, submit tool outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver import engine, errors, objects
from mockserver.conversation import ASSISTANT, RUN, THREAD, add_messages, create_thread
from mockserver.fixtures import NOTHING_WANTED, Wanted
from mockserver.frames import Frames
from mockserver.lifecycle import RUN as RUN_STATES
from mockserver.lookup import check_thread, find, list_page, read
from mockserver.models import check_model
from mockserver.operations import Call, operation
from mockserver.requests import fields
from mockserver.requests.shapes import Boolean, Object, required
from mockserver.resources import resolve
from mockserver.runstream import stream
from mockserver.timeline import Timeline


def _polled(call: Call) -> tuple[str, ...]:
    return (call.ids["run_id"],)


CREATE = Object(
    assistant_id=required(fields.ASSISTANT_ID),
    additional_instructions=fields.INSTRUCTIONS,
    additional_messages=fields.ADDITIONAL_MESSAGES,
    reasoning_effort=fields.REASONING_EFFORT,
    **fields.RUN_SETTINGS,
)
CREATE_WITH_THREAD = Object(
    assistant_id=required(fields.ASSISTANT_ID),
    thread=fields.NEW_THREAD,
    tool_resources=fields.MODIFY_TOOL_RESOURCES,
    **fields.RUN_SETTINGS,
)
SUBMIT = Object(tool_outputs=required(fields.TOOL_OUTPUTS), stream=Boolean())


@operation("runs.create", "POST", "/threads/{thread_id}/runs", body=CREATE, query=fields.INCLUDE)
def create(call: Call) -> bytes | Frames:
    """A new run; refused while another one is active on the thread."""
    thread_id = call.ids["thread_id"]
    check_thread(call.world, thread_id)
    assistant = _assistant(call)
    engine.check_idle(call.world, thread_id, errors.ACTIVE_RUN)
    add_messages(call.world, thread_id, call.body.get("additional_messages"))
    return _begin(call, thread_id, assistant, include_content=fields.SEARCH_CONTENT in call.query.include)


@operation("threads.create_and_run", "POST", "/threads/runs", body=CREATE_WITH_THREAD)
def create_and_run(call: Call) -> bytes | Frames:
    """A new thread and a run on it."""
    assistant = _assistant(call)
    resources = resolve(call.world, call.body.get("tool_resources"), expires=True)
    thread = create_thread(call.world, call.body.get("thread") or {})
    return _begin(call, thread["id"], assistant, thread=thread, resources=resources)


@operation("runs.list", "GET", "/threads/{thread_id}/runs", query=fields.LIST)
def list_runs(call: Call) -> bytes:
    """The thread's runs, newest first."""
    check_thread(call.world, call.ids["thread_id"])
    return list_page(call.world, RUN, call.query, call.ids["thread_id"])


@operation("runs.retrieve", "GET", "/threads/{thread_id}/runs/{run_id}", polls=_polled)
def retrieve(call: Call) -> bytes:
    """One run."""
    check_thread(call.world, call.ids["thread_id"])
    return read(call.world, RUN, call.ids["run_id"], call.ids["thread_id"])


@operation("runs.update", "POST", "/threads/{thread_id}/runs/{run_id}", body=fields.MODIFY_METADATA)
def update(call: Call) -> bytes:
    """Replace the metadata of a run that has ended; a running one is refused (recorded 2023-11)."""
    run = _run(call)
    if run["status"] not in RUN_STATES.terminal:
        raise errors.CANNOT_UPDATE(status=run["status"])
    if "metadata" in call.body:
        run["metadata"] = call.body["metadata"] or {}
        call.world.update(run)
    return objects.pretty(objects.wire(run))


@operation("runs.cancel", "POST", "/threads/{thread_id}/runs/{run_id}/cancel")
def cancel(call: Call) -> bytes:
    """Begin to cancel a run; the reply shows it `cancelling`."""
    timeline = engine.cancel(call.world, _run(call, Wanted("in_progress")))
    call.hint((timeline.subject,))
    return _shown(timeline)


@operation(
    "runs.submit_tool_outputs",
    "POST",
    "/threads/{thread_id}/runs/{run_id}/submit_tool_outputs",
    body=SUBMIT,
)
def submit_tool_outputs(call: Call) -> bytes | Frames:
    """Answer a run's function calls, all in one request; it is queued again at once."""
    world, outputs = call.world, call.body["tool_outputs"]
    wanted = Wanted("requires_action", tuple(dict.fromkeys(output["tool_call_id"] for output in outputs)))
    timeline = engine.check_outputs(world, _run(call, wanted), outputs)
    if not call.body.get("stream"):
        engine.submit(world, timeline, outputs)
        call.hint((timeline.subject,))
        return _shown(timeline)
    follower = world.streams.follow(timeline.subject)
    engine.submit(world, timeline, outputs)
    return stream(world, timeline.subject, follower)


def _assistant(call: Call) -> objects.Object:
    assistant = find(call.world, ASSISTANT, call.body["assistant_id"])
    model = call.body.get("model")
    check_model(call.world.settings, call.body, model or assistant["model"], azure=call.azure)
    return assistant


def _run(call: Call, wanted: Wanted = NOTHING_WANTED) -> objects.Object:
    """The run a call names; `wanted` is what it is like if auto-create has to make it."""
    check_thread(call.world, call.ids["thread_id"])
    return find(call.world, RUN, call.ids["run_id"], call.ids["thread_id"], wanted=wanted)


def _begin(
    call: Call,
    thread_id: str,
    assistant: objects.Object,
    *,
    thread: Mapping[str, Any] | None = None,
    include_content: bool = False,
    resources: objects.Object | None = None,
) -> bytes | Frames:
    """Queue the run, and answer with it or with its stream; a thread made on the way comes first there."""
    world = call.world
    timeline = engine.create_run(
        world, thread_id, assistant, call.body, include_content=include_content, resources=resources
    )
    if not call.body.get("stream"):
        world.announce(timeline, engine.births(world, timeline))
        call.hint((timeline.subject,))
        return _shown(timeline)
    follower = world.streams.follow(timeline.subject)
    if thread is not None:
        follower.told.append((f"{THREAD}.created", objects.compact(thread)))
    world.announce(timeline, engine.births(world, timeline))
    return stream(world, timeline.subject, follower)


def _shown(timeline: Timeline) -> bytes:
    return objects.pretty(objects.wire(timeline.root))
