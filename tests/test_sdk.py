"""The checks that every SDK version passes over a socket, here with the SDK of the development environment.

`make test-sdks` runs them, and their like for Node, with each version in an environment of its own.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest

from mockserver.server import Server
from tests.sdks import readme
from tests.sdks.checks import discover
from tests.sdks.sdk import Sdk, Skip, got

CHECKS = discover()


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    """One event loop for all: the asynchronous client's connections belong to it."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module", params=[openai.OpenAI, openai.AsyncOpenAI], ids=["sync", "async"])
def sdk(request: pytest.FixtureRequest, server: Server, loop: asyncio.Runner) -> Iterator[Sdk]:
    """Either client, with a key of its own."""
    key = f"sk-test-{uuid.uuid4().hex}"
    client = request.param(base_url=server.base_url, api_key=key, max_retries=0)
    with Server(keys=["known-to-nobody"]) as locked:
        yield Sdk(client, server.base_url, key, locked.base_url)
    loop.run(got(client.close()))


@pytest.mark.parametrize("name", CHECKS)
def test_check(name: str, sdk: Sdk, loop: asyncio.Runner) -> None:
    sdk.new_world()
    try:
        loop.run(CHECKS[name](sdk))
    except Skip as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("no program\n", "python", None),
        ("```python\nprint(1)\n```\n```python\nprint(2)\n```\n", "python", "print(1)\n"),
        ("```sh\nls\n```\n\n```py\nprint('```')\n```\n", "python", "print('```')\n"),
        ("```python\n1\n```\n```js\n2;\n```\n", "javascript", "2;\n"),
        ("```pythonic\n1\n```\n", "python", None),
    ],
)
def test_readme_program(tmp_path: Path, text: str, language: str, expected: str | None) -> None:
    file = tmp_path / "README.md"
    file.write_text(text)
    assert readme.program(file, language) == expected
    assert readme.program(tmp_path / "none.md", language) is None
