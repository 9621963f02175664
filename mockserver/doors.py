"""Which way a request comes in: the path behind the door, and the key it brings."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from functools import lru_cache


def enter(path: str, query: bytes) -> tuple[str, bool]:
    """The path behind the door, empty where there is none, and whether the door is Azure's.

    `/v1/…`, Azure's `/openai/…?api-version=…` and `/openai/v1/…`, or `/_mock/…`.
    """
    if path.startswith("/v1/"):
        return path[3:], False
    if path.startswith("/_mock/"):
        return path, False
    if path.startswith("/openai/v1/"):
        return path[10:], True
    if path.startswith("/openai/"):
        # Azure's classic surface answers its own 404 without an api-version.
        return (path[7:] if b"api-version=" in query else ""), True
    return "", False


def key_of(headers: Mapping[bytes, bytes]) -> str | None:
    """The API key of a request: Bearer, Azure's api-key, or the password of Basic auth; None without one."""
    azure = headers.get(b"api-key")
    if azure:
        return azure.decode("latin-1")
    return _key_in(headers.get(b"authorization", b""))


@lru_cache(maxsize=1024)
def _key_in(authorization: bytes) -> str | None:
    scheme, _, value = authorization.decode("latin-1").partition(" ")
    if scheme.lower() == "basic":
        try:
            value = base64.b64decode(value, validate=True).decode("latin-1").partition(":")[2]
        except binascii.Error:
            return None
    elif scheme.lower() != "bearer":
        return None
    return value.strip() or None
