"""Connections that end with each answer, for asyncio clients.

A client that is made at import time outlives the event loops of a test suite, and a connection that was kept
open in one loop is of no use in the next: the client fails with "Event loop is closed".
"""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_KIND = b"x-stainless-async"
"""The header in which SDKs say what they run in: `false`, or `async:asyncio`."""
_CLOSE = (b"connection", b"close")


class Parting:
    """An application that tells asyncio clients of the SDKs to close their connection after each answer."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does."""
        if scope["type"] != "http" or not _runs_in_a_loop(scope):
            await self._application(scope, receive, send)
            return

        async def parting(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append(_CLOSE)
            await send(message)

        await self._application(scope, receive, parting)


def _runs_in_a_loop(scope: Scope) -> bool:
    return any(name == _KIND and value.startswith(b"async") for name, value in scope["headers"])
