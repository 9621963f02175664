"""Who is let in: known host names, no pages of other sites, and at the control door who knows its token.

Problem: a server on loopback is within reach of every web page that is open on the same machine. A page may
send requests to other sites, and one whose own name is made to lead to 127.0.0.1 (DNS rebinding) may read the
answers, too, for to the browser they come from its own site.

Solution: the name of such a page is one that somebody could register. So a request counts when its `Host` is
an address, a name that nobody can register (without a dot, as containers have, or reserved, RFC 6761 and
6762), one under which the real API is known, or one that was allowed by the command line. The control door
takes no request of another site's page either, which a browser tells by `Origin` and `Sec-Fetch-Site`.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from ipaddress import ip_address

from mockserver import gateerrors

HEAD_MAX = 65_536
"""A request line with its headers has at most so many bytes; common servers take 8 to 64 KB."""

TOO_LARGE = "head_too_large"
"""The mark in a request's `state` for a head of more bytes, of which the rest was not kept."""

TOKEN_HEADER = b"x-mock-token"
TOKEN_VARIABLE = "ASSISTANTS_MOCK_TOKEN"
"""Where the command line finds the token, so that no list of processes shows it; so does the harness."""

READ = frozenset({b"host", b"origin", b"sec-fetch-site", TOKEN_HEADER})
"""The headers that are looked at here."""

_NEAR_ENDINGS = (
    *(".localhost", ".local", ".internal", ".test", ".home.arpa"),  # reserved
    *(".api.openai.com", ".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com"),
)
_REAL_NAME = "api.openai.com"
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]*)(?::[0-9]*)?")


class Gate:
    """What a server asks of every request before anything else.

    `hosts` are further names it answers to: `mock.example.com`, `.example.com` for all below it, `*` for any.
    With a `token`, the control door and faults by header are for those who bring it.
    """

    def __init__(self, hosts: Collection[str] = (), token: str | None = None) -> None:
        self._any = "*" in hosts
        self._hosts = frozenset(host.lower() for host in hosts if not host.startswith("."))
        self._endings = tuple(host.lower() for host in hosts if host.startswith("."))
        self._token = token.encode() if token else None

    def check_host(self, headers: Mapping[bytes, bytes]) -> None:
        """Raises ApiError (403) for a name that a web page could have brought here."""
        host = headers.get(b"host")
        if host is None or self._any or _near(host):
            return
        name = host_name(host)
        if name not in self._hosts and not name.endswith(self._endings or ("/",)):
            raise gateerrors.UNKNOWN_HOST(host=name)

    def check_control(self, headers: Mapping[bytes, bytes]) -> None:
        """Raises ApiError for a page of another site (403), or without the token that is asked for (401)."""
        origin = headers.get(b"origin")
        if origin is not None and origin.partition(b"://")[2] != headers.get(b"host"):
            raise gateerrors.CROSS_SITE(origin=origin.decode("latin-1"))
        site = headers.get(b"sec-fetch-site", b"none")
        if site not in (b"none", b"same-origin"):
            raise gateerrors.CROSS_SITE(origin=site.decode("latin-1"))
        self.check_token(headers)

    def check_token(self, headers: Mapping[bytes, bytes]) -> None:
        """Raises ApiError (401) without the token where one is asked for."""
        if self._token is not None and not hmac.compare_digest(headers.get(TOKEN_HEADER, b""), self._token):
            raise gateerrors.NO_TOKEN()


def host_name(host: bytes) -> str:
    """The name in a `Host` header, without its port, in lower case; what is no host is given back whole."""
    text = host.decode("latin-1").lower()
    found = _HOST.fullmatch(text)
    return found[1].removesuffix(".") if found else text


@lru_cache(maxsize=1024)
def _near(host: bytes) -> bool:
    """Whether no web page can come under this name: nobody can register it, or its owner is known."""
    name = host_name(host)
    if not _HOST.fullmatch(name):
        return False
    if "." not in name or name.endswith(_NEAR_ENDINGS) or name == _REAL_NAME:
        return True
    try:
        return bool(ip_address(name.strip("[]")))
    except ValueError:
        return False
