"""`harness.session`: a mock for a block or a function, without pytest's fixtures."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
import unittest
from textwrap import dedent
from typing import Any

import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import harness
from harness.control import ControlError

SEEN: list[str] = []


def thread() -> str:
    """What an application does: its client reads the environment."""
    with openai.OpenAI() as client:
        return client.beta.threads.create().id


def test_a_block_has_a_world_and_an_environment_of_its_own(mock: str) -> None:
    before = dict(os.environ)
    with harness.session(seed=3, latency="instant", replies={"then": {"reply": "Paris."}}) as assistants:
        assert os.environ["OPENAI_BASE_URL"] == assistants.base_url == mock
        assert os.environ["OPENAI_API_KEY"] == assistants.api_key
        thread()
        assert assistants.history.names == ["threads.create"]
        assert (assistants.seed, assistants.clock.mode) == (3, "virtual")
        assert [rule["rule"]["then"] for rule in assistants.control.replies()] == [{"reply": "Paris."}]
        with harness.session(clock="x5", faults=["500 at threads.create"]) as inner:
            assert inner.api_key != assistants.api_key
            thread()
            assert inner.history.names == ["threads.create", "threads.create"]
            assert inner.clock.mode == "x5"
        assert assistants.history.ops("threads.create") == 1
    assert dict(os.environ) == before


def test_worlds_are_new_although_keys_come_back(mock: str) -> None:
    again = harness.session()
    with again as first:
        made = thread()
    with again as second:
        assert second.api_key == first.api_key
        assert second.history.names == []
        assert thread() == made  # the same seed, the same calls


def test_sleep_moves_virtual_time_and_no_other(mock: str) -> None:
    with harness.session() as assistants:
        time.sleep(600)
        assert assistants.clock.elapsed == 600
    with harness.session(bridge=False) as assistants:
        time.sleep(0.001)
        assert assistants.clock.elapsed == 0


def test_the_real_api_is_out_of_reach(mock: str) -> None:
    with pytest.raises(harness.LeavingError, match=r"api\.openai\.com"), harness.session():
        openai.OpenAI(base_url="https://api.openai.com/v1", max_retries=0).models.list()
    with harness.session(intercept=True) as assistants:
        with openai.OpenAI(base_url="https://api.openai.com/v1") as client:
            client.models.list()
        assert assistants.history.names == ["models.list"]


def test_what_is_refused_leaves_nothing_behind(mock: str) -> None:
    before = dict(os.environ)
    wrong: dict[str, Any]
    for wrong in ({"latency": "soon"}, {"faults": ["500 at nowhere"]}, {"replies": {"then": {}}}):
        with pytest.raises(ControlError), harness.session(**wrong):
            raise AssertionError("not reached")
    with pytest.raises(ValueError, match="length of time"):
        harness.session(patience="long")
    assert dict(os.environ) == before


@harness.session(seed="decorated")
def test_a_decorated_test_needs_no_parameter(mock: str) -> None:
    assert thread()
    assert os.environ["OPENAI_BASE_URL"] == mock


@harness.session(seed="decorated")
def test_a_decorated_test_may_have_the_handle(assistants: harness.Assistants, mock: str) -> None:
    assert assistants.seed == "decorated"
    assert assistants.base_url == mock


@pytest.mark.usefixtures("mock")
@harness.session(latency="instant")
class TestDecorated(unittest.TestCase):
    """A class whose tests are decorated, and nothing else of it."""

    def setUp(self) -> None:
        self.key = os.environ.get("OPENAI_API_KEY")

    def test_plain(self) -> None:
        assert os.environ["OPENAI_API_KEY"] != self.key
        assert thread()

    def test_with_handle(self, assistants: harness.Assistants) -> None:
        thread()
        assert assistants.history.names == ["threads.create"]


def test_coroutine_functions_are_decorated_too(mock: str) -> None:
    @harness.session(seed=8)
    async def ask(words: str, assistants: harness.Assistants) -> tuple[str, Any]:
        async with openai.AsyncOpenAI() as client:
            await client.beta.threads.create()
        await asyncio.sleep(30)
        assert assistants.clock.elapsed == 30
        return words, assistants.seed

    assert asyncio.run(ask("hello")) == ("hello", 8)


def test_generators_are_refused() -> None:
    def generates() -> Any:
        yield

    with pytest.raises(TypeError, match="generates is a generator"):
        harness.session()(generates)


@given(count=st.integers(0, 3))
@settings(max_examples=5, deadline=None)
@harness.session()
def test_every_example_may_have_a_world(assistants: harness.Assistants, count: int) -> None:
    for _ in range(count):
        thread()
    assert assistants.history.ops("threads.create") == count


def test_all_examples_may_share_a_world(mock: str) -> None:
    tried = []

    @harness.session()
    def together(assistants: harness.Assistants) -> None:
        @given(st.integers())
        @settings(max_examples=5, deadline=None)
        def examples(number: int) -> None:
            tried.append(number)
            thread()

        examples()
        assert assistants.history.ops("threads.create") == len(tried)

    together()
    assert tried


def test_a_plain_program_starts_a_server_and_leaves_none_behind() -> None:
    program = """
        import harness, urllib.request
        with harness.session(seed=1) as assistants:
            url = assistants.base_url
        with harness.session(seed=2) as again:
            assert again.base_url == url
        print(url)
    """
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", dedent(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout
    with openai.OpenAI(base_url=done.stdout.strip(), api_key="any", max_retries=0) as client:
        with pytest.raises(openai.APIConnectionError):
            client.models.list()


def test_the_package_names_what_it_has() -> None:
    assert {"session", "Assistants", "Control", "HungError", "unbridged"} <= set(dir(harness))
    assert harness.session.__module__ == "harness.sessions"
    assert repr(harness.HungError) == "<class 'harness.HungError'>"
    with pytest.raises(AttributeError, match="no attribute 'sesion'"):
        harness.sesion  # type: ignore[attr-defined] # noqa: B018
