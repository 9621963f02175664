"""A router of respx that brings requests to a server, and leaves to other routers what is theirs.

Needs respx, and is imported only when requests are intercepted.
"""

from __future__ import annotations

from typing import Any

import httpcore
import httpx
import respx
from respx.models import AllMockedAssertionError, PassThrough

from harness.network.forwarding import Detour, forward, forward_async


class DetourRouter(respx.MockRouter):
    """Stands before all other routers while it is started.

    Requests of its hosts are offered to the others first, and otherwise take the detour. What goes to the
    server at its end is let through, everything else is left to the others, and let through if there are
    none.
    """

    def __init__(self, detour: Detour) -> None:
        """Lead requests on this way."""
        super().__init__(assert_all_called=False, using="httpcore")
        self._detour = detour

    def start(self) -> None:
        """Begin to lead."""
        super().start()
        if self.Mocker is not None:
            self.Mocker.routers.remove(self)
            self.Mocker.routers.insert(0, self)

    def handler(self, request: httpx.Request) -> httpx.Response:
        """The answer to a request. Raises PassThrough and AllMockedAssertionError as respx means them."""
        for router in self._asked_first(request):
            try:
                return router.handler(request)
            except (AllMockedAssertionError, PassThrough):
                continue
        sent = self._detour.request(httpcore, request, request.url.raw_path)
        return _answer(forward(httpcore, sent, lambda pool, request: pool.handle_request(request)))

    async def async_handler(self, request: httpx.Request) -> httpx.Response:
        """The same in an event loop."""
        for router in self._asked_first(request):
            try:
                return await router.async_handler(request)
            except (AllMockedAssertionError, PassThrough):
                continue
        sent = self._detour.request(httpcore, request, request.url.raw_path)
        return _answer(
            await forward_async(httpcore, sent, lambda pool, request: pool.handle_async_request(request))
        )

    def _asked_first(self, request: httpx.Request) -> list[respx.MockRouter]:
        """The routers that are offered a request of these hosts before it takes the detour."""
        others: list[Any] = self.Mocker.routers if self.Mocker is not None else []
        others = [router for router in others if not isinstance(router, DetourRouter)]
        if self._detour.leads_to(request.url.host, request.url.port):
            raise PassThrough("on its way to the mock", request=request, origin=respx.Route())
        if not self._detour.leads_from(request.url.host):
            if others or self._is_followed():
                raise AllMockedAssertionError(f"RESPX: {request!r} not mocked!")
            raise PassThrough("none of the mock's", request=request, origin=respx.Route())
        return others

    def _is_followed(self) -> bool:
        """Whether another detour comes after this one."""
        return self.Mocker is not None and self.Mocker.routers[-1] is not self


def _answer(response: Any) -> httpx.Response:
    return httpx.Response(
        response.status, headers=response.headers, stream=response.stream, extensions=response.extensions
    )
