"""The same seed, the same faults, the same requests: the same bytes on the wire, and the same ends of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from harness.control import Control
from mockserver.faults.contract import discover
from mockserver.server import Server
from tests.faults.lines import Line
from tests.faults.turns import WEATHER
from tests.stage import TEXT, form

NAMES = [declaration.name for declaration in discover()]
SPELLED = {
    "cut_body": "cut_body(700)",
    "drip": "drip(500ms, bytes=50)",
    "lost_ack": "lost_ack(reset=true)",
}
"""Faults that show more when something is said about them."""

PLACES = {
    **dict.fromkeys(("cut_body", "drip", "slow", "stall", "lost_ack", "double_delivery"), "runs.create"),
    "413": "messages.create",
    "404_vanished": "runs.retrieve",
}
"""Where a fault acts that could act on the very first call."""

DOWNLOADABLE = {
    "object": "file",
    "id": "file-out",
    "filename": "out.txt",
    "purpose": "fine-tune",
    "text": "What came out.\n",
}
SETTLED = ("completed", "requires_action", "failed", "incomplete", "expired", "cancelled")


class Talk:
    """One conversation over bare connections; `heard` is every answer, and how connections ended."""

    def __init__(self, server: Server, key: str) -> None:
        self._server = server
        self._line = Line(server, key)
        self.heard: list[bytes] = []

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str | None] | None = None
    ) -> Any:
        """What the answer says, an empty object where it is no JSON; a lost connection is made anew."""
        line = self._line
        line.socket.sendall(line.request(method, f"/v1{path}", body, headers))
        answer = line.answer()
        self.heard += [answer, line.ended.encode()]
        if line.ended:
            line.socket.close()
            self._line = Line(self._server, line.key)
        try:
            said = json.loads(answer.partition(b"\r\n\r\n")[2])
        except ValueError:
            return {}
        return said if isinstance(said, dict) else {}

    def make(self, path: str, body: Any, headers: Mapping[str, str | None] | None = None) -> str:
        """The id of something new; asked for once more if there is none."""
        said = self.ask("POST", path, body, headers)
        if "id" not in said:
            said = self.ask("POST", path, body, headers)
        return str(said.get("id", "lost"))

    def poll(self, path: str) -> Any:
        """An object until it has settled, but not for ever."""
        said: Any = {}
        for _ in range(6):
            said = self.ask("GET", path)
            if said.get("status") in SETTLED:
                break
        return said

    def close(self) -> None:
        """Hang up."""
        self._line.socket.close()


def converse(talk: Talk) -> None:
    """Everything an application does in a short life: search, ask, answer calls, listen, read, clear up."""
    file = talk.make("/files", *form({"purpose": "assistants"}, file=("cellar.txt", TEXT)))
    store = talk.make("/vector_stores", {"file_ids": [file]})
    talk.poll(f"/vector_stores/{store}")
    talk.ask("POST", f"/vector_stores/{store}/search", {"query": "When is the cellar locked?"})
    talk.ask("POST", f"/vector_stores/{store}/files", {"file_id": file})
    described = {
        "model": "gpt-4o",
        "instructions": "Be brief.",
        "tools": [WEATHER, {"type": "file_search"}],
        "tool_resources": {"file_search": {"vector_store_ids": [store]}},
    }
    assistant = talk.make("/assistants", described)
    thread = talk.make("/threads", {"messages": [{"role": "user", "content": "The weather in Paris?"}]})
    runs = f"/threads/{thread}/runs"
    run = talk.make(runs, {"assistant_id": assistant})
    action = talk.poll(f"{runs}/{run}").get("required_action") or {"submit_tool_outputs": {"tool_calls": []}}
    calls = action["submit_tool_outputs"]["tool_calls"]
    outputs = {"tool_outputs": [{"tool_call_id": call["id"], "output": "21 degrees"} for call in calls]}
    talk.ask("POST", f"{runs}/{run}/submit_tool_outputs", outputs)
    talk.poll(f"{runs}/{run}")
    talk.ask("POST", f"/threads/{thread}/messages", {"role": "user", "content": "Thank you!"})
    talk.ask("POST", runs, {"assistant_id": assistant, "stream": True})
    talk.ask("GET", f"/threads/{thread}/messages")
    talk.ask("GET", "/files/file-out/content")
    talk.ask("DELETE", f"/threads/{thread}")


@pytest.mark.parametrize("name", NAMES)
def test_a_fault_leaves_the_same_bytes_twice(server: Server, control: Control, key: str, name: str) -> None:
    twice = []
    for _ in range(2):
        control.new_world(seed=7)
        control.fixtures(DOWNLOADABLE)
        thanked = {"last_user_message": {"contains": "Thank you"}}
        control.add_replies({"when": thanked, "then": {"reply": "Schöne Grüße ☕ aus Paris."}})
        control.arm(SPELLED.get(name, name), PLACES.get(name))
        talk = Talk(server, key)
        converse(talk)
        talk.close()
        assert [armed["fired"] for armed in control.faults()] == [1]
        twice.append((talk.heard, control.journal(), control.clock()["now"]))
    assert twice[0] == twice[1]


def test_luck_is_the_same_as_well(server: Server, control: Control, key: str) -> None:
    """Several faults at once, each throwing its dice for every call."""
    twice = []
    for _ in range(2):
        control.new_world(seed=7)
        for fault in ("500", "429", "reset_before", "cut_body", "slow", "lost_ack"):
            control.arm(fault, probability=0.2)
        talk = Talk(server, key)
        converse(talk)
        talk.close()
        twice.append((talk.heard, [armed["calls"] for armed in control.faults()], control.journal()))
    assert twice[0] == twice[1]
    assert sum(map(len, twice[0][1])) > 3


def test_another_seed_is_another_luck(server: Server, control: Control, key: str) -> None:
    chosen = []
    for seed in range(3):
        control.new_world(seed=seed)
        control.arm("500", probability=0.3)
        talk = Talk(server, key)
        converse(talk)
        talk.close()
        chosen.append(control.faults()[0]["calls"])
    assert len(set(map(tuple, chosen))) > 1
