"""How often the SDK repeats a call by itself, as the journal counts it, and how long it waits in between.

Most of it runs in real time, where only the headers of the real API are sent. Nobody sleeps: the SDK's sleep
is replaced, and its waits are compared with what it was told.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import anyio
import openai

from tests.sdks.checks import check
from tests.sdks.sdk import Json, Sdk, Skip, got, refused

VERSION = tuple(int(part) for part in openai.__version__.split(".")[:2])
FIRST_GENERATION = VERSION < (2, 0)
COUNTS_RETRIES = VERSION >= (1, 109)
"""The oldest tells no server that it repeats a call, and its first pause is the second of the others."""

RETRIED: dict[str, type[openai.APIError]] = {
    "429(header=false)": openai.RateLimitError,
    "429_quota": openai.RateLimitError,
    "409": openai.ConflictError,
    "500": openai.InternalServerError,
    "503": openai.InternalServerError,
    "lost_ack": openai.APIConnectionError,
    "reset_before": openai.APIConnectionError,
}
NOT_RETRIED: dict[str, type[openai.APIStatusError]] = {
    "400": openai.BadRequestError,
    "401": openai.AuthenticationError,
    "403": openai.PermissionDeniedError,
    "sunset_404": openai.NotFoundError,
}


@contextmanager
def sleepless() -> Iterator[list[float]]:
    """How long the SDK would have slept, each time."""
    waits: list[float] = []
    really = anyio.sleep

    def sleep(seconds: float) -> None:
        waits.append(seconds)

    async def asleep(seconds: float) -> None:
        if seconds:
            waits.append(seconds)
        await really(0)

    with patch("time.sleep", sleep), patch("anyio.sleep", asleep):
        yield waits


async def tried(sdk: Sdk, fault: str, kind: type[openai.APIError] | None, **where: Any) -> list[float]:
    """Make a call that meets this fault: the waits. It ends in an error of this kind, or in success."""
    sdk.door("DELETE", "/journal")
    sdk.door("DELETE", "/faults")
    sdk.door(
        "POST", "/faults", {"fault": fault, "at": {"operation": "threads.create"}, "times": None, **where}
    )
    client = sdk.client.with_options(max_retries=2)
    ended: type[openai.APIError] | None = None
    with sleepless() as waits:
        try:
            await got(client.beta.threads.create())
        except openai.APIError as error:
            ended = type(error)
    assert ended is kind, ended
    return waits


def attempts(sdk: Sdk) -> list[Json]:
    """The calls as they arrived."""
    calls: list[Json] = sdk.door("GET", "/journal?operation=threads.create")["data"]
    return calls


def check_pauses(waits: list[float], expected: int) -> None:
    """They double from half a second on, and of each up to a quarter is left out by luck."""
    first = 0 if COUNTS_RETRIES else 1
    assert len(waits) == expected, waits
    for power, wait in enumerate(waits, first):
        assert 0.5 * 2**power * 0.75 <= wait <= 0.5 * 2**power, waits


@check
async def retried_and_how_often(sdk: Sdk) -> None:
    """Three attempts of a call that is refused for now, or whose connection breaks; even without money."""
    sdk.new_world(clock="real")
    for fault, kind in RETRIED.items():
        waits = await tried(sdk, fault, kind)
        calls = attempts(sdk)
        assert len(calls) == 3, (fault, len(calls))
        assert [call["faults"] != [] for call in calls] == [True] * 3
        assert [call["performed"] for call in calls] == [fault == "lost_ack"] * 3, fault
        check_pauses(waits, 2)


@check
async def not_retried(sdk: Sdk) -> None:
    """One attempt of a call that would be refused again."""
    sdk.new_world(clock="real")
    for fault, kind in NOT_RETRIED.items():
        assert await tried(sdk, fault, kind) == []
        assert len(attempts(sdk)) == 1, fault


@check
async def the_server_says_whether_to_retry(sdk: Sdk) -> None:
    """A header that means more than the status, whichever it is."""
    sdk.new_world(clock="real")
    check_pauses(await tried(sdk, "400(should_retry=true)", openai.BadRequestError), 2)
    assert len(attempts(sdk)) == 3
    for fault, kind in (("429", openai.RateLimitError), ("500", openai.InternalServerError)):
        assert await tried(sdk, f"{fault}(should_retry=false)", kind) == []
        assert len(attempts(sdk)) == 1


@check
async def retry_after_is_obeyed_up_to_a_minute(sdk: Sdk) -> None:
    """A second, or fifty-nine: to the second, by every version."""
    sdk.new_world(clock="real")
    for seconds in (1, 59, 60):
        waits = await tried(sdk, f"429(retry_after={seconds}s)", None, times=1)
        assert waits == [seconds]
        assert [call["status"] for call in attempts(sdk)] == [429, 200]


@check
async def a_long_retry_after_parts_the_generations(sdk: Sdk) -> None:
    """The first knocks again after a moment; later ones wait two minutes at most, or give up at once."""
    sdk.new_world(clock="real")
    for seconds in (61, 120):
        waits = await tried(sdk, f"429(retry_after={seconds}s)", None, times=1)
        if FIRST_GENERATION:
            check_pauses(waits, 1)
        else:
            assert waits == [seconds]
    for fault in ("429(retry_after=121s)", "429(retry_after=121s, should_retry=true)", "429_long"):
        waits = await tried(sdk, fault, openai.RateLimitError)
        check_pauses(waits, 2 if FIRST_GENERATION else 0)
        assert len(attempts(sdk)) == (3 if FIRST_GENERATION else 1)


@check
async def without_retries_there_is_one_attempt(sdk: Sdk) -> None:
    """Whoever turns retries off sees the first failure."""
    sdk.door("POST", "/faults", {"fault": "429", "at": "threads.create"})
    error = await refused(sdk.threads.create, openai.RateLimitError)
    assert error.response.headers["retry-after"] == "20"
    assert len(attempts(sdk)) == 1


@check
async def virtual_time_moves_instead(sdk: Sdk) -> None:
    """The SDK sleeps a millisecond, and finds the clock where it was told to come back."""
    begin = sdk.door("GET", "/clock")["now"]
    assert await tried(sdk, "429(retry_after=20s)", None, times=1) == [0.001]
    moved = sdk.door("GET", "/clock")["now"] - begin
    assert moved == (20 if COUNTS_RETRIES else 0), moved


@check
async def a_rate_limit_is_kept(sdk: Sdk) -> None:
    """The fourth call of three a minute waits as it was told, and gets through."""
    if not COUNTS_RETRIES:
        raise Skip("this SDK does not say that it repeats a call, so virtual time does not move for it")
    sdk.new_world(rate_limits={"requests_per_minute": 3})
    client = sdk.client.with_options(max_retries=2)
    with sleepless() as waits:
        for _ in range(5):
            await got(client.beta.threads.create())
    assert waits == [0.001, 0.001]
    assert [call["status"] for call in attempts(sdk)] == [200, 200, 200, 429, 200, 429, 200]
