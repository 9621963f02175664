"""A guard against calls that would leave for the real API while a test runs on the mock.

    with refusing_to_leave(base_url="http://127.0.0.1:8000/v1"):
        openai.OpenAI(base_url="https://api.openai.com/v1").models.list()  # LeavingError

It stands where names become addresses, so it holds for whatever asks the standard library for them: httpx and
httpx2, sync and async, requests, urllib. Proxies are told to keep off these hosts, because behind one nobody
here would ask for their address; clients made earlier have read the environment already. uvloop and pycares
ask for addresses themselves, and are not seen.
"""

from __future__ import annotations

import functools
import os
import socket
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any

__tracebackhide__ = True  # what fails here is told at the line of the test

HOSTS = (
    "api.openai.com",
    "*.openai.azure.com",
    "*.services.ai.azure.com",
    "*.cognitiveservices.azure.com",
)
"""The hosts of the real API, as globs."""


class LeavingError(BaseException):
    """A call was about to leave for the real API.

    No Exception, so that no `except Exception` takes it for a broken connection and tries again.
    """

    __module__ = "harness"  # where it is public, and so its name in tracebacks

    def __init__(self, host: str, base_url: str, intercepted: Collection[str] | None = None) -> None:
        """Refuse the way to `host` while the mock is at `base_url`; calls to some may be intercepted."""
        read = "OPENAI_BASE_URL (or AZURE_OPENAI_ENDPOINT), after that was set;"
        ways = [
            f"let the program use the mock: make its client without a base_url, so that it reads\n  {read}"
        ]
        if intercepted is None and host == HOSTS[0]:
            ways.append("or have its calls brought to the mock in process: --assistants-intercept;")
        elif intercepted is not None and host in intercepted:
            ways.append("or have it call with httpx: --assistants-intercept sees no other calls;")
        ways.append(f"or let them through to the real API: assistants_allow_hosts = {host}")
        super().__init__(
            f"a call was about to leave for {host}, while this test runs on the mock at {base_url}. Either\n"
            + "\n".join(f"- {way}" for way in ways)
        )
        self.host = host
        self.base_url = base_url


class _Guard:
    """One place that refuses; of several the newest counts."""

    def __init__(
        self, base_url: str, allow: Collection[str], intercepted: Collection[str] | None = None
    ) -> None:
        self.base_url = base_url
        self.intercepted = intercepted
        self.allow = [glob.rstrip(".").lower() for glob in allow]

    def judge(self, host: str) -> None:
        """Raise LeavingError if this is a host of the real API, and not allowed."""
        if any(fnmatchcase(host, glob) for glob in HOSTS) and not self.allows(host):
            raise LeavingError(host, self.base_url, self.intercepted)

    def allows(self, host: str) -> bool:
        """Whether calls to this host may leave."""
        return any(fnmatchcase(host, glob) for glob in self.allow)

    def allows_some(self, hosts: str) -> bool:
        """Whether calls to some host of a glob may leave."""
        return self.allows(hosts) or any(fnmatchcase(glob, hosts) for glob in self.allow)


def bypassing(allow: Collection[str] = ()) -> list[str]:
    """The hosts of the real API as NO_PROXY names them, without those that may be called."""
    guard = _Guard("", allow)
    return [glob.removeprefix("*") for glob in HOSTS if not guard.allows_some(glob)]


def exempting(no_proxy: str | None, hosts: Collection[str]) -> str:
    """A value of NO_PROXY with these hosts, too, each once."""
    before = [host for host in (no_proxy or "").split(",") if host.strip()]
    known = {host.strip() for host in before}
    return ",".join([*before, *(host for host in hosts if host not in known)])


@contextmanager
def refusing_to_leave(
    base_url: str, allow: Collection[str] = (), intercepted: Collection[str] | None = None
) -> Iterator[None]:
    """Inside, whoever asks for the address of the real API gets LeavingError, in any thread.

    `base_url` is where the mock is; `allow` are hosts, or globs of such, that may be called all the same.
    `intercepted` are those whose calls by httpx are brought to the mock; None: nothing is intercepted.
    Guards may stand in each other; the newest counts.
    """
    guard = _Guard(base_url, allow, intercepted)
    with _TURN:
        if not _GUARDS:
            _PATCH.put(guard)
        _GUARDS.append(guard)
    try:
        yield
    finally:
        with _TURN:
            _GUARDS.remove(guard)
            if not _GUARDS:
                _PATCH.take_back()


class _Patch:
    """What is changed while any guard stands."""

    def __init__(self) -> None:
        self._plain = socket.getaddrinfo
        self._guarded: Callable[..., Any] = socket.getaddrinfo
        self._environment: dict[str, tuple[str | None, str]] = {}

    def put(self, guard: _Guard) -> None:
        """Guard the door, and lead around proxies to it, but for what this guard allows."""
        plain = self._plain = socket.getaddrinfo

        @functools.wraps(plain)
        def guarded(host: Any, *args: Any, **options: Any) -> Any:
            for newest in _GUARDS[-1:]:
                newest.judge(_normal(host))
            return plain(host, *args, **options)

        socket.getaddrinfo = self._guarded = guarded
        hosts = bypassing(guard.allow)
        for name in ("NO_PROXY", "no_proxy"):
            before = os.environ.get(name)
            now = exempting(before, hosts)
            self._environment[name] = before, now
            os.environ[name] = now

    def take_back(self) -> None:
        """Make everything as it was, but for what somebody else has changed since."""
        if socket.getaddrinfo is self._guarded:
            socket.getaddrinfo = self._plain
        for name, (before, now) in self._environment.items():
            if os.environ.get(name) == now:
                if before is None:
                    del os.environ[name]
                else:
                    os.environ[name] = before


_TURN = threading.Lock()
_GUARDS: list[_Guard] = []
_PATCH = _Patch()


def _normal(host: Any) -> str:
    """A host as it is compared; nothing for what is no name."""
    text = host.decode("ascii", "replace") if isinstance(host, bytes | bytearray) else host
    return text.rstrip(".").lower() if isinstance(text, str) else ""
