"""Actions of the reply format, read into a script and written back.

`on_outputs` needs no place of its own in a script: what follows the tool outputs simply comes after the call,
as a later entry of `steps` does. So the actions after a `CallTools` are all that is left of a run while it
waits for its client, and `to_raw` makes JSON of them that survives a restart.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from mockserver.durations import milliseconds
from mockserver.replies.checked import (
    RuleError,
    below,
    kind,
    mapping,
    needed,
    plain,
    record,
    sequence,
    suggestion,
    word,
)
from mockserver.replies.toolwork import code_raw, parse_code, parse_search, search_raw
from mockserver.replies.wording import parse_reply, reply_raw
from mockserver.script import (
    Action,
    CallTools,
    Ending,
    Expire,
    Fail,
    FunctionCall,
    Incomplete,
    Pace,
    RunCode,
    Say,
    SearchFiles,
    Stall,
    Wire,
)

_COMPANIONS = {"annotations": "reply", "on_outputs": "tool_calls"}
_SPEED_MAX = 1_000_000
_STALLS: tuple[Literal["queued", "in_progress", "requires_action", "cancelling"], ...] = (
    "queued",
    "in_progress",
    "requires_action",
    "cancelling",
)
_DURATIONS = ("queued", "in_progress", "cancelling", "first_token")


def parse_action(raw: Any, path: str = "") -> tuple[Action, ...]:
    """The action at `path` as a run of script actions. Raises RuleError."""
    actions = _action(plain(raw, path), path)
    _check_stall(actions, path)
    return actions


def parse_actions(raw: Any, path: str = "") -> tuple[Action, ...]:
    """A list of actions one after another, maybe empty: what `to_raw` wrote. Raises RuleError."""
    if raw == []:
        return ()
    return _in_order(plain(raw, path), path)


def to_raw(actions: Iterable[Action]) -> list[dict[str, Any]]:
    """The actions as JSON, for `parse_actions`. What stands after an ending never happens and is left out."""
    raw: list[dict[str, Any]] = []
    for action in actions:
        if action != CallTools(()):  # all its calls are answered: nothing is left of it
            raw.append(_raw(action))
        if isinstance(action, Ending):
            break
    return raw


def parse_pace(raw: Any, path: str = "") -> Pace:
    """A rule's `timeline`. Raises RuleError."""
    given = record(raw, path, (*_DURATIONS, "tokens_per_second"))
    made: dict[str, Any] = {}
    for key, value in given.items():
        place = below(path, key)
        if key == "tokens_per_second":
            made[key] = _speed(value, place)
            continue
        try:
            made[key] = milliseconds(value)
        except ValueError as error:
            raise RuleError(place, str(error)) from None
    return Pace(**made)


def pace_raw(pace: Pace) -> dict[str, Any]:
    """The pace as a `timeline`, for `parse_pace`."""
    durations = {key: getattr(pace, key) for key in (*_DURATIONS, "tokens_per_second")}
    return {key: value for key, value in durations.items() if value is not None}


def _action(raw: Any, path: str) -> tuple[Action, ...]:
    action = mapping(raw, path)
    doing, ending = [key for key in action if key in _DOING], [key for key in action if key in _ENDING]
    for key in action:
        if key in _DURATIONS:
            raise RuleError(below(path, key), "durations belong to the rule's timeline, not to an action")
        if key in _COMPANIONS and _COMPANIONS[key] not in action:
            raise RuleError(below(path, key), f"belongs beside {_COMPANIONS[key]!r}, which is not here")
        if key not in doing and key not in ending and key not in _COMPANIONS:
            known = (*_DOING, *_COMPANIONS, *_ENDING)
            raise RuleError(below(path, key), f"unknown key {key!r}{suggestion(key, known)}")
    if len(doing) > 1:
        raise RuleError(path, f"{' and '.join(doing)} are two actions; put them one after another into steps")
    if len(ending) > 1:
        raise RuleError(path, f"a run ends in one way, not by {' and '.join(ending)}")
    if not doing and not ending:
        raise RuleError(path, f"says nothing to do; known are {', '.join((*_DOING, *_ENDING))}")
    made: tuple[Action, ...] = ()
    for key in doing:
        made = _DOING[key](action, path)
    for key in ending:
        if _ends(made):
            raise RuleError(below(path, key), "the run has ended before")
        made = (*made, _ENDING[key](action[key], below(path, key)))
    return made


def _check_stall(actions: tuple[Action, ...], path: str) -> None:
    """A run can only stall in a status that it is in by then."""
    *before, last = actions
    after_call = bool(before) and isinstance(before[-1], CallTools)
    if last == Stall("queued") and before and not after_call:
        raise RuleError(path, "a run that has begun is not queued any more, unless it answers tool outputs")
    if last == Stall("requires_action") and not after_call:
        raise RuleError(path, "a run stalls in requires_action only after tool_calls")


