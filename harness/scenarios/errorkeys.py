"""What `expect_error` can say about an error, and the exceptions a client may see."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from difflib import get_close_matches

from harness.scenarios.matchers import EXPECTED
from harness.scenarios.mistakes import ValueMistakeError
from harness.scenarios.model import Node, ScenarioError
from harness.scenarios.references import has_reference
from harness.scenarios.shapes import Shape, mapping

_OPENAI = (
    *("OpenAIError", "APIError", "APIConnectionError", "APITimeoutError", "APIResponseValidationError"),
    *("APIStatusError", "BadRequestError", "AuthenticationError", "PermissionDeniedError", "NotFoundError"),
    *("ConflictError", "UnprocessableEntityError", "RateLimitError", "InternalServerError"),
)
_HTTPX = (
    *("HTTPError", "RequestError", "TransportError", "TimeoutException", "ConnectTimeout", "ReadTimeout"),
    *("WriteTimeout", "PoolTimeout", "NetworkError", "ConnectError", "ReadError", "WriteError", "CloseError"),
    *("ProtocolError", "LocalProtocolError", "RemoteProtocolError", "DecodingError", "StreamError"),
)
_OTHERS = ("JSONDecodeError", "ValidationError")

EXCEPTIONS = (*_OPENAI, *_HTTPX, *_OTHERS)
"""Classes of the SDK and of the HTTP client below it, whose errors come through when a stream breaks."""


def _about(text: str) -> Shape:
    return {**EXPECTED, "description": text}


EXPECTED_ERROR = mapping(
    "The step is to fail like this; each is a value or a matcher.",
    status=_about("The HTTP status: 400."),
    type=_about("The error's type: invalid_request_error."),
    code=_about("The error's code: rate_limit_exceeded, or null."),
    param=_about("The argument it is about, or null."),
    message=_about("Its text."),
    exception=_about("The class the SDK raises, or one of its bases: APIConnectionError."),
)


def exception_mistakes(node: Node) -> Iterator[ScenarioError]:
    """A class that nobody would raise."""
    name = node.value
    if not isinstance(name, str) or name in EXCEPTIONS or has_reference(name):
        return
    known = getattr(builtins, name, None)
    if not (isinstance(known, type) and issubclass(known, BaseException)):
        yield ValueMistakeError(node.value_place, f"unknown exception '{name}'", _hint(name))


def _hint(name: str) -> str:
    near = get_close_matches(name, EXCEPTIONS, 1)
    return f"did you mean '{near[0]}'?" if near else "it is the name of a class, such as BadRequestError"
