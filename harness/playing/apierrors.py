"""What a client of the API saw when a call failed, as plain data."""

from __future__ import annotations

from typing import Any

FIELDS = ("status", "type", "code", "param", "message", "exception")
"""What `expect_error` may name: the error object's own fields, the HTTP status, and the SDK's exception."""

_CLIENTS = frozenset({"openai", "httpx", "httpx2", "httpcore", "httpcore2"})


def described(error: BaseException) -> dict[str, Any]:
    """An exception of the SDK with the fields of the API's error; those it has not are None.

    `message` is the API's own text, without what the SDK puts around it.
    """
    body = getattr(error, "body", None)
    body = body.get("error", body) if isinstance(body, dict) else body
    message = body.get("message") if isinstance(body, dict) else None
    return {
        "exception": type(error).__name__,
        "status": getattr(error, "status_code", None),
        "type": getattr(error, "type", None),
        "code": getattr(error, "code", None),
        "param": getattr(error, "param", None),
        "message": message if isinstance(message, str) else _text(error),
    }


def kinds(error: BaseException) -> tuple[str, ...]:
    """The names of the exception's class and its bases, nearest first."""
    return tuple(kind.__name__ for kind in type(error).__mro__ if kind not in (object, BaseException))


def is_of_a_client(error: BaseException) -> bool:
    """Whether the SDK or its HTTP library raised it, rather than a slip in the program that used them."""
    return any(kind.__module__.partition(".")[0] in _CLIENTS for kind in type(error).__mro__)


def in_a_line(seen: dict[str, Any]) -> str:
    """A described error for people: `400 invalid_request_error: Can't add messages …`."""
    parts = [seen["status"] or seen["exception"], seen["type"]]
    parts += [f"{name}={seen[name]}" for name in ("code", "param") if seen[name] not in (None, "")]
    head = " ".join(str(part) for part in parts if part)
    return f"{head}: {seen['message']}" if seen["message"] else head


def _text(error: BaseException) -> str:
    told = getattr(error, "message", None)
    return told if isinstance(told, str) and told else str(error)
