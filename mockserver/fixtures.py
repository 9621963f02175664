"""Objects that somebody describes instead of making them by the API: with given ids, in a given state.

Used by the control door's fixtures, and by auto-create, which describes what was asked for and is missing.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mockserver import engine, errors, fileobjects, objects, vector_stores
from mockserver.conversation import ASSISTANT, MESSAGE, RUN, THREAD, add_message, create_assistant
from mockserver.conversation import create_thread as new_thread
from mockserver.fileobjects import FILE, VECTOR_STORE
from mockserver.files import OUTPUT, PURPOSES, SUMMONED, find_files, put_file, summon_file
from mockserver.lifecycle import RUN as RUN_STATES
from mockserver.lifecycle import Signal
from mockserver.replies.actions import parse_action
from mockserver.replies.checked import RuleError
from mockserver.requests import fields, stores
from mockserver.requests.shapes import Array, Free, OneOf, Text, required
from mockserver.requests.shapes import Object as Shape
from mockserver.resources import find_store, searchable
from mockserver.script import Action, CallTools, Fail, FunctionCall, Incomplete, Pace, Say, Script, Stall
from mockserver.timeline import End, Timeline
from mockserver.uploads import create_upload
from mockserver.world import World

Object = dict[str, Any]

INSTRUCTIONS = "You are a helpful assistant."
_ID = Text(nonempty=True, pattern="^[a-zA-Z0-9_-]+$")
_AT_ONCE = Pace(queued=0, in_progress=0, cancelling=0, first_token=0)


def _described(shape: Shape, **more: Any) -> Shape:
    needed = {
        name: required(field) if name in shape.needed else field for name, field in shape.fields.items()
    }
    return Shape(id=required(_ID), **more, **needed)


_ASSISTANT = _described(fields.NEW_ASSISTANT)
_ASSISTANT.fields["model"] = fields.MODEL
_ASSISTANT.needed = _ASSISTANT.needed - {"model"}
_THREAD = _described(fields.NEW_THREAD)
_MESSAGE = _described(fields.MESSAGE, thread_id=required(_ID))
_RUN = Shape(
    id=required(_ID),
    thread_id=required(_ID),
    assistant_id=required(_ID),
    status=OneOf(*sorted(RUN_STATES.statuses)),
    then=Free(),
    metadata=fields.METADATA,
)
_FILE = Shape(
    id=required(_ID),
    filename=required(Text(nonempty=True)),
    purpose=OneOf(*PURPOSES, OUTPUT),
    text=Text(),
    base64=Text(),
)
_STORE = Shape(
    id=required(_ID),
    name=Text(),
    file_ids=Array(_ID),
    status=OneOf("in_progress", "completed"),
    expires_after=stores.EXPIRES_AFTER,
    chunking_strategy=fields.CHUNKING,
    metadata=fields.METADATA,
)
_KINDS = {
    ASSISTANT: _ASSISTANT,
    THREAD: _THREAD,
    MESSAGE: _MESSAGE,
    RUN: _RUN,
    FILE: _FILE,
    VECTOR_STORE: _STORE,
}
_KIND = OneOf(*_KINDS)


def make_all(world: World, descriptions: Any) -> list[Object]:
    """Make every described object, in order; their full forms.

    A description is `{"object": kind, "id": id, …}` with the fields that create it; a message names its
    `thread_id`, a run its `thread_id`, `assistant_id`, `status` and maybe what it does (`then`, an action of
    the reply format); a file its `filename` and `text` or `base64`; a vector store its `file_ids`, which are
    indexed at once unless its `status` is `in_progress`. Raises ApiError; the caller takes everything back
    then.
    """
    if isinstance(descriptions, Mapping):
        descriptions = descriptions.get("objects", [descriptions])
    if not isinstance(descriptions, list):
        raise errors.CONTROL_INVALID(message="fixtures are an object or a list of objects", param=None)
    return [_make(world, description, f"objects[{index}]") for index, description in enumerate(descriptions)]


def _make(world: World, description: Any, path: str) -> Object:
    if not isinstance(description, dict):
        raise errors.CONTROL_INVALID(message=f"{path} is not an object", param=path)
    kind = _KIND.check(description.get("object"), f"{path}.object")
    rest = {name: value for name, value in description.items() if name != "object"}
    checked = _KINDS[kind].check(rest, path)
    object_id = checked.pop("id")
    if world.store.exists(world.project, object_id):
        raise errors.CONTROL_INVALID(message=f"{path}: '{object_id}' exists already", param=f"{path}.id")
    thread_id = checked.pop("thread_id", "")
    if kind in (MESSAGE, RUN) and world.full(THREAD, thread_id) is None:
        raise errors.CONTROL_INVALID(
            message=f"{path}: there is no thread '{thread_id}'", param=f"{path}.thread_id"
        )
    match kind:
        case "assistant":
            return create_assistant(world, {**checked, "model": checked.get("model") or "gpt-4o"}, object_id)
        case "thread":
            return new_thread(world, checked, object_id)
        case "thread.message":
            return add_message(world, thread_id, checked, object_id)
        case "file":
            return _described_file(world, object_id, checked, path)
        case "vector_store":
            return _described_store(world, object_id, checked)
    return _described_run(world, object_id, thread_id, checked, path)


def _described_file(world: World, file_id: str, given: Mapping[str, Any], path: str) -> Object:
    text, encoded = given.get("text"), given.get("base64")
    if (text is None) == (encoded is None):
        raise errors.CONTROL_INVALID(message=f"{path} needs either 'text' or 'base64'", param=path)
    try:
        data = base64.b64decode(encoded, validate=True) if encoded is not None else str(text).encode()
    except ValueError as error:
        raise errors.CONTROL_INVALID(
            message=f"{path}.base64 is no base64: {error}", param=f"{path}.base64"
        ) from error
    return put_file(world, data, given["filename"], given.get("purpose") or "assistants", file_id)


def _described_store(world: World, store_id: str, given: Mapping[str, Any]) -> Object:
    files = searchable(world, given.get("file_ids") or ())
    store = vector_stores.create_store(world, given, files, object_id=store_id)
    if given.get("status") != "in_progress":
        for file in files:
            timeline = world.timelines[f"{store_id}/{file['id']}"]
            timeline.retime(lambda event: world.clock.now())
            world.reschedule(timeline)
        world.catch_up()
    return world.full(VECTOR_STORE, store_id) or store


def _described_run(world: World, run_id: str, thread_id: str, given: Mapping[str, Any], path: str) -> Object:
    assistant = world.full(ASSISTANT, given["assistant_id"])
    if assistant is None:
        raise errors.CONTROL_INVALID(
            message=f"{path}: there is no assistant '{given['assistant_id']}'", param=f"{path}.assistant_id"
        )
    actions = None
    if given.get("then") is not None:
        try:
            actions = parse_action(given["then"], f"{path}.then")
        except RuleError as error:
            raise errors.CONTROL_INVALID(message=str(error), param=error.path) from error
    status = given.get("status") or "completed"
    run = make_run(world, run_id, thread_id, assistant, status, actions, metadata=given.get("metadata")).root
    if run["status"] != status:
        raise errors.CONTROL_INVALID(
            message=f"{path}: what `then` says leads to '{run['status']}', not to '{status}'",
            param=f"{path}.then",
        )
    return run


def make_run(
    world: World,
    run_id: str,
    thread_id: str,
    assistant: Object,
    status: str,
    actions: Sequence[Action] | None = None,
    *,
    metadata: Mapping[str, str] | None = None,
) -> Timeline:
    """A run in the given status, at once. `actions` are what it does on the way there.

    Raises ApiError when the thread has an active run already.
    """
    engine.check_idle(world, thread_id, errors.ACTIVE_RUN)
    pace = Pace() if status == "queued" else _AT_ONCE
    script = Script(tuple(actions or _TOWARDS[status]), pace)
    timeline = engine.create_run(
        world, thread_id, assistant, {"metadata": metadata}, run_id=run_id, script=script
    )
    world.announce(timeline, engine.births(world, timeline))
    if status == "expired":
        timeline.schedule([End(world.clock.now(), Signal.EXPIRE)])
        world.reschedule(timeline)
    if status != "queued":
        world.catch_up()
    if status in ("cancelling", "cancelled") and not timeline.over:
        engine.cancel(world, timeline.root)
        world.catch_up()
    return timeline


_TOWARDS: Mapping[str, tuple[Action, ...]] = {
    "queued": (Stall("queued"),),
    "in_progress": (Stall("in_progress"),),
    "requires_action": (CallTools((FunctionCall("lookup", "{}"),)),),
    "cancelling": (Stall("cancelling"),),
    "cancelled": (Stall("in_progress"),),
    "completed": (Say.text("Done."),),
    "failed": (Fail(),),
    "incomplete": (Say.text("This answer was"), Incomplete()),
    "expired": (Stall("in_progress"),),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the call that names a missing object needs it to be.

    A run's status and the ids of the function calls it waits for; a file's purpose.
    """

    status: str = "completed"
    call_ids: tuple[str, ...] = ()
    purpose: str = "assistants"


