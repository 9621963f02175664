"""One request that has arrived and found its operation: checked, performed, answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from mockserver import errors
from mockserver.frames import JSON_TYPE, Frames
from mockserver.limiting import take_from_limits
from mockserver.multipart import Arrived
from mockserver.operations import Call, Operation
from mockserver.projects import Projects
from mockserver.requests.invented import any_ids
from mockserver.requests.shapes import path_id
from mockserver.world import World

V2 = b"assistants=v2"
PREFIXED_IDS = (("thread_id", "thread"), ("assistant_id", "asst"), ("vector_store_id", "vs"))
"""Path ids that the real API checks by their letters (2025-2026); a wrong id of another kind is not found."""

DEPTH_MAX = 200
"""Bodies that nest deeper are not parsed; nobody was seen to send one, and nothing here recurses further."""


@dataclass(slots=True)  # not frozen: making a frozen one takes a microsecond more, for every request
class Request:
    """A request as it arrived. `arrived` is its form, if it is one; then `body` is what the journal keeps
    of it.

    `path` is the one behind the door, `address` as the client wrote it. `headers` are those that are
    read, their names in lower case.
    """

    projects: Projects
    world: World
    operation: Operation
    ids: Mapping[str, str]
    path: str
    address: str
    azure: bool
    query: bytes
    headers: Mapping[bytes, bytes]
    body: bytes
    arrived: Arrived | None


Ready = Callable[[], None]
"""What is called when a request was found to be in order and is about to be performed."""


def _go_on() -> None:
    pass


def answer(request: Request, ready: Ready = _go_on) -> tuple[bytes | Frames, Mapping[str, str]]:
    """Check the request and perform its operation: the answer, and headers that go with it.

    `ready` is called in between, when the request was found to be in order. Raises ApiError for one that is
    refused.
    """
    if request.world.settings.rate_limits is None or request.operation.control:
        return _answer(request, ready)
    told = take_from_limits(request.world, request.operation.name, request.ids, request.body, request.address)
    try:
        result, more = _answer(request, ready)
    except errors.ApiError as error:
        error.headers = {**error.headers, **told}
        raise
    return result, {**more, **told}


def _answer(request: Request, ready: Ready) -> tuple[bytes | Frames, Mapping[str, str]]:
    """The same, when its limits allow it; who makes calls that are refused over and over is counted."""
    try:
        return _checked(request, ready)
    except errors.ApiError:
        if not request.operation.control:
            name = f"{request.operation.method} {request.address}"
            request.world.readers.refused(f"{name} {hash((request.query, request.body))}", name)
        raise


def _checked(request: Request, ready: Ready) -> tuple[bytes | Frames, Mapping[str, str]]:
    operation, world, headers = request.operation, request.world, request.headers
    if operation.beta and not request.azure:
        _check_beta(headers.get(b"openai-beta"))
    if request.ids and not world.settings.auto_create:
        for name, prefix in PREFIXED_IDS:
            if name in request.ids:
                path_id(name, request.ids[name], prefix)
    asked = operation.query.read(request.query) if operation.query else None
    checked: Any = None
    if operation.form is not None and request.arrived is not None:
        checked = operation.form.check(request.arrived)
    elif operation.mutates:
        checked = _decode(request.body, headers.get(b"content-type"), operation, world.settings.auto_create)
    call = Call(request.projects, world, request.ids, asked, checked, request.path, request.azure)
    ready()
    return _perform(operation, call, request.query), call.headers


def _perform(operation: Operation, call: Call, query: bytes) -> bytes | Frames:
    if operation.control:
        return operation.perform(call)  # may replace the very world it was called in
    if operation.mutates:
        call.world.readers.interrupt()
        with call.world.change():
            result = operation.perform(call)
        call.world.readers.acted()
        return result
    result = operation.perform(call)  # first, because a read that is refused takes no time
    # The next page of a list is another read than the page before, although its path is the same.
    key = f"{call.path}?{query.decode('latin-1')}" if query else call.path
    if call.world.readers.wait(key, operation.polls(call) if operation.polls else ()):
        call.headers.clear()
        result = operation.perform(call)
    if operation.polls:
        call.hint(operation.polls(call))
    return result


def _check_beta(value: bytes | None) -> None:
    if value == V2:
        return
    betas = {beta.strip() for beta in (value or b"").split(b",")}
    if V2 not in betas:
        raise errors.V1_RETIRED() if b"assistants=v1" in betas else errors.NO_BETA_HEADER()


def _decode(body: bytes, content_type: bytes | None, operation: Operation, auto_create: bool) -> Any:
    """The checked body. An empty one counts as an empty object: SDKs send POSTs without a body."""
    if operation.body is None and not operation.control:
        return None
    raw: Any = {}
    if body.strip():
        media = (content_type or b"").decode("latin-1")
        # The control door takes what `curl -d` sends without further ado.
        if media and not operation.control and media.partition(";")[0].strip().lower() != JSON_TYPE:
            raise errors.CONTENT_TYPE(content_type=media, accepted=JSON_TYPE)
        try:
            raw = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            if operation.control:
                raise errors.CONTROL_INVALID(message=f"the body is not JSON: {error}", param=None) from error
            raise errors.BODY_NOT_JSON() from error
        if body.count(b"{") + body.count(b"[") > DEPTH_MAX and _depth(raw) > DEPTH_MAX:
            raise errors.BODY_NOT_JSON()
    if operation.body is None:
        return raw
    return (any_ids(operation.body) if auto_create else operation.body).check(raw, "")


def _depth(value: Any) -> int:
    """How deep a JSON value nests, found without recursion."""
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return depth
