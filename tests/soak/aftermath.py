"""Looking at a server that was killed and begun again: all that was acknowledged is there, and no more."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.soak.ledger import STEADY, Intent, Thing
from tests.soak.visitor import ENDED, Visitor
from tests.spec import FOLDER, description

Object = dict[str, Any]
Key = tuple[str, str, str]

SCHEMAS = {
    "assistant": "AssistantObject",
    "thread": "ThreadObject",
    "thread.message": "MessageObject",
    "thread.run": "RunObject",
    "file": "OpenAIFile",
    "upload": "Upload",
    "vector_store": "VectorStoreObject",
    "vector_store.file": "VectorStoreFileObject",
    "vector_store.file_batch": "VectorStoreFileBatchObject",
    "thread.run.step": "RunStepObject",
}
PATIENCE = 300
"""What is not over after so many looks is stuck: each moves time."""

MADE_BY_RUNS = ("thread.message", "thread.run.step")


class Aftermath:
    """One look at everything. `violations` are laws that were broken, in words."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self.runs_resumed = self.indexes_resumed = 0
        self.unanswered = self.had_happened = 0
        self._well_formed: set[bytes] = set()
        self._looked: set[str] = set()
        self._uploads: set[str] = set()
        self._visitors: list[Visitor] = []
        self._description = description() if (FOLDER / "assistants.openapi.json").is_file() else None

    def wrong(self, what: str) -> None:
        """A law is broken."""
        self.violations.append(what)

    def look_at_disk(self, store: Path) -> None:
        """The database is whole, and the folder has what objects refer to and nothing else."""
        with closing(sqlite3.connect(f"{store.as_uri()}?mode=ro", uri=True)) as database:
            (found,) = database.execute("PRAGMA integrity_check(1)").fetchone()
            if found != "ok":
                self.wrong(f"integrity_check: {found}")
            rows = database.execute("SELECT DISTINCT digest FROM object WHERE digest IS NOT NULL")
            wanted = {row[0] for row in rows}
        folder = store.with_name(f"{store.name}.files")
        there = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
        if there != wanted:
            self.wrong(
                f"contents nobody refers to {sorted(there - wanted)}, missing {sorted(wanted - there)}"
            )

    def look_at_world(self, visitors: list[Visitor]) -> None:
        """Everything in one world is what its visitors were told; what was under way goes on to its end."""
        self._visitors = visitors
        for visitor in visitors:
            self._uploads |= {thing.id for thing in visitor.ledger.gone if thing.kind == "upload"}
        listed = self._listed(visitors[0])
        for key, times in Counter(listed).items():
            if times > 1:
                self.wrong(f"{key} is listed {times} times")
        there = set(listed)
        for visitor in visitors:
            if visitor.ledger.intent is not None:
                self._resolve(visitor, visitor.ledger.intent, there)
                visitor.ledger.intent = None
        for visitor in visitors:
            for thread in visitor.ledger.of("thread"):
                if any(not message.id for message in visitor.ledger.of("thread.message", thread)):
                    visitor.learn(thread)
        known = {thing.key: thing for visitor in visitors for thing in visitor.ledger.things}
        for key in known.keys() - there:
            self.wrong(f"{key} was acknowledged and is gone")
        runs = {thing.id for thing in known.values() if thing.kind == "thread.run"}
        threads = {thing.id for thing in known.values() if thing.kind == "thread"}
        for kind, object_id, parent in there - known.keys():
            by_run = kind in MADE_BY_RUNS and (parent in runs or parent in threads)
            if not by_run and not (kind == "upload" and object_id in self._uploads):
                self.wrong(f"{kind} {object_id} of {parent or 'nobody'} is there although nobody was told")
        for visitor in visitors:
            for thing in [each for each in visitor.ledger.things if each.key in there]:
                self._look_at(visitor, thing)
        for kind in ("assistants", "files", "vector_stores"):
            self._look_at_list(visitors, f"/v1/{kind}", kind[:-1])
        for visitor in visitors:
            self._follow(visitor)

    def _listed(self, visitor: Visitor) -> list[Key]:
        path, found = "/_mock/objects?limit=5000", []
        while True:
            page = visitor.done(visitor.call("GET", path)).body
            found += [(each["object"], each["id"], each.get("parent", "")) for each in page["data"]]
            self.indexes_resumed += sum(
                each["object"] == "vector_store.file" and each["status"] == "in_progress"
                for each in page["data"]
            )
            if not page["has_more"]:
                return found
            path = f"/_mock/objects?limit=5000&after={page['last_id']}"

    # What was not answered

    def _resolve(self, visitor: Visitor, intent: Intent, there: set[Key]) -> None:
        """Find out whether it happened; then wholly."""
        self.unanswered += 1
        happened = {
            "make": self._made,
            "change": self._changed,
            "remove": self._removed,
            "signal": self._signalled,
        }[intent.act](visitor, intent, there)
        self.had_happened += happened

    def _made(self, visitor: Visitor, intent: Intent, there: set[Key]) -> bool:
        if intent.thing.kind == "upload":
            return self._began_upload(there)
        wanted = [intent.thing, *intent.with_it]
        known = {thing.id for thing in visitor.ledger.things}
        for thing in sorted(wanted, key=lambda each: each.kind != "thread"):  # others are of the thread
            if thing.kind != "vector_store.file":
                self._find(visitor, thing, there, known)
        made = [thing for thing in wanted if thing.id and thing.key in there]
        if not made:
            return False
        if len(made) != len(wanted):
            self.wrong(f"half of a request was done: {[(thing.kind, thing.mark) for thing in made]}")
        for thing in made:
            if thing.kind != "upload.part":
                answer = visitor.done(visitor.call("GET", thing.path))
                thing.body, thing.shown = answer.raw, answer.body
            visitor.ledger.add(thing)
        return True

    def _began_upload(self, there: set[Key]) -> bool:
        """Uploads cannot be read, so one that nobody was told of is that of the first who asked for one."""
        known = self._uploads | {thing.id for each in self._visitors for thing in each.ledger.of("upload")}
        for kind, object_id, _ in there:
            if kind == "upload" and object_id not in known:
                self._uploads.add(object_id)
                return True
        return False

    def _find(self, visitor: Visitor, thing: Thing, there: set[Key], known: set[str]) -> None:
        """The id of what was to be made, by the mark it bears."""
        if thing.parent is not None and not thing.parent.id:
            return
        parent = thing.parent.id if thing.parent else ""
        for kind, object_id, its_parent in there:
            if kind != thing.kind or its_parent != parent or object_id in known:
                continue
            thing.id = object_id
            if kind in ("upload.part", "vector_store.file_batch"):
                return
            shown = visitor.done(visitor.call("GET", thing.path)).body
            if thing.mark in (shown.get("filename"), (shown.get("metadata") or {}).get("mark")):
                return
            thing.id = ""

    def _changed(self, visitor: Visitor, intent: Intent, there: set[Key]) -> bool:
        answer = visitor.done(visitor.call("GET", intent.thing.path))
        if answer.raw == intent.thing.body:
            return False
        if answer.body != json.loads(intent.thing.body) | intent.changes:
            self.wrong(f"{intent.thing.path} was half changed: {answer.raw!r}")
        intent.thing.body = answer.raw
        return True

    def _removed(self, visitor: Visitor, intent: Intent, there: set[Key]) -> bool:
        if intent.thing.key in there:
            return False
        visitor.ledger.drop(intent.thing)
        return True

    def _signalled(self, visitor: Visitor, intent: Intent, there: set[Key]) -> bool:
        thing, before = intent.thing, intent.thing.shown["status"]
        if thing.kind == "upload":
            listed = visitor.done(visitor.call("GET", "/v1/files?limit=10000")).body["data"]
            (file,) = intent.with_it
            found = [each for each in listed if each["filename"] == file.mark]
            parts = [part for part in visitor.ledger.of("upload.part", thing) if part.key in there]
            had_parts = bool(visitor.ledger.of("upload.part", thing))
            if not found and (parts or not had_parts):
                return False
            if found and (parts or intent.changes["end"] == "cancel"):
                self.wrong(f"{thing.path} was half ended: {found}, {len(parts)} parts")
            for part in visitor.ledger.of("upload.part", thing):
                visitor.ledger.drop(part)
            visitor.ledger.drop(thing)
            self._uploads.add(thing.id)
            if found:
                file.id = found[0]["id"]
                file.body = visitor.done(visitor.call("GET", file.path)).raw
                visitor.ledger.add(file)
            return True
        visitor.look_at_run(thing)
        return bool(thing.shown["status"] != before)

    # What is there

    def _look_at(self, visitor: Visitor, thing: Thing) -> None:
        if thing.kind == "upload.part" or (thing.kind == "upload"):
            return
        answer = visitor.call("GET", thing.path)
        if answer.status != 200:
            self.wrong(f"{thing.path} is listed, and answers {answer.status}")
            return
        self._check_shape(thing.kind, answer.raw)
        if not thing.body:
            thing.body = answer.raw
            wanted = thing.shown.get("metadata", {"mark": thing.mark})
            if answer.body.get("metadata", wanted) != wanted:
                self.wrong(f"{thing.path} has not the metadata it was given: {answer.raw!r}")
        elif (thing.kind in STEADY or thing.final) and answer.raw != thing.body:
            self.wrong(f"{thing.path} was {thing.body!r} and is {answer.raw!r}")
        if thing.kind == "file":
            content = visitor.call("GET", f"{thing.path}/content")
            refused = content.status == 400  # files for assistants cannot be downloaded
            if not refused and hashlib.sha256(content.raw).digest() != hashlib.sha256(thing.data).digest():
                self.wrong(f"the content of {thing.path} is not what was sent")

    def _check_shape(self, kind: str, raw: bytes) -> None:
        if self._description is None or raw in self._well_formed:
            return
        objection = self._description.objection(SCHEMAS[kind], json.loads(raw))
        if objection is not None:
            self.wrong(f"{kind} has not the API's shape: {objection}")
        self._well_formed.add(raw)

    def _look_at_list(self, visitors: list[Visitor], path: str, kind: str) -> None:
        expected = {thing.id for visitor in visitors for thing in visitor.ledger.of(kind)}
        listed = list(_pages(visitors[0], path, "asc"))
        if sorted(listed) != sorted(expected):
            self.wrong(f"{path} has {len(listed)} objects, {len(expected)} are there")
        if listed != list(_pages(visitors[0], path, "desc"))[::-1]:
            self.wrong(f"{path} differs from end to beginning")

    # What goes on

    def _follow(self, visitor: Visitor) -> None:
        for run in visitor.ledger.of("thread.run"):
            if not run.final:
                self.runs_resumed += 1
                self._follow_run(visitor, run)
            if not run.final or run.mark not in self._looked:
                self._look_at_run(visitor, run)
        for thread in visitor.ledger.of("thread"):
            self._look_at_messages(visitor, thread)
        for store in visitor.ledger.of("vector_store"):
            self._look_at_store(visitor, store)

    def _follow_run(self, visitor: Visitor, run: Thing) -> None:
        for _ in range(PATIENCE):
            visitor.look_at_run(run)
            if run.final or run.shown["status"] == "requires_action":
                return
        self.wrong(f"{run.path} stays {run.shown['status']} for ever")

    def _look_at_run(self, visitor: Visitor, run: Thing) -> None:
        steps = visitor.done(visitor.call("GET", f"{run.path}/steps?limit=100&order=asc")).body["data"]
        open_steps = [step for step in steps if step["status"] == "in_progress"]
        status = run.shown["status"]
        if status in ENDED and open_steps:
            self.wrong(f"{run.path} is {status} with open steps")
        if status == "requires_action":
            asked = [call["id"] for call in run.shown["required_action"]["submit_tool_outputs"]["tool_calls"]]
            if len(open_steps) != 1 or asked != [
                call["id"] for call in open_steps[0]["step_details"].get("tool_calls", ())
            ]:
                self.wrong(f"{run.path} asks for {asked} and has no step that does")
        for step in steps:
            if status == "completed" and step["status"] != "completed":
                self.wrong(f"{run.path} is completed with a step that is {step['status']}")
            if status == "completed" and step["type"] == "message_creation":
                message_id = step["step_details"]["message_creation"]["message_id"]
                place = run.parent.path if run.parent else ""
                answer = visitor.call("GET", f"{place}/messages/{message_id}")
                if answer.status != 200 or not answer.body["content"]:
                    self.wrong(f"{run.path} is completed, and its message {answer.raw!r}")
                else:
                    self._check_shape("thread.message", answer.raw)
        if run.final:
            self._looked.add(run.mark)

    def _look_at_messages(self, visitor: Visitor, thread: Thing) -> None:
        listed = list(_pages(visitor, f"{thread.path}/messages", "asc"))
        if listed != list(_pages(visitor, f"{thread.path}/messages", "desc"))[::-1]:
            self.wrong(f"the messages of {thread.path} differ from end to beginning")
        said = [thing.id for thing in visitor.ledger.of("thread.message", thread)]
        if [each for each in listed if each in set(said)] != said:
            self.wrong(f"the messages of {thread.path} have lost their order")

    def _look_at_store(self, visitor: Visitor, store: Thing) -> None:
        shown = visitor.done(visitor.call("GET", store.path)).body
        for _ in range(PATIENCE):
            if not shown["file_counts"]["in_progress"]:
                break
            shown = visitor.done(visitor.call("GET", store.path)).body
        else:
            self.wrong(f"{store.path} stays in progress for ever")
        entries = visitor.done(visitor.call("GET", f"{store.path}/files?limit=100")).body["data"]
        counted = Counter(entry["status"] for entry in entries)
        if any(
            shown["file_counts"][status] != counted[status] for status in ("completed", "failed", "cancelled")
        ):
            self.wrong(f"{store.path} counts {shown['file_counts']}, and has {dict(counted)}")
        mine = {thing.id: thing for thing in visitor.ledger.of("vector_store.file", store)}
        whole = {entry["id"] for entry in entries if entry["status"] == "completed"}
        words = [thing.word for thing in mine.values()][-3:]
        words += [thing.word for thing in visitor.ledger.gone if thing.kind == "file"][-1:]
        for word in words:
            expected = {each for each in whole if each in mine and mine[each].word == word}
            found = visitor.done(
                visitor.call("POST", f"{store.path}/search", {"query": word, "max_num_results": 50})
            )
            ids = {result["file_id"] for result in found.body["data"]}
            if ids != expected:
                self.wrong(f"a search of {store.path} for {word} finds {ids}, not {expected}")


def _pages(visitor: Visitor, path: str, order: str) -> Iterable[str]:
    """The ids of a whole list, in this order, from pages of twenty."""
    after = ""
    while True:
        page = visitor.done(visitor.call("GET", f"{path}?limit=20&order={order}{after}")).body
        yield from (each["id"] for each in page["data"])
        if not page["has_more"]:
            return
        after = f"&after={page['last_id']}"
