"""Reaching a target: its server started where it has none, its door tried, its capabilities found out."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

from harness.capabilities import CONTROLLED
from harness.control import ControlError
from harness.serving import ServerError, ServerProcess
from harness.targets.connection import Connection, known_capabilities
from harness.targets.kinds import KINDS
from harness.targets.probing import probe
from harness.targets.target import Target, TargetError, UnreachableError, clock_of

_NEWER = {"uploads": "uploads.create", "vector_stores.search": "vector_stores.search"}
"""What came after openai 1.30, and the SDK's method for it."""

_FIRST_CALLS = {
    "assistants": "/assistants?limit=1",
    "files": "/files",
    "vector_stores": "/vector_stores?limit=1",
    "models": "/models",
}


def open_target(
    target: Target,
    *,
    server: str | None = None,
    seed: int | str | None = None,
    time: str | None = None,
    max_calls: int | None = None,
) -> Connection:
    """Reach a target, and find out what it can do where that is not known. Close what comes back.

    A mock without an address is the running `server` (its base URL), or a process started for it. `seed`
    goes before that of every scenario; `time` (`virtual`, `real`, `scaled:100`) and `max_calls` go before
    what the target says. Raises UnreachableError, and TargetError when a `time` is asked for that it
    cannot have.
    """
    if time is not None:
        target = _in_time(target, time, running=server is not None)
    if target.has_control and target.base_url and target.key == KINDS["mock"].default_key:
        # Somebody else may be using that server: worlds of one's own.
        target = replace(target, key=f"{target.key}-{os.getpid()}")
    known = known_capabilities(target)
    if find_spec("openai") is None:
        raise TargetError("scenarios need the OpenAI SDK: pip install 'assistants-mock[pytest]'")
    process = _process(target, seed) if target.base_url is None and server is None else None
    with ExitStack() as undo:
        if process:
            undo.callback(process.stop)
            _tried(process.start)
        connection = Connection(
            target,
            process.base_url if process else str(target.base_url or server),
            known or frozenset(),
            seed=seed,
            max_calls=target.max_calls if max_calls is None else max_calls,
            at_close=process.stop if process else None,
        )
        undo.pop_all()
        undo.callback(connection.close)
        if process:
            _tried(process.ready)  # it got ready while the SDK was imported
        if connection.control is not None:
            _try_door(connection)
        else:
            with connection.free():
                _greet(connection, known)
                if known is None:
                    found = probe(_request(connection)) - CONTROLLED
                    if found <= {"raw"}:
                        raise UnreachableError(
                            f"{_where(connection)} has nothing of the API; an address usually ends in /v1"
                        )
                    connection.capabilities = found - target.lacks
                connection.clean_up()  # a careless server may have made something of a probe
        connection.unsaid = _unsaid(connection) & connection.capabilities
        connection.capabilities -= connection.unsaid
        undo.pop_all()
    return connection


def _in_time(target: Target, time: str, *, running: bool) -> Target:
    try:
        clock = clock_of(time)
    except ValueError as error:
        raise TargetError(str(error)) from error
    if clock != "real" and target.kind != "mock":
        raise TargetError(f"{target.name} has real time only; {time} time needs a mock")
    if clock != target.clock and not target.control and (running or target.base_url):
        raise TargetError(f"{target.name}: the clock of a running server is set through its control door")
    return replace(target, clock=clock)


def _process(target: Target, seed: int | str | None) -> ServerProcess:
    """A server of its own."""
    return ServerProcess(
        clock=target.clock,
        latency=target.latency,
        seed=seed or 0,
        options=() if target.control else ("--no-control",),
    )


def _tried(do: Callable[[], None]) -> None:
    """Start a server, or wait for it. Raises UnreachableError when it does not."""
    try:
        do()
    except ServerError as error:
        raise UnreachableError(str(error)) from error


def _try_door(connection: Connection) -> None:
    """Raises UnreachableError when there is no open control door."""
    assert connection.control is not None
    try:
        connection.control.clock()
    except OSError as error:
        raise _unreachable(connection, error) from error
    except ControlError as error:
        hint = "is its control door closed? then say `control = false`" if error.status == 404 else ""
        raise UnreachableError(
            connection.target.masked(
                f"{_where(connection)} is no mock that lets us in: {error}; {hint}".rstrip("; ")
            )
        ) from error


def _greet(connection: Connection, known: frozenset[str] | None) -> None:
    """Make one call that changes nothing. Raises UnreachableError."""
    path = next((path for name, path in _FIRST_CALLS.items() if known and name in known), "/models")
    try:
        answer = connection.request("GET", path)
    except Exception as error:  # httpx's or httpx2's: nothing answered
        raise _unreachable(connection, error) from error
    if answer["status"] in (401, 403):
        said = answer["body"]
        for key in ("error", "message"):
            said = said.get(key, said) if isinstance(said, dict) else said
        raise UnreachableError(
            connection.target.masked(f"{_where(connection)} refuses the key: {answer['status']} {said}")
        )


def _unsaid(connection: Connection) -> frozenset[str]:
    """What the installed SDK has no words for, being older than that part of the API."""
    client = connection.client()
    return frozenset(capability for capability, way in _NEWER.items() if not hasattr(*_followed(client, way)))


def _followed(client: Any, way: str) -> tuple[Any, str]:
    *resources, name = way.split(".")
    for resource in resources:
        client = getattr(client, resource, None)
    return client, name


def _request(connection: Connection) -> Callable[[str, str, Any], dict[str, Any]]:
    return lambda method, path, body: connection.request(method, path, body=body)


def _where(connection: Connection) -> str:
    return f"{connection.target.name} ({connection.base_url})"


def _unreachable(connection: Connection, error: BaseException) -> UnreachableError:
    return UnreachableError(f"{_where(connection)} cannot be reached: {str(error) or type(error).__name__}")
