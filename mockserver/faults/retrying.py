"""What a refusal tells an SDK about coming back."""

from __future__ import annotations

from dataclasses import dataclass

from mockserver.apierror import ApiError
from mockserver.faults.answers import refused
from mockserver.faults.contract import Fault, Occasion
from mockserver.faults.parameters import choice
from mockserver.frames import Frames
from mockserver.pacing import tell

RETRIED = (408, 409, 429)
"""SDKs repeat calls that are refused with these, and with 500 and above."""


@dataclass(frozen=True, kw_only=True)
class Retryable(Fault):
    """A refusal with the headers by which SDKs decide whether and when to repeat a call."""

    should_retry: str = choice(
        "unset", "true", "false", about="the header x-should-retry, which SDKs obey before all"
    )

    def hints(self, occasion: Occasion, status: int, retry_after: int = 0) -> dict[str, str]:
        """Those headers for an answer of this status; `retry_after` milliseconds, 0 for none.

        In virtual time an SDK that is going to repeat the call is told to do so at once, or it would really
        sleep; `tell` says how that goes together with a wait.
        """
        asked = self.should_retry
        told = {} if asked == "unset" else {"x-should-retry": asked}
        if retry_after:
            return told | tell(occasion.world, retry_after, occasion.path)
        repeated = asked == "true" or (asked == "unset" and (status in RETRIED or status >= 500))
        return told | ({"retry-after-ms": "1"} if repeated and occasion.world.clock.virtual else {})

    def refused(self, occasion: Occasion, error: ApiError, retry_after: int = 0) -> Frames:
        """An error in the API's form with those headers."""
        return refused(occasion, error, self.hints(occasion, error.status, retry_after))
