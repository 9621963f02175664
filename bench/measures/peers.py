"""The mock and other mocks, step by step and by turns: how many times as fast it is as each."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

from openai import OpenAI

from bench import peers
from bench.caller import Caller
from bench.figures import Figure
from bench.load import CONNECTIONS, SLICE_SECONDS, Ask, alternate_loads
from bench.peers import Listening
from bench.processes import KEY, Running, answering, bare, mock
from bench.rounds import alternate, quartiles, ratio
from tests.sdks.environments import UnavailableError

MESSAGE = {"role": "user", "content": "How do I reset my password?"}
NO_FLOW = "answers with the description's examples: the message listed is the same whatever was asked"
NO_STREAM = "answers a run that is to be streamed with one JSON object"
NO_THREADS = "serves chats, responses and files, no assistants, threads, messages or runs"
IN_PROCESS = "openai-responses 0.13, in process"
IN_PROCESS_STEPS = {
    "retrieve": "SDK: GET an assistant",
    "thread": "SDK: POST a thread",
    "message": "SDK: POST a message",
    "page": "SDK: list 20 messages",
    "loop": "SDK: question and answer",
    "stream": "SDK: thread, message, streamed run",
}


@dataclass(frozen=True, slots=True)
class Step:
    """What each server is asked, None where it cannot be; and the object with which a bare route answers."""

    what: str
    mock: Ask
    prism: Ask | None
    aimock: Ask | None
    answer: Any


def measure(quick: bool) -> list[Figure]:
    """Ratios above 1: the mock is faster. A peer that cannot be had here has one row that says why."""
    figures: list[Figure] = []
    found: list[Listening] = []
    for prepare in (peers.prism, peers.aimock):
        try:
            found.append(prepare())
        except UnavailableError as error:
            figures.append(Figure("peers", prepare.__name__, None, how=f"cannot be had here: {error}"))
    figures += _starts(found, 3 if quick else 7)
    figures += _served(found, 10 if quick else 60)
    try:
        python = peers.openai_responses()
    except UnavailableError as error:
        figures.append(Figure("peers", IN_PROCESS, None, how=f"cannot be had here: {error}"))
    else:
        figures += _first_in_process(python, 3 if quick else 7)
        figures += _through_the_sdk(python, 3 if quick else 9, 10 if quick else 40)
    figures += _cannot(found)
    return figures


def _starts(found: Sequence[Listening], rounds: int) -> list[Figure]:
    """From starting the command to the first answer."""

    def start(peer: Listening) -> float:
        with answering(peer.command, partial(_first, peer)) as (_, seconds):
            return seconds

    def start_bare() -> float:
        began = perf_counter()
        with bare({}, "/v1/models") as server:
            Caller(server).get("/v1/models")
            return perf_counter() - began

    ours = Listening("mock", peers.itself, "/v1", "/v1/models")
    mine, alone, *others = alternate(
        rounds, lambda: start(ours), start_bare, *(partial(start, peer) for peer in found)
    )
    how = f"{rounds} starts by turns, files cached"
    figures = [Figure("peers", "start to first answer, mock", median(mine), "s", how=how)]
    names = ["bare Starlette", *(peer.name for peer in found)]
    for name, theirs in zip(names, [alone, *others], strict=True):
        what = f"start to first answer, {name} / mock"
        figures.append(Figure("peers", what, ratio(theirs, mine), how=f"{median(theirs):.2f} s, {how}"))
    return figures


def _first(peer: Listening, server: Running) -> None:
    Caller(server).get(peer.first)


def _served(found: Sequence[Listening], rounds: int) -> Iterator[Figure]:
    """Requests a second over raw sockets."""
    with ExitStack() as stack:
        ours = stack.enter_context(mock(even=True))
        running = {}
        for peer in found:
            running[peer.name], _ = stack.enter_context(answering(peer.command, partial(_first, peer)))
        aimock = next((server for name, server in running.items() if name.startswith("aimock")), None)
        for step in _steps(ours, aimock):
            asked: list[tuple[str, Running, Ask]] = [("mock", ours, step.mock)]
            path = step.mock if isinstance(step.mock, str) else step.mock[0]
            with bare(step.answer, path.split("?")[0]) as other:
                asked.append(("bare Starlette", other, step.mock))
                for name, server in running.items():
                    ask = step.prism if name.startswith("prism") else step.aimock
                    if ask is not None:
                        asked.append((name, server, ask))
                mine, *loads = alternate_loads(rounds, *((server, [ask]) for _, server, ask in asked))
            how = f"{mine.cpu:.0f} us CPU each; {rounds} slices of {SLICE_SECONDS:g} s by turns"
            how += f", {CONNECTIONS} connections, HTTP/1.1 kept alive"
            yield Figure("peers", f"{step.what}, mock", median(mine.rates), "requests/s", how=how)
            for (name, _, _), load in zip(asked[1:], loads, strict=True):
                said = f"{median(load.rates):,.0f} requests/s, {load.cpu:.0f} us CPU each"
                said += f"; quartiles {quartiles(mine.rates, load.rates)}"
                what = f"{step.what}, mock / {name}"
                yield Figure("peers", what, ratio(mine.rates, load.rates), how=said)


def _steps(ours: Running, aimock: Running | None) -> Iterator[Step]:
    """Each with what it needs, made just before it."""
    caller = Caller(ours)
    assistant = caller.assistant()
    asked = f"/v1/assistants/{assistant['id']}"
    yield Step("GET an assistant", asked, f"/assistants/{assistant['id']}", None, assistant)
    thread = caller.post("/v1/threads", {"metadata": {"team": "support"}})
    body: Any = {"metadata": {"team": "support"}}
    yield Step("POST a thread", ("/v1/threads", body), ("/threads", body), None, thread)
    path = f"/threads/{thread['id']}/messages"
    message = caller.post(f"/v1{path}", MESSAGE)
    yield Step("POST a message", (f"/v1{path}", MESSAGE), (path, MESSAGE), None, message)
    page = caller.get(f"/v1{path}?limit=20")
    yield Step("list 20 messages", f"/v1{path}?limit=20", f"{path}?limit=20", None, page)
    file_id = _upload(ours)
    theirs = f"/v1/files/{_upload(aimock)}" if aimock is not None else None
    file = caller.get(f"/v1/files/{file_id}")
    yield Step("GET a file's object", f"/v1/files/{file_id}", f"/files/{file_id}", theirs, file)


def _upload(server: Running) -> str:
    with OpenAI(base_url=f"{server.url}/v1", api_key=KEY, max_retries=0) as client:
        return client.files.create(file=("notes.txt", b"Thirty days."), purpose="assistants").id


def _first_in_process(python: str, rounds: int) -> list[Figure]:
    """From starting Python to the first answer, the SDK's import included."""

    def first(which: str) -> float:
        began = perf_counter()
        subprocess.run([python, "-m", "bench.in_process", "first", which], check=True)
        return perf_counter() - began

    mine, theirs = alternate(rounds, lambda: first("mock"), lambda: first("peer"))
    what = "SDK: Python's start to first answer"
    how = f"with the server in a thread, {rounds} starts by turns"
    said = f"{median(theirs):.2f} s, {rounds} starts by turns"
    return [
        Figure("peers", f"{what}, mock", median(mine), "s", how=how),
        Figure("peers", f"{what}, {IN_PROCESS} / mock", ratio(theirs, mine), how=said),
    ]


