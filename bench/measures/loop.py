"""A question and its answer through the Python SDK in virtual time, and how much of that is the SDK alone."""

from __future__ import annotations

import warnings
from statistics import median
from time import perf_counter
from typing import Any

from openai import OpenAI

from bench.caller import Caller
from bench.figures import Figure
from bench.processes import KEY, Running, mock, replay
from bench.rounds import alternate, ratio


def measure(quick: bool) -> list[Figure]:
    """Milliseconds a loop, against the mock and against a server that only replays its answers."""
    warnings.simplefilter("ignore", DeprecationWarning)
    rounds, loops = (3, 20) if quick else (9, 60)
    with mock() as server:
        caller = Caller(server)
        assistant_id = caller.assistant()["id"]
        mocked = _client(server)
        _loop(mocked, assistant_id)
        answers = [entry["response"] for entry in caller.get("/_mock/journal")["data"] if "call" in entry][1:]
        with replay(answers) as thoughtless:
            replayed = _client(thoughtless)
            cpu = server.cpu_seconds()
            ours, alone = alternate(
                rounds,
                lambda: _milliseconds(mocked, assistant_id, loops),
                lambda: _milliseconds(replayed, assistant_id, loops),
            )
            cpu = (server.cpu_seconds() - cpu) / ((rounds + 1) * loops) * 1000
            mocked.close()
            replayed.close()
    how = f"{len(answers)} calls a loop, {rounds} rounds by turns of {loops} loops; server CPU {cpu:.1f} ms"
    share = f"{ratio(alone, ours):.0%} of the loop; against a server that only replays the same answers"
    return [
        Figure("loop", "threads, messages, create_and_poll, list", median(ours), "ms", at_most=15, how=how),
        Figure("loop", "the SDK alone", median(alone), "ms", how=share),
    ]


def _client(server: Running) -> OpenAI:
    return OpenAI(base_url=f"{server.url}/v1", api_key=KEY, max_retries=0)


def _milliseconds(client: OpenAI, assistant_id: str, loops: int) -> float:
    taken = []
    for _ in range(loops):
        began = perf_counter()
        _loop(client, assistant_id)
        taken.append((perf_counter() - began) * 1000)
    return median(taken)


def _loop(client: Any, assistant_id: str) -> None:
    threads = client.beta.threads
    thread = threads.create()
    threads.messages.create(thread.id, role="user", content="How do I reset my password?")
    run = threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant_id)
    if run.status != "completed" or len(threads.messages.list(thread.id).data) != 2:
        raise RuntimeError(f"the loop ended {run.status}")
