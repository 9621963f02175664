"""A world with something of everything in it, and what is known of it: ids that requests can name."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import requests

KINDS = {
    "assistant_id": "assistant",
    "thread_id": "thread",
    "message_id": "thread.message",
    "run_id": "thread.run",
    "step_id": "thread.run.step",
    "file_id": "file",
    "upload_id": "upload",
    "vector_store_id": "vector_store",
    "batch_id": "vector_store.file_batch",
}
"""Which kind of object a parameter names."""

LISTS = {"file_ids": "file", "vector_store_ids": "vector_store", "part_ids": "upload.part"}
MODELS = ("gpt-4o", "gpt-4o-mini", "o3-mini", "gpt-3.5-turbo")
KEPT = 60
"""So many objects of a kind are remembered, the newest."""

ACTIVE = ("queued", "in_progress", "requires_action", "cancelling")
ENDED = ("completed", "failed", "incomplete", "cancelled")
RUNS = {
    **{f"{status}_{number}": status for status in ("queued", "in_progress") for number in range(3)},
    **{f"requires_action_{number}": "requires_action" for number in range(12)},
    **{status: status for status in ENDED},
}
"""Runs by the ends of their ids, each on a thread of its own, and their statuses."""

STATUSES = {
    "/submit_tool_outputs": ("requires_action",),
    "/runs/{run_id}/cancel": ACTIVE[:3],
    "/uploads/{upload_id}/cancel": ("pending",),
    "/complete": ("pending",),
    "/parts": ("pending",),
}
"""What the last object of a path has to be, by the path's end, for a request to get through."""

IDLE = ("POST /threads/{thread_id}/runs", "POST /threads/{thread_id}/messages", "DELETE /threads/{thread_id}")
"""What is refused while a run of the thread is active."""

ALTERNATIVES = (("file_ids", "files"), ("vector_store_ids", "vector_stores"))
SEARCHABLE = (".txt", ".md")
MORE = tuple(f"file-more{number}" for number in range(8))
JOINED = "joined.txt"
"""The file of uploads whose first part is all they need."""

_FUNCTION = {"name": "lookup", "parameters": {"type": "object", "properties": {}}}
_TOOLS = [{"type": "code_interpreter"}, {"type": "file_search"}, {"type": "function", "function": _FUNCTION}]


class Known:
    """The objects of a world that answers have shown; `random` chooses among them."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.objects: dict[str, list[dict[str, Any]]] = {}

    def learn(self, value: Any) -> None:
        """Remember every object within an answer, and forget what is deleted, with what was inside it."""
        if isinstance(value, list):
            for part in value:
                self.learn(part)
        elif isinstance(value, dict):
            if isinstance(value.get("object"), str) and isinstance(value.get("id"), str):
                if value.get("deleted"):
                    self._forget(value["object"].removesuffix(".deleted"), value["id"])
                else:
                    seen = self.objects.setdefault(value["object"], [])
                    seen[:] = [one for one in seen if one["id"] != value["id"]][-KEPT:]
                    seen.append(value)
            self.learn(list(value.values()))

    def _forget(self, kind: str, name: str) -> None:
        parent = {"thread": "thread_id", "vector_store": "vector_store_id"}.get(kind)
        for seen in self.objects.values():
            seen[:] = [one for one in seen if parent is None or one.get(parent) != name]
        kinds = (kind, "vector_store.file") if kind == "file" else (kind,)
        for one_kind in kinds:
            seen = self.objects.get(one_kind, [])
            seen[:] = [one for one in seen if one["id"] != name]

    def some(self, kind: str, **wanted: str) -> dict[str, Any] | None:
        """One of the kind, where there is one with these fields."""
        objects = self.objects.get(kind, [])
        fitting = [one for one in objects if all(one.get(name) == part for name, part in wanted.items())]
        return self.random.choice(fitting or objects) if objects else None

    def fitting_path(self, method: str, path: str) -> list[dict[str, Any]] | None:
        """The objects that the end of a path may name so that the request gets through; None if any may."""
        if f"{method} {path}" in IDLE:
            busy = {one["thread_id"] for one in self.objects.get("thread.run", []) if one["status"] in ACTIVE}
            return [one for one in self.objects.get("thread", []) if one["id"] not in busy]
        kind = self._kind(path)
        if kind is None:
            return None
        objects = self.objects.get(kind, [])
        for end, statuses in STATUSES.items():
            if path.endswith(end):
                objects = [one for one in objects if one.get("status") in statuses]
        if path.endswith("/complete"):
            objects = [one for one in objects if one["filename"] == JOINED]
        return list(objects)

    def _kind(self, path: str) -> str | None:
        last = path.split("{")[-1].partition("}")[0]
        if last == "file_id" and "{vector_store_id}" in path:
            return "vector_store.file"
        return KINDS.get(last)

    def path(self, method: str, path: str, given: dict[str, Any]) -> dict[str, Any]:
        """Path parameters that fit together: of one object, its parents and itself."""
        last = path.split("{")[-1].partition("}")[0]
        if last == "model":
            return {**given, "model": self.random.choice(MODELS)}
        fitting = self.fitting_path(method, path)
        if not fitting:
            return given
        chosen = self.random.choice(fitting)
        return {name: chosen["id"] if name == last else chosen.get(name) or given[name] for name in given}

    def query(self, path: str, given: dict[str, Any]) -> dict[str, Any]:
        """Cursors that name what the list has, and some of the other parameters."""
        query = {name: part for name, part in given.items() if self.random.random() < 0.7}
        kind = {"messages": "thread.message", "runs": "thread.run", "steps": "thread.run.step"}.get(
            path.rpartition("/")[2], path.rpartition("/")[2].removesuffix("s")
        )
        for name in ("after", "before"):
            if name in query and (one := self.some(kind)):
                query[name] = one["id"]
        return query

    def body(self, value: Any, often: float = 0.7) -> Any:
        """The same body, ids and models in it often replaced by such that exist."""
        if isinstance(value, list):
            return [self.body(part, often) for part in value]
        if not isinstance(value, dict):
            return value
        for pair in ALTERNATIVES:
            if value.keys() >= set(pair) and self.random.random() < often:
                value = {name: part for name, part in value.items() if name != self.random.choice(pair)}
        return {name: self._field(name, part, often) for name, part in value.items()}

    def _field(self, name: str, value: Any, often: float) -> Any:
        if self.random.random() < often:
            if name == "model" and isinstance(value, str):
                return self.random.choice(MODELS)
            if name == "image_file" and isinstance(value, dict):
                return {**value, "file_id": "file-4"}
            if name == "file_id" and isinstance(value, str):
                return self._file()
            if name in KINDS and isinstance(value, str) and (one := self.some(KINDS[name])):
                return one["id"]
            if name == "file_ids" and isinstance(value, list):
                return list(dict.fromkeys(self._file() for _ in value[:20]))
            if name in LISTS and isinstance(value, list):
                found = [self.some(LISTS[name]) for _ in value[:1]]
                return [one["id"] for one in found if one]
        return self.body(value, often)

    def _file(self) -> str:
        """A file that can be searched."""
        files = [one for one in self.objects.get("file", []) if one["filename"].endswith(SEARCHABLE)]
        return str(self.random.choice(files)["id"]) if files else "file-none"

    def fitting(self, body: dict[str, Any], path: dict[str, Any]) -> dict[str, Any]:
        """The body with what the path asks for: outputs of a run's calls, an upload's part, a file's size."""
        if "tool_outputs" in body:
            run = self.some("thread.run", id=str(path.get("run_id"))) or {}
            asked = (run.get("required_action") or {}).get("submit_tool_outputs", {}).get("tool_calls", [])
            return {**body, "tool_outputs": [{"tool_call_id": call["id"], "output": "42"} for call in asked]}
        if "part_ids" in body:
            parts = self.objects.get("upload.part", [])
            of_upload = [one["id"] for one in parts if one["upload_id"] == path.get("upload_id")]
            return {**body, "part_ids": of_upload[:1]}
        if isinstance(body.get("bytes"), int) and isinstance(body.get("filename"), str):
            return {**body, "bytes": abs(body["bytes"]), "filename": body["filename"] + SEARCHABLE[0]}
        return body


