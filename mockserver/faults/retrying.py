"""What a refusal tells an SDK about coming back."""

from __future__ import annotations

from typing import Any

from mockserver.faults.contract import Occasion
from mockserver.faults.parameters import choice
from mockserver.pacing import tell

RETRIED = (408, 409, 429)
"""SDKs repeat calls that are refused with these, and with 500 and above."""


def should_retry() -> Any:
    """The parameter for a header that SDKs obey more than a status."""
    return choice("unset", "true", "false", about="the header x-should-retry, which SDKs obey before all")


def hints(occasion: Occasion, status: int, asked: str = "unset", retry_after: int = 0) -> dict[str, str]:
    """The headers with which SDKs decide whether and when to repeat a call; those it has are sent now.

    `asked` is the value of `should_retry`, `retry_after` milliseconds, 0 for none. In virtual time an SDK
    that is going to repeat the call is told to do so at once, or it would really sleep; `tell` says how
    that goes together with a wait.
    """
    told = {} if asked == "unset" else {"x-should-retry": asked}
    if retry_after:
        return told | tell(occasion.world, retry_after, occasion.path)
    repeated = asked == "true" or (asked == "unset" and (status in RETRIED or status >= 500))
    return told | ({"retry-after-ms": "1"} if repeated and occasion.world.clock.virtual else {})
