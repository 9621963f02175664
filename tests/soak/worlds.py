"""Many worlds, each used once: how much memory they leave behind."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.conftest import Raw
from tests.soak.findings import Finding, at_most, exactly, seen
from tests.soak.serving import Serving
from tests.stage import form

WARM = 0.2
"""The share of all worlds after which memory should not grow any more, where a file has them."""

GROWTH_MB = 40


def run(*, quick: bool, seed: int) -> list[Finding]:
    """Use worlds, with a store in a file and without one, and look at the server's memory on the way."""
    worlds = 3_000 if quick else 10_000
    with tempfile.TemporaryDirectory(prefix="assistants-mock-soak-") as folder:
        return [*_use(worlds, Path(folder) / "store"), *_use(worlds, None)]


def _use(worlds: int, store: Path | None) -> list[Finding]:
    warm = max(round(worlds * WARM), 1_500)
    where = "in a file" if store else "in memory"
    with Serving(store) as server:
        empty, at_warm, wrong = server.running.megabytes(), 0.0, 0
        raw = server.caller()
        for number in range(worlds):
            if number == warm:
                at_warm = server.running.megabytes()
            raw.key = f"key-{number}"
            wrong += not _conversation(raw)
        full = server.running.megabytes()
        again = sum(_is_there(raw, f"key-{number}") for number in range(0, worlds, worlds // 50))
        dropped = _dropped(raw, "key-0")
        raw.connection.close()
    how = f"{worlds:,} keys, store {where}; about {CALLS} calls in each: a message, a run to its end, a file"
    rows = [
        exactly("worlds", f"conversations that went wrong, {where}", wrong, 0, how),
        exactly("worlds", f"of 50 worlds come back to, complete, {where}", again, 50),
        seen(
            "worlds",
            f"memory, {where}",
            full,
            "MB",
            f"{empty:.0f} at first, {at_warm:.0f} after {warm:,} worlds",
        ),
        seen("worlds", f"journal entries the first world tells it dropped, {where}", dropped),
    ]
    growth = full - at_warm
    if store:
        rows.append(at_most("worlds", f"growth behind {warm:,} worlds, {where}", growth, GROWTH_MB, "MB"))
    else:
        each = growth * 1024 / (worlds - warm)
        rows.append(seen("worlds", f"growth of each world, {where}", each, "KB", "its objects, which stay"))
    return rows


CALLS = 10


def _conversation(raw: Raw) -> bool:
    """What a test does with a world; whether all went well."""
    assistant = raw("POST", "/v1/assistants", {"model": "gpt-4o"}).body["id"]
    thread = raw("POST", "/v1/threads", {}).body["id"]
    raw(
        "POST",
        f"/v1/threads/{thread}/messages",
        {"role": "user", "content": "What is the capital of France?"},
    )
    run = raw("POST", f"/v1/threads/{thread}/runs", {"assistant_id": assistant}).body
    for _ in range(CALLS - 6):
        if run["status"] == "completed":
            break
        run = raw("GET", f"/v1/threads/{thread}/runs/{run['id']}").body
    body, headers = form({"purpose": "vision"}, file=("a.txt", b"the same content everywhere"))
    uploaded = raw("POST", "/v1/files", body, headers).status == 200
    listed = raw("GET", f"/v1/threads/{thread}/messages").body["data"]
    return bool(run["status"] == "completed" and uploaded and len(listed) == 2)


def _is_there(raw: Raw, key: str) -> bool:
    raw.key = key
    assistants, files = raw("GET", "/v1/assistants").body["data"], raw("GET", "/v1/files").body["data"]
    (thread,) = raw("GET", "/_mock/objects?object=thread").body["data"]
    messages = raw("GET", f"/v1/threads/{thread['id']}/messages").body["data"]
    return (len(assistants), len(files), len(messages)) == (1, 1, 2)


def _dropped(raw: Raw, key: str) -> int:
    raw.key = key
    return int(raw("GET", "/_mock/journal").body["dropped"])
