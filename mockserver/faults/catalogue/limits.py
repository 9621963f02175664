"""Refusals with 429: too many requests or tokens, and no more money."""

from __future__ import annotations

from dataclasses import dataclass

from mockserver import rateerrors, serviceerrors
from mockserver.apierror import ApiError
from mockserver.faults.contract import Occasion, fault
from mockserver.faults.parameters import choice, duration, flag
from mockserver.faults.retrying import Retryable
from mockserver.frames import Frames
from mockserver.limiting import whom
from mockserver.rates import spell

MINUTE, DAY = 60_000, 86_400_000
TOKENS_A_MINUTE = 30_000
"""A limit on tokens as the lower tiers have it."""

RATE = "E-130 and E-131, from model routes; no 429 of an Assistants route was seen with its body"


def too_many_requests(occasion: Occasion, wait: int) -> ApiError:
    """The rate of requests is used up; the numbers are such that the wait follows from them."""
    entry, stretch = rateerrors.REQUEST_RATE, MINUTE
    if wait > MINUTE:
        entry, stretch = serviceerrors.DAILY_REQUEST_RATE, DAY
    limit = max(1, stretch // max(1, wait))
    return entry(limit=limit, used=limit, requested=1, wait=spell(wait), whom=_whom(occasion))


def too_many_tokens(occasion: Occasion, wait: int) -> ApiError:
    """The rate of tokens is used up; the numbers are such that a wait of up to a minute follows from them."""
    limit = TOKENS_A_MINUTE
    requested = min(limit, -(-limit * wait // MINUTE))
    return rateerrors.TOKEN_RATE(
        limit=limit, used=limit, requested=requested, wait=spell(wait), whom=_whom(occasion)
    )


def _whom(occasion: Occasion) -> str:
    return whom(occasion.world, occasion.operation, occasion.ids, occasion.body)


@fault(
    "429",
    group="http",
    wire="status 429 with the code rate_limit_exceeded, and Retry-After in seconds",
    client="comes back when it was told, and not before; SDKs do so by themselves, up to two times",
    evidence="observed",
    source=f"{RATE}; Retry-After is published for every operation",
    performed="no",
    definite=True,
    error=15,
    entries=(rateerrors.REQUEST_RATE, rateerrors.TOKEN_RATE, serviceerrors.DAILY_REQUEST_RATE),
)
@dataclass(frozen=True)
class RateLimited(Retryable):
    """Too many requests or tokens in a minute.

    Whoever comes back gets through, early or late: the fault has acted. (For limits that are really kept, set
    `rate_limits` of the world.) In virtual time an SDK's own retry comes at once, and the clock moves as far
    as it was told to wait.
    """

    retry_after: int = duration("20s", "how long to wait; above a minute it is a limit for the day")
    kind: str = choice("requests", "tokens", about="what was too many")
    header: bool = flag(True, "whether Retry-After is sent; the message names the time in any case")

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The refusal."""
        said = too_many_tokens if self.kind == "tokens" else too_many_requests
        wait = self.retry_after if self.header else 0
        yield from self.refused(occasion, said(occasion, self.retry_after), wait)


@fault(
    "429_quota",
    group="http",
    wire="status 429 with the code insufficient_quota, without Retry-After",
    client="tells it from a rate limit by its code, does not repeat the call, and tells somebody who pays;"
    " SDKs repeat it all the same",
    evidence="observed",
    source="E-132",
    performed="no",
    definite=True,
    error=15,
    entries=(serviceerrors.QUOTA_EXCEEDED,),
)
@dataclass(frozen=True)
class QuotaExceeded(Retryable):
    """The money is used up, so no waiting helps."""

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The refusal."""
        yield from self.refused(occasion, serviceerrors.QUOTA_EXCEEDED())


@fault(
    "429_long",
    group="http",
    wire="status 429 with a Retry-After of minutes or hours",
    client="puts the work off or gives up with an error that says when to come back; it does not knock on",
    evidence="inferred",
    source="the words as reported from model routes for limits by the day; so long a Retry-After never",
    performed="no",
    definite=True,
    error=15,
    entries=(serviceerrors.DAILY_REQUEST_RATE,),
    alike="429_quota",
)
@dataclass(frozen=True)
class LongRateLimited(Retryable):
    """Too many requests in a day.

    SDKs part ways above a Retry-After of a minute: openai-python 1.x and openai-node come back after half a
    second, openai-python from 2.0 on waits up to 120 s and gives up beyond.
    """

    retry_after: int = duration("10m", "how long to wait")

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The refusal."""
        wait = self.retry_after
        yield from self.refused(occasion, too_many_requests(occasion, wait), wait)