def _in_order(raw: Any, path: str) -> tuple[Action, ...]:
    made: tuple[Action, ...] = ()
    for index, step in enumerate(sequence(raw, path)):
        if _ends(made):
            raise RuleError(below(path, index), "never happens: the run has ended before")
        made = (*made, *_action(step, below(path, index)))
    return made


def _ends(actions: tuple[Action, ...]) -> bool:
    return bool(actions) and isinstance(actions[-1], Ending)


def _reply(action: Wire, path: str) -> tuple[Action, ...]:
    return (parse_reply(action["reply"], action.get("annotations"), path),)


def _tool_calls(action: Wire, path: str) -> tuple[Action, ...]:
    place = below(path, "tool_calls")
    calls = [_call(call, below(place, i)) for i, call in enumerate(sequence(action["tool_calls"], place))]
    ids = [call.id for call in calls if call.id is not None]
    for index, call in enumerate(calls):
        if call.id is not None and ids.count(call.id) > 1:
            raise RuleError(
                below(below(place, index), "id"), f"{call.id!r} stands twice; outputs could not tell"
            )
    if "on_outputs" not in action:
        return (CallTools(tuple(calls)),)
    return CallTools(tuple(calls)), *_action(action["on_outputs"], below(path, "on_outputs"))


def _call(raw: Any, path: str) -> FunctionCall:
    call = record(raw, path, ("function", "arguments", "id"))
    name = word(needed(call, "function", path), below(path, "function"))
    arguments = needed(call, "arguments", path)
    if isinstance(arguments, Mapping):
        arguments = json.dumps(arguments, ensure_ascii=False, separators=(",", ":"))
    elif not isinstance(arguments, str):
        raise RuleError(below(path, "arguments"), f"expected an object or a raw text, got {kind(arguments)}")
    id_ = word(call["id"], below(path, "id")) if "id" in call else None
    return FunctionCall(name, arguments, id_)


def _code(action: Wire, path: str) -> tuple[Action, ...]:
    return (parse_code(action["code_interpreter"], below(path, "code_interpreter")),)


def _search(action: Wire, path: str) -> tuple[Action, ...]:
    return (parse_search(action["file_search"], below(path, "file_search")),)


def _steps(action: Wire, path: str) -> tuple[Action, ...]:
    return _in_order(action["steps"], below(path, "steps"))


def _fail(raw: Any, path: str) -> Ending:
    error = record(raw, path, ("code", "message"))
    return Fail(**{key: word(value, below(path, key)) for key, value in error.items()})


def _incomplete(raw: Any, path: str) -> Ending:
    return Incomplete(word(raw, path))


def _expire(raw: Any, path: str) -> Ending:
    if raw is not True:
        raise RuleError(path, f"is true or left out, not {kind(raw)}")
    return Expire()


def _stall(raw: Any, path: str) -> Ending:
    for status in _STALLS:
        if raw == status:
            return Stall(status)
    raise RuleError(path, f"unknown status {word(raw, path)!r}{suggestion(raw, _STALLS)}")


def _speed(raw: Any, path: str) -> float:
    if not isinstance(raw, int | float) or isinstance(raw, bool):
        raise RuleError(path, f"expected a number, got {kind(raw)}")
    if not 0 < raw <= _SPEED_MAX:
        raise RuleError(path, f"is from above 0 to {_SPEED_MAX}")
    return raw


def _raw(action: Action) -> dict[str, Any]:
    match action:
        case Say():
            return reply_raw(action)
        case CallTools():
            return {"tool_calls": [_call_raw(call) for call in action.calls]}
        case RunCode():
            return {"code_interpreter": code_raw(action)}
        case SearchFiles():
            return {"file_search": search_raw(action)}
        case Fail():
            return {"fail": {"code": action.code, "message": action.message}}
        case Incomplete():
            return {"incomplete": action.reason}
        case Expire():
            return {"expire": True}
        case Stall():
            return {"stall": action.status}


def _call_raw(call: FunctionCall) -> dict[str, Any]:
    raw = {"function": call.name, "arguments": call.arguments}
    return raw if call.id is None else {**raw, "id": call.id}


_DOING: Mapping[str, Callable[[Wire, str], tuple[Action, ...]]] = {
    "reply": _reply,
    "tool_calls": _tool_calls,
    "code_interpreter": _code,
    "file_search": _search,
    "steps": _steps,
}
_ENDING: Mapping[str, Callable[[Any, str], Ending]] = {
    "fail": _fail,
    "incomplete": _incomplete,
    "expire": _expire,
    "stall": _stall,
}
