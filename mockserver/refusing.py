"""How an error is written: the bytes of an `ApiError`, as the API's own layers write them."""

from __future__ import annotations

import msgspec

from mockserver import objects
from mockserver.apierror import ApiError
from mockserver.frames import JSON_TYPE, Head

EDGE_TYPE = f"{JSON_TYPE}; charset=utf-8"


def refusal(error: ApiError, *, detailed: bool) -> tuple[Head, bytes]:
    """Head and body of an error; `detailed` gives it the second face it has on file routes.

    The layer before the API writes JSON in its own way (both by byte counts of recorded bodies).
    """
    if error.edge:
        content = msgspec.json.format(objects.compact(error.body()), indent=4) + b"\n"
        return Head(error.status, error.headers, EDGE_TYPE, len(content)), content
    body = error.body()
    if detailed:
        body |= {"detail": {"message": error.message, "code": error.code}}
    content = msgspec.json.format(objects.compact(body), indent=2) + (b"\n" if detailed else b"")
    return Head(error.status, error.headers, JSON_TYPE, len(content)), content