def furnish(session: requests.Session, url: str, known: Known) -> None:
    """A new world behind the session's key, with something of each kind in it, in many states."""
    fixtures: list[dict[str, Any]] = [
        {"object": "assistant", "id": "asst_1", "tools": _TOOLS, "instructions": "Be brief."},
        *(
            {"object": "assistant", "id": f"asst_{number}", "instructions": "Be brief."}
            for number in range(2, 9)
        ),
        {
            "object": "file",
            "id": "file-1",
            "filename": "one.txt",
            "text": "The first file speaks of owls. " * 40,
        },
        {"object": "file", "id": "file-2", "filename": "two.md", "text": "# Two\n\nThe second, of otters.\n"},
        {
            "object": "file",
            "id": "file-3",
            "filename": "out.csv",
            "purpose": "assistants_output",
            "text": "a,b\n",
        },
        {"object": "file", "id": "file-4", "filename": "four.png", "purpose": "vision", "text": "drawn"},
        *({"object": "file", "id": name, "filename": f"{name}.txt", "text": "More."} for name in MORE),
        {"object": "vector_store", "id": "vs_1", "file_ids": ["file-1", "file-2", *MORE]},
        *({"object": "vector_store", "id": f"vs_{number}"} for number in range(2, 8)),
        *({"object": "thread", "id": f"thread_{number}"} for number in range(8)),
    ]
    for name, status in RUNS.items():
        thread = f"thread_{name}"
        run = {"object": "thread.run", "id": f"run_{name}", "thread_id": thread, "assistant_id": "asst_1"}
        said = {"thread_id": thread, "role": "user", "content": "Hi."}
        fixtures += [
            {"object": "thread", "id": thread},
            {"object": "thread.message", "id": f"msg_{name}", **said},
            {**run, "status": status},
        ]
    known.objects.clear()

    def ask(method: str, path: str, **more: Any) -> Any:
        answer = session.request(method, url + path, timeout=30, **more)
        answer.raise_for_status()
        found = json.loads(answer.content)
        known.learn(found)
        return found

    ask("POST", "/_mock/world", json={})
    ask("POST", "/_mock/fixtures", json=fixtures)
    for name in ("requires_action_0", "completed"):
        ask("GET", f"/v1/threads/thread_{name}/runs/run_{name}/steps")
        ask("GET", f"/v1/threads/thread_{name}/messages")
    ask("GET", "/v1/vector_stores/vs_1/files")
    ask("POST", "/v1/vector_stores/vs_1/file_batches", json={"file_ids": ["file-2"]})
    new = {"filename": JOINED, "purpose": "assistants", "bytes": 4, "mime_type": "text/plain"}
    for _ in range(6):
        upload = ask("POST", "/v1/uploads", json=new)
        ask("POST", f"/v1/uploads/{upload['id']}/parts", files={"data": b"abcd"})
