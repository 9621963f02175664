"""What the tests of the documented errors take beside the fixtures of all tests: sleep that costs no time."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass

import anyio
import pytest

from harness.control import Control


class StillWaitingError(BaseException):
    """The program has slept for longer than anybody would wait. No client catches this by accident."""


@dataclass
class Sleeper:
    """Moves the world's clock instead of sleeping; `slept` is how many seconds so far.

    A program that has slept for `patience` seconds in all will never end, and is ended.
    """

    control: Control
    slept: float = 0.0
    patience: float = 7200.0

    def sleep(self, seconds: float) -> None:
        """Let so much time pass in the world."""
        self.slept += seconds
        if self.slept > self.patience:
            raise StillWaitingError(f"still waiting after {self.slept:g} seconds")
        if seconds > 0:
            self.control.advance(seconds)


@pytest.fixture
def sleepless(control: Control, monkeypatch: pytest.MonkeyPatch) -> Sleeper:
    """Sleeping in the test's own thread, also in its coroutines, advances this test's world."""
    sleeper = Sleeper(control)
    here = threading.get_ident()
    plain, plain_asyncio, plain_anyio = time.sleep, asyncio.sleep, anyio.sleep

    def sleep(seconds: float) -> None:
        if threading.get_ident() == here:
            sleeper.sleep(seconds)
        else:  # the server's thread
            plain(seconds)

    async def asyncio_sleep(delay: float, result: object = None) -> object:
        if threading.get_ident() != here:
            return await plain_asyncio(delay, result)
        sleeper.sleep(delay)
        return await plain_asyncio(0, result)

    async def anyio_sleep(delay: float) -> None:
        if threading.get_ident() != here:
            return await plain_anyio(delay)
        sleeper.sleep(delay)
        return await plain_anyio(0)

    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(asyncio, "sleep", asyncio_sleep)
    monkeypatch.setattr(anyio, "sleep", anyio_sleep)
    return sleeper
