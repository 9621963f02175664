"""A request that meets faults: those armed in its world, and those it asks for in a header of its own.

    X-Mock-Fault: lost_ack
    X-Mock-Fault: slow(delay=5s); 429(retry_after=20s, times=2)

A header belongs to one call. The attempts that an SDK makes by itself count their number in a header, and the
fault acts on the first of them, or on as many as `times` says. What a poll helper asks again and again
carries the header of the call it began with; there it is not meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from urllib.parse import parse_qsl

from mockserver import errors
from mockserver.answering import Request, answer
from mockserver.faults.acting import Acting, Part
from mockserver.faults.arming import Armed
from mockserver.faults.contract import Occasion
from mockserver.faults.orders import Operations, read_header
from mockserver.faults.parameters import FaultError
from mockserver.faults.scouting import Scouting
from mockserver.fileerrors import on_azure
from mockserver.frames import JSON_TYPE, Body, Frames, Head
from mockserver.journal import Exchange
from mockserver.operations import discover
from mockserver.refusing import refusal

HEADER = b"x-mock-fault"

_ATTEMPT = re.compile(r"[0-9]{1,9}")


def acted_on(request: Request, exchange: Exchange, headers: Iterable[tuple[bytes, bytes]]) -> Acting | None:
    """The faults that act on a request, None if there are none. Raises ApiError for a wrong header.

    In a world that is scouted, a call on which none acts is looked at for those that could.
    """
    world, operation = request.world, request.operation
    if operation.name not in operations():
        return None
    operate = lambda ready: _performed(request, exchange, ready)  # noqa: E731
    acting = Acting(world, exchange, operate)
    pairs = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers]
    occasion = Occasion(
        world=world,
        operation=operation.name,
        mutates=operation.mutates,
        ids=request.ids,
        body=request.body,
        headers=dict(pairs),
        request_id=exchange.request_id,
        dice=world.chance.dice(f"fault/{exchange.call}"),
        perform=acting.perform,
        query=dict(parse_qsl(request.query.decode("latin-1"), keep_blank_values=True)),
        method=exchange.method,
        path=request.address,
        detailed=operation.detailed,
        azure=request.azure,
    )
    asked = [_text(value) for name, value in pairs if name == HEADER.decode()]
    header = _asked_for("; ".join(asked), occasion) if asked else []  # first: it may be refused
    chosen = [*world.faults.choose(occasion, exchange.ordinal, world.chance.dice), *header]
    for armed in chosen:
        # Not the dice that chose the call: their throw is known to have been a low one.
        dice = world.chance.dice(f"fault/{armed.id}/{exchange.call}")
        acting.parts.append(Part(armed, replace(occasion, dice=dice)))
    if not chosen and world.settings.scout:
        scouting = Scouting(world, exchange, operate)
        scouting.occasion = replace(occasion, perform=scouting.perform)
        return scouting
    return acting if chosen else None


@cache
def operations() -> Operations:
    """The operations on which faults can act; what v1 alone had is refused anyway."""
    return {
        known.name: known.mutates
        for known in discover()
        if not known.control and not known.name.startswith("v1.")
    }


def _asked_for(text: str, occasion: Occasion) -> list[Armed]:
    """What the header asks for on this attempt."""
    if "x-stainless-poll-helper" in occasion.headers:
        return []
    try:
        asked = read_header(text, occasion.operation, operations())
    except FaultError as error:
        raise errors.CONTROL_INVALID(message=f"X-Mock-Fault: {error}", param=HEADER.decode()) from error
    retried = occasion.headers.get("x-stainless-retry-count", "0")
    attempt = int(retried) if _ATTEMPT.fullmatch(retried) else 0
    return [
        Armed(f"header/{index}", fault, times=None, reserved=1)
        for index, (fault, times) in enumerate(asked)
        if attempt < times and fault.fits(occasion)
    ]


def _text(value: str) -> str:
    """What the header says. Most clients write it in latin-1 or in nothing but ASCII, some in UTF-8."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeDecodeError:
        return value


def _performed(request: Request, exchange: Exchange, ready: Callable[[], None]) -> Frames:
    """The answer of the operation as frames, refusals too; it is performed when this is called."""
    try:
        result, more = answer(request, ready)
    except errors.ApiError as error:
        shown = on_azure(error) if request.azure else error
        head, content = refusal(shown, detailed=request.operation.detailed)
        return iter((head, Body(content)))
    exchange.performed = True
    if isinstance(result, bytes):
        return iter((Head(200, more, JSON_TYPE, len(result)), Body(result)))
    return _with_headers(result, dict(more))


def _with_headers(frames: Frames, more: dict[str, str]) -> Frames:
    for frame in frames:
        yield replace(frame, headers={**frame.headers, **more}) if isinstance(frame, Head) else frame
