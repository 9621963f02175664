"""Failures with 500 and above: the API's own, and those of the gateways before it."""

from __future__ import annotations

from dataclasses import dataclass

from mockserver import errors, serviceerrors
from mockserver.faults.answers import begun, refused
from mockserver.faults.contract import Occasion, fault
from mockserver.faults.gateways import page
from mockserver.faults.parameters import choice, duration, flag
from mockserver.faults.retrying import Retryable
from mockserver.frames import Cut, Frames

DONE = "whether the operation was done all the same"
ASK_FIRST = "asks what is there before it repeats a call that makes something; SDKs repeat it by themselves"
SHAPE = "the shape of the page: HTML, JSON with a number as its code, or plain text"
REPORTED = "n3d1117/chatgpt-telegram-bot#637, stanfordnlp/dspy#203, openai/openai-python#1626"


@fault(
    "500",
    group="http",
    wire="status 500 with an error of the type server_error that names the request",
    client=ASK_FIRST,
    evidence="observed",
    source="E-120, recorded on a vector store route",
    performed="as asked",
    definite=False,
    entries=(errors.SERVER_ERROR,),
)
@dataclass(frozen=True)
class ServerError(Retryable):
    """The API fails inside."""

    done: bool = flag(False, DONE)

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The failure."""
        if self.done:
            yield from begun(upstream)
        error = errors.SERVER_ERROR(request_id=occasion.request_id)
        yield from self.refused(occasion, error)


@fault(
    "502",
    group="http",
    wire="status 502 with a gateway's own page, without the API's headers",
    client=f"expects no JSON in it, and {ASK_FIRST}",
    evidence="observed",
    source=REPORTED,
    performed="as asked",
    definite=False,
    alike="500",
)
@dataclass(frozen=True)
class BadGateway(Retryable):
    """A gateway has lost the API."""

    page: str = choice("html", "json", "plain", about=SHAPE)
    done: bool = flag(False, DONE)

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The failure."""
        if self.done:
            yield from begun(upstream)
        yield from page(502, self.page, self.hints(occasion, 502))


@fault(
    "503",
    group="http",
    wire="status 503 with the code server_is_overloaded, or a gateway's own page",
    client="comes back later, and less often while it lasts",
    evidence="observed",
    source=f"E-135, from the Responses API; {REPORTED}",
    performed="as asked",
    definite=False,
    entries=(serviceerrors.OVERLOADED,),
    alike="500",
)
@dataclass(frozen=True)
class Unavailable(Retryable):
    """The API is overloaded, or a gateway cannot reach it."""

    retry_after: int = duration("0s", "how long to wait, said in Retry-After; 0s leaves it out")
    page: str = choice("api", "html", "plain", about="who answers: the API with JSON, or a gateway and how")
    done: bool = flag(False, DONE)

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The failure."""
        if self.done:
            yield from begun(upstream)
        told = self.hints(occasion, 503, self.retry_after)
        if self.page == "api":
            yield from refused(occasion, serviceerrors.OVERLOADED(), told)
        else:
            yield from page(503, self.page, told)


@fault(
    "504",
    group="http",
    wire="a minute of silence, then status 504 with a gateway's own page",
    client=f"expects that it was done: {ASK_FIRST}",
    evidence="inferred",
    source=f"a general property of gateways; the shapes as in 502: {REPORTED}",
    performed="as asked",
    definite=False,
    alike="lost_ack",
)
@dataclass(frozen=True)
class GatewayTimeout(Retryable):
    """A gateway has waited long enough for the API, which goes on.

    If the client's own read time-out is shorter, it sees the connection close instead (see stall).
    """

    after: int = duration("60s", "how long the gateway waits")
    page: str = choice("html", "json", "plain", about=SHAPE)
    done: bool = flag(True, DONE)

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """Silence, and then the failure."""
        if self.done:
            yield from begun(upstream)
        if not (yield from occasion.silence(self.after)):
            yield Cut()
            return
        yield from page(504, self.page, self.hints(occasion, 504))
