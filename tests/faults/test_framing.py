"""Streams that are written unusually and say the same."""

from __future__ import annotations

import asyncio
import json

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.control import Control
from mockserver.faults.catalogue.framing import Split
from mockserver.frames import Events
from mockserver.server import Server
from tests.conftest import Raw
from tests.faults.streaming import PLAIN, TEXT, Listener, names
from tests.properties import law
from tests.stage import Stage


@pytest.fixture
def listen(raw: Raw, control: Control) -> Listener:
    return Listener(Stage(raw, control))


def test_comments(control: Control, listen: Listener) -> None:
    control.arm('sse.comments("still\nhere")', "runs.create")
    stream = listen()
    assert stream.startswith(b": still here\n\nevent: thread.run.created\n")
    assert stream.count(b": still here\n\n") == len(PLAIN)
    assert stream.replace(b": still here\n\n", b"").count(b"\n\n") == len(PLAIN)


def test_carriage_returns(control: Control, listen: Listener) -> None:
    control.arm("sse.crlf", "runs.create")
    stream = listen()
    assert stream.count(b"\r\n") == stream.count(b"\n") == 3 * len(PLAIN)
    assert names(stream) == PLAIN
    assert control.journal(operation="runs.create")[0]["events"] == PLAIN


# Pieces


def test_letters_are_cut(control: Control, listen: Listener) -> None:
    """Joined, the pieces are what would have come at once."""
    control.arm("sse.split_utf8", "runs.create")
    stream = listen()
    assert names(stream) == PLAIN
    assert "Łódź".encode() in stream
    assert control.journal(operation="runs.create")[0]["events"] == PLAIN


@law(100)
@given(st.text(), st.integers(1, 9) | st.none())
def test_pieces_are_the_whole(text: str, size: int | None) -> None:
    data = f"event: thread.x\ndata: {json.dumps(text, ensure_ascii=False)}\n\n".encode(errors="replace")
    pieces = Split(size)._pieces(data)
    assert b"".join(pieces) == data
    assert all(pieces)
    if size is not None:
        assert {len(piece) for piece in pieces[:-1]} <= {size}
        return
    assert pieces[0] == b"ev"
    assert b"data" not in b" ".join(pieces)
    assert pieces[-1] == b"\n"
    for letter in {letter.encode() for letter in text if len(letter.encode()) > 1}:
        assert not any(letter in piece for piece in pieces)


@law(100)
@given(st.lists(st.text("a\né😀", max_size=4), max_size=4), st.integers(1, 5), st.booleans())
def test_events_are_put_together_however_they_come(texts: list[str], size: int, crlf: bool) -> None:
    told = [f"event: e{text.count('a')}\ndata: {json.dumps(text)}\n\n".encode() for text in texts]
    told = [whole.replace(b"\n", b"\r\n") if crlf else whole for whole in told]
    stream = b"".join([*told, b"event: half\ndata"])
    arriving = Events()
    found = [whole for at in range(0, len(stream), size) for whole in arriving.feed(stream[at : at + size])]
    assert found == told
    assert arriving.rest == b"event: half\ndata"


@pytest.mark.parametrize("size", [1, 2, 5])
def test_an_asynchronous_client_puts_pieces_together(
    server: Server, control: Control, key: str, size: int
) -> None:
    """Also where lines end with two characters that are cut apart, and comments stand between them."""
    control.add_replies({"then": {"reply": TEXT}})
    control.arm_all(["sse.crlf", "sse.comments", f"sse.split_utf8(size={size})"])

    async def ask() -> str:
        async with openai.AsyncOpenAI(base_url=server.base_url, api_key=key, max_retries=0) as client:
            assistant = await client.beta.assistants.create(model="gpt-4o")
            thread = await client.beta.threads.create(messages=[{"role": "user", "content": "Hi"}])
            async with client.beta.threads.runs.stream(
                thread_id=thread.id, assistant_id=assistant.id
            ) as stream:
                return "".join([text async for text in stream.text_deltas])

    assert asyncio.run(ask()) == TEXT
    assert [armed["fired"] for armed in control.faults()] == [1, 1, 1]
