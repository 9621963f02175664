"""One recorded call in the words of the scenario format: its operation, its arguments, what came of it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from harness.apioperations import OPERATIONS, ApiOperation
from harness.scenarios.attempts import broken_off
from harness.scenarios.knownids import KnownIds
from harness.scenarios.mistakes import MissingKeyError, check
from harness.scenarios.model import Node, Place
from harness.scenarios.shapes import Shape, resolved
from harness.steps.stream import STREAMED

if TYPE_CHECKING:
    from harness.handle.history import Exchange

_ROOTS = ("assistants", "threads", "files", "uploads", "vector_stores", "models")
_BETA = "assistants=v2"
_NEED_BETA = ("/v1/assistants", "/v1/threads")
_CONTENTS = "What files held was not recorded: other texts of the same length stand in their place."
_UNTOLD = "No call before has told of {}: it is written as it was."
_LONGEST_FILLING = 100_000


class Unsayable(Exception):  # noqa: N818 - it is no error of anybody
    """Why a call cannot be written as a step."""


@dataclass(frozen=True, slots=True)
class Saying:
    """A call in words. `named` is the operation its result is called after, `remarks` concern the file."""

    operation: str
    arguments: Any
    named: str
    said: Mapping[str, Any]
    remarks: tuple[str, ...] = ()


def saying_of(exchange: Exchange, ids: KnownIds, contents: Mapping[str, str]) -> Saying:
    """How to make this call in a scenario. Raises Unsayable."""
    known = OPERATIONS.get(exchange.operation)
    body = exchange.request if exchange.request is not None else {}
    if known is None or not isinstance(body, dict) or _beta(exchange):
        return _request(exchange, ids)
    path = _path(exchange, known)
    remarks = [_UNTOLD.format(id_) for id_ in path.values() if "_" in id_ and not ids.knows(id_)]
    given: dict[str, Any] = {**_query(exchange, known), **body}
    streams = given.pop("stream", None) is True
    ids.outputs(given.get("tool_outputs"))
    arguments: dict[str, Any] = {**ids.path(path), **ids.put_in(given)}
    remarks = [each for each in remarks if not any(ids.knows(id_) for id_ in path.values() if id_ in each)]
    for name in known.files:
        if isinstance(body.get(name), dict):
            arguments[name], recorded = _file(body[name], contents)
            remarks += [] if recorded else [_CONTENTS]
    if not exchange.succeeded or exchange.outcome != "done":
        remarks = [each for each in remarks if each == _CONTENTS]  # it may have been made up
    said = _outcome(exchange, streams)
    if not _fits(arguments, known.schema, lenient="expect_error" in said):
        if known.files:
            raise Unsayable("its form is not one that the format has words for")
        return _request(exchange, ids)
    if not streams:
        return Saying(exchange.operation, arguments, exchange.operation, said, tuple(remarks))
    if exchange.operation not in STREAMED:
        return _request(exchange, ids)
    wanted: dict[str, Any] = {exchange.operation: arguments}
    if exchange.outcome == "left":
        wanted["stop_after"] = len([name for name in exchange.events if name != "done"])
    return Saying("stream", wanted, "stream", said, tuple(remarks))


def _request(exchange: Exchange, ids: KnownIds) -> Saying:
    """It as plain HTTP, which can say everything but forms and streams that break."""
    known = OPERATIONS.get(exchange.operation)
    kind = exchange.headers.get("content-type", "")
    if (known is not None and known.files) or "multipart" in kind:
        raise Unsayable("a form with files cannot be sent as plain HTTP")
    if not exchange.path.startswith("/v1/"):
        raise Unsayable("it does not lie below the API's address")
    arguments: dict[str, Any] = {
        "method": exchange.method,
        "path": ids.put_in(unquote(exchange.path.removeprefix("/v1"))),
    }
    arguments |= _beta(exchange)
    if exchange.query:
        arguments["query"] = ids.put_in(dict(parse_qsl(exchange.query, keep_blank_values=True)))
    if exchange.request is not None:
        arguments["body"] = ids.put_in(exchange.request)
    if broken_off(exchange):
        return Saying("request", arguments, "request", {"expect_error": {"exception": "Exception"}})
    said = {} if exchange.succeeded else {"expect": {"status": exchange.status}}
    return Saying("request", arguments, "request", said)


def _beta(exchange: Exchange) -> dict[str, Any]:
    """The header that a call has to have, where the SDK would send another one than this client did."""
    sent = exchange.headers.get("openai-beta")
    if sent == _BETA or exchange.succeeded or not exchange.status or not exchange.path.startswith(_NEED_BETA):
        return {}
    return {"headers": {"OpenAI-Beta": sent}} if exchange.headers else {}


def _path(exchange: Exchange, known: ApiOperation) -> dict[str, str]:
    """The arguments that stand in the address: every second part of it, behind the first collection."""
    parts = exchange.path.split("/")
    start = next((index for index, part in enumerate(parts) if part in _ROOTS), len(parts))
    return dict(zip(known.path, map(unquote, parts[start + 1 :: 2]), strict=False))


def _query(exchange: Exchange, known: ApiOperation) -> dict[str, Any]:
    """The arguments that stand behind the question mark, each of its kind."""
    found: dict[str, Any] = {}
    for name, text in parse_qsl(exchange.query, keep_blank_values=True):
        key = name.removesuffix("[]")
        kinds = _kinds(known.arguments.get(key, {}))
        if "array" in kinds:
            found.setdefault(key, []).append(text)
        elif "integer" in kinds and text.removeprefix("-").isdigit():
            found[key] = int(text)
        else:
            found[key] = text
    return found


def _kinds(shape: Shape) -> set[str]:
    shape = resolved(shape)
    if "anyOf" in shape:
        return {kind for option in shape["anyOf"] for kind in _kinds(option)}
    return {str(shape.get("type", ""))}


def _file(sent: Mapping[str, Any], contents: Mapping[str, str]) -> tuple[dict[str, Any], bool]:
    """A file as a scenario has it, and whether it is what was really sent."""
    name = str(sent.get("filename") or "file")
    held = contents.get(str(sent.get("sha256")))
    if held is None:
        return {"name": name, "text": "x" * min(int(sent.get("bytes") or 0), _LONGEST_FILLING)}, False
    try:
        return {"name": name, "text": base64.b64decode(held).decode("utf-8")}, True
    except UnicodeDecodeError:
        return {"name": name, "base64": held}, True


def _outcome(exchange: Exchange, streams: bool) -> dict[str, Any]:
    """What the step is to expect: nothing where all went well."""
    if exchange.status and not exchange.succeeded:
        error = exchange.response.get("error") if isinstance(exchange.response, dict) else None
        code = error.get("code") if isinstance(error, dict) else None
        return {
            "expect_error": {"status": exchange.status} | ({"code": code} if isinstance(code, str) else {})
        }
    if streams:
        if "error" in exchange.events:
            return {"expect_error": {"exception": "APIError"}}
        left = exchange.outcome == "left" and exchange.events
        return {} if exchange.outcome == "done" or left else {"expect_error": {"exception": "Exception"}}
    if broken_off(exchange):
        return {"expect_error": {"exception": "APIConnectionError"}}
    unread = not isinstance(exchange.response, dict | list) and not exchange.operation.endswith(".content")
    page = isinstance(exchange.response, str) and exchange.response.lstrip().startswith("<")
    if unread and (not page or exchange.operation.endswith((".list", ".files", ".search"))):
        return {
            "expect_error": {"exception": "Exception"}
        }  # no JSON: the SDK fails on it in one way or another
    return {}


def _fits(arguments: Any, shape: Shape, *, lenient: bool) -> bool:
    """Whether a step may have these arguments; where an error is expected, those needed are enough."""
    nowhere = Place(Path(), 1, 1)
    mistakes = list(check(Node(arguments, {(): nowhere}), shape, "a step"))
    return not [each for each in mistakes if not lenient or isinstance(each, MissingKeyError)]
