"""Brings a request that was made to one server to another, for httpcore and httpcore2 alike."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterator
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit


class Detour:
    """The way of requests made to some hosts, to a server elsewhere. Their path stays what it is."""

    def __init__(self, base_url: str, hosts: Collection[str]) -> None:
        """Lead to the server at `base_url`, with or without `/v1`, from `hosts`: names, or globs of such.

        Raises ValueError for what is no address of a server.
        """
        url = urlsplit(base_url)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError(f"{base_url!r} is not the address of a server, e.g. http://127.0.0.1:8000/v1")
        self.scheme = url.scheme
        self.host = url.hostname
        self.port = url.port or (443 if url.scheme == "https" else 80)
        self._authority = url.netloc.rpartition("@")[2].encode()
        self._root = url.path.rstrip("/").removesuffix("/v1").encode()
        self._hosts = [host.rstrip(".").lower() for host in hosts]

    def leads_from(self, host: str | bytes) -> bool:
        """Whether requests to this host take it."""
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        name = name.rstrip(".").lower()
        return any(fnmatchcase(name, known) for known in self._hosts)

    def leads_to(self, host: str, port: int | None) -> bool:
        """Whether a request goes to the server at its end."""
        return host == self.host and (port or (443 if self.scheme == "https" else 80)) == self.port

    def request(self, core: Any, request: Any, target: bytes) -> Any:
        """The same request to the other server, as httpcore takes it. Of its headers only Host is another."""
        headers = [
            (name, self._authority if name.lower() == b"host" else value)
            for name, value in getattr(request.headers, "raw", request.headers)
        ]
        url = core.URL(
            scheme=self.scheme.encode(), host=self.host.encode(), port=self.port, target=self._root + target
        )
        # A target in the extensions would stand in the place of the URL's.
        extensions = {name: value for name, value in request.extensions.items() if name != "target"}
        return core.Request(
            request.method, url, headers=headers, content=request.stream, extensions=extensions
        )


def forward(core: Any, request: Any, handle: Callable[[Any, Any], Any]) -> Any:
    """Send a request of httpcore on a connection of its own; the body of the answer is read when wanted.

    `handle` sends it through a pool. Raises what that raises.
    """
    pool = core.ConnectionPool()
    try:
        response = handle(pool, request)
    except BaseException:
        pool.close()
        raise
    return _answer(core, response, _Body(response.stream, pool))


async def forward_async(core: Any, request: Any, handle: Callable[[Any, Any], Any]) -> Any:
    """The same in an event loop."""
    pool = core.AsyncConnectionPool()
    try:
        response = await handle(pool, request)
    except BaseException:
        await pool.aclose()
        raise
    return _answer(core, response, _AsyncBody(response.stream, pool))


def _answer(core: Any, response: Any, body: Any) -> Any:
    return core.Response(
        response.status, headers=response.headers, content=body, extensions=response.extensions
    )


class _Body:
    """The body of an answer, with which its connection ends."""

    def __init__(self, stream: Any, pool: Any) -> None:
        self._stream = stream
        self._pool = pool

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)

    def close(self) -> None:
        """Close the connection."""
        try:
            self._stream.close()
        finally:
            self._pool.close()


class _AsyncBody:
    """The same in an event loop."""

    def __init__(self, stream: Any, pool: Any) -> None:
        self._stream = stream
        self._pool = pool

    def __aiter__(self) -> AsyncIterator[bytes]:
        body: AsyncIterator[bytes] = aiter(self._stream)
        return body

    async def aclose(self) -> None:
        """Close the connection."""
        try:
            await self._stream.aclose()
        finally:
            await self._pool.aclose()