def _through_the_sdk(python: str, rounds: int, calls: int) -> Iterator[Figure]:
    """Milliseconds of each step through the SDK: the mock over a socket, the peer inside the SDK's client."""
    with mock() as server:
        given = {"url": f"{server.url}/v1", "key": KEY, "rounds": rounds, "calls": calls}
        done = subprocess.run(
            [python, "-m", "bench.in_process"],
            input=json.dumps(given),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    for step, (mine, theirs) in json.loads(done.stdout).items():
        what = IN_PROCESS_STEPS[step]
        how = f"over a socket, {rounds} rounds by turns of {calls}, one after another"
        yield Figure("peers", f"{what}, mock", median(mine), "ms", how=how)
        said = f"{median(theirs):.2f} ms, no socket, quartiles {quartiles(theirs, mine)}"
        if step in ("loop", "stream"):
            said += "; the test has scripted what the run does"
        yield Figure("peers", f"{what}, {IN_PROCESS} / mock", ratio(theirs, mine), how=said)


def _cannot(found: Sequence[Listening]) -> Iterator[Figure]:
    """The steps a peer has no figure for, and why."""
    for peer in found:
        if peer.name.startswith("prism"):
            yield Figure("peers", f"question and answer, {peer.name}", None, how=NO_FLOW)
            yield Figure("peers", f"streamed run, {peer.name}", None, how=NO_STREAM)
        else:
            what = f"assistants, threads, messages, runs, streams, {peer.name}"
            yield Figure("peers", what, None, how=NO_THREADS)
    yield Figure("peers", "question and answer, streams, bare Starlette", None, how="it has one route")
    yield Figure("peers", "raw sockets, openai-responses", None, how="it is no server")