NOTHING_WANTED = Wanted()


def summon(world: World, kind: str, object_id: str, parent: str, wanted: Wanted = NOTHING_WANTED) -> None:
    """Make what was asked for and is missing, because auto-create is on; `parent` exists already."""
    if world.store.exists(world.project, object_id):
        return  # deleted, or of another kind or parent: that is not missing
    match kind:
        case "assistant":
            create_assistant(world, {"model": "gpt-4o", "instructions": INSTRUCTIONS}, object_id)
        case "thread":
            new_thread(world, {}, object_id)
        case "thread.message":
            add_message(world, parent, {"role": "user", "content": "Hello."}, object_id)
        case "thread.run":
            assistant = world.store.last(world.project, ASSISTANT, "")
            if assistant is None:
                summon(world, ASSISTANT, "asst_auto", "")
            found = world.full(ASSISTANT, assistant.id if assistant else "asst_auto")
            assert found is not None
            calls = [FunctionCall("lookup", "{}", call_id) for call_id in wanted.call_ids]
            actions = [CallTools(tuple(calls))] if calls else None
            make_run(world, object_id, parent, found, wanted.status, actions)
        case "thread.run.step":
            _summon_step(world, object_id, parent)
        case "file":
            summon_file(world, object_id, wanted.purpose)
        case "vector_store":
            find_store(world, object_id)
        case "vector_store.file":
            (file,) = find_files(world, [object_id.rpartition("/")[2]])
            vector_stores.attach(world, parent, file)
        case "vector_store.file_batch":
            _summon_batch(world, object_id, parent)
        case "upload":
            request = {"filename": "summoned.txt", "purpose": "assistants", "bytes": len(SUMMONED)}
            create_upload(world, request, object_id)


def _summon_batch(world: World, batch_id: str, store_id: str) -> None:
    batch = fileobjects.batch(batch_id, world.clock.now() // 1000, store_id)
    world.insert(batch, store_id)
    file = put_file(world, b"This file was made for a batch on first use.\n", "summoned.txt", "assistants")
    vector_stores.attach(world, store_id, file, batch=batch)


def _summon_step(world: World, step_id: str, run_id: str) -> None:
    row = world.store.row(world.project, run_id, RUN)
    assert row is not None
    run = objects.decode(row.body)
    details = {"type": "message_creation", "message_creation": {"message_id": world.new_id("msg")}}
    step = objects.step(step_id, run["created_at"], run, details)
    step |= {"status": "completed", "completed_at": run["created_at"], "expires_at": None}
    world.insert(step, run_id, run_id)
