"""When what a stream helper ends up with agrees with what polling shows.

The Python SDKs take final messages from the events that end them, but final steps from the events that begin
them plus the deltas: such a step is in progress for ever, has no usage, and keeps the deltas' `index`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.sdks.sdk import Sdk, every, got

FACE_OF_STREAMS = {"tool_resources"}
"""Differs between JSON and stream on record: `{}` and `{"code_interpreter": {"file_ids": []}}`."""


async def check_final(sdk: Sdk, stream: Any) -> None:
    """Run, messages and steps that a finished stream holds are those that polling shows."""
    run = await got(stream.get_final_run())
    check_run(run, await got(sdk.runs.retrieve(run.id, thread_id=run.thread_id)))
    check_messages(await got(stream.get_final_messages()), await answers(sdk, run))
    steps = await every(sdk.runs.steps.list(run.id, thread_id=run.thread_id, order="asc"))
    check_steps(await got(stream.get_final_run_steps()), steps)


async def answers(sdk: Sdk, run: Any) -> list[Any]:
    """The messages of a run, oldest first."""
    found = await every(sdk.messages.list(run.thread_id, order="asc"))
    return [message for message in found if message.run_id == run.id]


def check_run(streamed: Any, polled: Any) -> None:
    """A run is the data of its last event: all fields agree."""
    _check_fields(streamed, polled, without=FACE_OF_STREAMS)


def check_messages(streamed: Sequence[Any], polled: Sequence[Any]) -> None:
    """Messages, oldest first, agree in every field that polling shows; streams show a status beside them."""
    assert [message.id for message in streamed] == [message.id for message in polled]
    for ours, theirs in zip(streamed, polled, strict=True):
        _check_fields(ours, theirs)


def check_steps(streamed: Sequence[Any], polled: Sequence[Any]) -> None:
    """Steps, oldest first, agree in what they are about."""
    assert [step.id for step in streamed] == [step.id for step in polled]
    for ours, theirs in zip(streamed, polled, strict=True):
        for name in ("type", "run_id", "thread_id", "assistant_id", "created_at"):
            assert getattr(ours, name) == getattr(theirs, name), name
        assert _without_index(_plain(ours.step_details)) == _without_index(_plain(theirs.step_details))


def _check_fields(streamed: Any, polled: Any, without: set[str] | None = None) -> None:
    ours, theirs = _plain(streamed), _plain(polled)
    for name in theirs.keys() - (without or set()):
        assert name in ours, f"the stream lacks {name}"
        assert ours[name] == theirs[name], f"{name}: {ours[name]!r} in the stream, {theirs[name]!r} polled"


def _plain(model: Any) -> dict[str, Any]:
    shown: dict[str, Any] = model.model_dump(exclude_unset=True, warnings=False)
    return shown


def _without_index(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_index(item) for key, item in value.items() if key != "index"}
    if isinstance(value, list):
        return [_without_index(item) for item in value]
    return value
