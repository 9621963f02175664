"""A client that makes, changes, reads and removes whatever there is, and remembers what it was told."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from random import Random
from typing import Any

from tests.conftest import Answer, Raw
from tests.properties.documents import prose
from tests.soak.ledger import Intent, Ledger, Thing
from tests.soak.serving import Serving
from tests.stage import WEATHER, form

Object = dict[str, Any]

MOST = {"assistant": 6, "thread": 6, "file": 10, "vector_store": 4}
"""So many of a kind a client keeps; then the oldest goes, or checking would take longer and longer."""

ENDED = ("completed", "failed", "cancelled", "expired", "incomplete")
RULES = [
    {
        "when": {"last_user_message": {"contains": "weather"}},
        "then": {
            "tool_calls": [{"function": "get_weather", "arguments": {"city": "Paris"}}],
            "on_outputs": {"reply": "21 degrees."},
        },
    },
    {
        "when": {"last_user_message": {"contains": "search"}},
        "then": {"steps": [{"file_search": {}}, {"reply": "So."}]},
    },
    {"then": {"reply": "All is well with what you have told me so far."}},
]
"""What the model does: ask for a tool, search, or talk."""


class UnansweredError(Exception):
    """The server is gone, and whether it did what was asked is not known."""


class RefusalError(Exception):
    """The server refused what it has to do."""


class Visitor:
    """One client with a connection of its own; several may share a world. `name` begins all its marks."""

    def __init__(self, name: str, key: str, random: Random) -> None:
        self.name = name
        self.key = key
        self.random = random
        self.ledger = Ledger()
        self.raw: Raw | None = None
        self._marks = 0

    def connect(self, server: Serving) -> None:
        """Speak to this server from now on."""
        self.leave()
        self.raw = server.caller(self.key)

    def leave(self) -> None:
        """Close the connection, if there is one."""
        if self.raw is not None:
            self.raw.connection.close()
            self.raw = None

    def call(self, method: str, path: str, body: Any = None, **headers: str | None) -> Answer:
        """One request. Raises UnansweredError when no whole answer comes."""
        assert self.raw is not None
        try:
            return self.raw(
                method, path, body, {name.replace("_", "-"): value for name, value in headers.items()}
            )
        except (OSError, http.client.HTTPException) as error:
            self.raw.connection.close()
            raise UnansweredError(f"{method} {path}") from error

    def done(self, answer: Answer) -> Answer:
        """The answer to what has to be done. Raises RefusalError when it was not."""
        if answer.status != 200:
            raise RefusalError(f"{answer.status} {answer.raw[:300]!r} to {self.ledger.intent}")
        return answer

    def turn(self) -> None:
        """Do one thing that can be done now."""
        ledger, random = self.ledger, self.random
        acts: list[tuple[int, Callable[[], None]]] = [(2, self._make_assistant), (3, self._make_thread)]
        acts += [(4, self._upload), (2, self._upload_in_parts)]
        if ledger.of("assistant"):
            acts.append((2, self._change))
        if ledger.of("thread"):
            acts += [(8, self._talk), (2, self._remove_message)]
        if ledger.of("thread") and ledger.of("assistant"):
            acts += [(6, self._run), (2, self._make_thread_and_run)]
        if ledger.of("thread.run"):
            acts.append((12, self._go_on_with_run))
        if ledger.of("file"):
            acts.append((3, self._make_store))
        if ledger.of("vector_store"):
            acts += [(5, self._attach), (2, self._detach), (2, self._read_store)]
        kind = random.choice(list(MOST))
        if len(ledger.of(kind)) > MOST[kind]:
            self._remove(ledger.of(kind)[0])
            return
        random.choices([act for _, act in acts], [weight for weight, _ in acts])[0]()

    def mark(self) -> str:
        """A name nothing else has."""
        self._marks += 1
        return f"{self.name}-{self._marks}"

    # Making

    def make(self, thing: Thing, body: Any, *with_it: Thing, **headers: str | None) -> Object:
        """Make it by a POST, and what comes with it; what was answered."""
        self.ledger.intent = Intent("make", thing, with_it=list(with_it))
        answer = self.done(self.call("POST", thing.place, body, **headers))
        shown: Object = answer.body
        thing.id, thing.shown = shown["id"], shown
        thing.body = b"" if thing.kind == "thread" else answer.raw
        for each in (thing, *with_it):
            self.ledger.add(each)
        self.ledger.settled()
        return shown

    def _make_assistant(self) -> None:
        mark = self.mark()
        tools = [WEATHER, {"type": "file_search"}]
        body: Object = {"model": "gpt-4o", "name": mark, "instructions": "Be brief.", "tools": tools}
        body["metadata"] = {"mark": mark}
        self.make(Thing("assistant", mark), body)

    def _make_thread(self) -> None:
        mark = self.mark()
        thread = Thing("thread", mark)
        messages = [self._message(f"{mark}.{number}") for number in range(self.random.randrange(4))]
        said = [Thing("thread.message", each["metadata"]["mark"], thread) for each in messages]
        self.make(thread, {"messages": messages, "metadata": {"mark": mark}}, *said)
        self.learn(thread)

    def learn(self, thread: Thing) -> None:
        """How a thread reads, which is not how its making is answered, and what came with it."""
        thread.body = self.done(self.call("GET", thread.path)).raw
        unknown = [each for each in self.ledger.of("thread.message", thread) if not each.id]
        if not unknown:
            return
        listed = self.done(self.call("GET", f"{thread.path}/messages?limit=100")).body["data"]
        ids = {each["metadata"].get("mark"): each["id"] for each in listed}
        for message in unknown:
            message.id = ids.get(message.mark, "")
            if not message.id:
                raise RefusalError(f"{message.mark} did not come with its thread")
            message.body = self.done(self.call("GET", message.path)).raw

    def _message(self, mark: str) -> Object:
        topic = self.random.choice(("the weather", "a search", "nothing"))
        return {"role": "user", "content": f"Tell me about {topic}. {mark}", "metadata": {"mark": mark}}

    def _talk(self) -> None:
        thread = self.random.choice(self.ledger.of("thread"))
        if self._active(thread):
            return
        mark = self.mark()
        self.make(Thing("thread.message", mark, thread), self._message(mark))

    def _run(self) -> None:
        thread = self.random.choice(self.ledger.of("thread"))
        if self._active(thread):
            return
        mark, assistant = self.mark(), self.random.choice(self.ledger.of("assistant"))
        run = Thing("thread.run", mark, thread)
        body: Object = {"assistant_id": assistant.id, "metadata": {"mark": mark}}
        if self.random.random() < 0.3:
            extra = f"{mark}.0"
            body["additional_messages"] = [self._message(extra)]
            self.make(run, body, Thing("thread.message", extra, thread))
            self.learn(thread)
        else:
            self.make(run, body)

    def _make_thread_and_run(self) -> None:
        mark, assistant = self.mark(), self.random.choice(self.ledger.of("assistant"))
        thread = Thing("thread", mark)
        run = Thing("thread.run", mark, thread)
        message = Thing("thread.message", f"{mark}.0", thread)
        said = {"messages": [self._message(message.mark)], "metadata": {"mark": mark}}
        body = {"assistant_id": assistant.id, "metadata": {"mark": mark}, "thread": said}
        self.ledger.intent = Intent("make", run, with_it=[thread, message])
        answer = self.done(self.call("POST", "/v1/threads/runs", body))
        run.id, run.body, run.shown = answer.body["id"], answer.raw, answer.body
        thread.id = answer.body["thread_id"]
        for thing in (thread, run, message):
            self.ledger.add(thing)
        self.ledger.settled()
        self.learn(thread)

    def _upload(self) -> None:
        mark = self.mark()
        word = _word(mark)
        data = prose((word, "walnut"), self.random.choice((5, 60, 2_000))).encode()
        others = self.ledger.of("file")
        if others and self.random.random() < 0.2:  # the same content again, which is kept once
            data, word = others[-1].data, others[-1].word
        file = Thing("file", f"{mark}.txt", data=data, word=word)
        body, headers = form({"purpose": "assistants"}, file=(file.mark, data))
        self.make(file, body, content_type=headers["Content-Type"])

    def _upload_in_parts(self) -> None:
        mark = self.mark()
        word = _word(mark)
        pieces = [prose((word,), 20 + each).encode() for each in range(self.random.randrange(1, 4))]
        data = b"".join(pieces)
        upload = Thing("upload", f"{mark}.txt", data=data, word=word)
        body = {
            "purpose": "assistants",
            "filename": upload.mark,
            "bytes": len(data),
            "mime_type": "text/plain",
        }
        self.make(upload, body)
        parts = []
        for piece in pieces:
            part = Thing("upload.part", upload.mark, upload)
            sent, headers = form({}, data=("part", piece))
            made = self.make(part, sent, content_type=headers["Content-Type"])
            parts.append(made["id"])
        file = Thing("file", upload.mark, data=data, word=word)
        end = self.random.choice(("complete", "complete", "cancel"))
        self.ledger.intent = Intent("signal", upload, {"end": end}, [file])
        answer = self.done(
            self.call("POST", f"{upload.path}/{end}", {"part_ids": parts} if end == "complete" else {})
        )
        self.end_upload(upload, answer, file)
        self.ledger.settled()

    def end_upload(self, upload: Thing, answer: Answer, file: Thing) -> None:
        """An upload is over: its parts are gone, and maybe there is a file."""
        for part in self.ledger.of("upload.part", upload):
            self.ledger.drop(part)
        self.ledger.drop(upload)  # it stays for ever, and is looked at no more
        if answer.body["status"] == "completed":
            shown = answer.body["file"]
            file.id, file.shown = shown["id"], shown
            file.body = self.done(self.call("GET", file.path)).raw
            self.ledger.add(file)

    def _make_store(self) -> None:
        mark = self.mark()
        files = self.random.sample(self.ledger.of("file"), min(2, len(self.ledger.of("file"))))
        store = Thing("vector_store", mark)
        entries = [_entry_of(store, file) for file in files]
        body = {"name": mark, "metadata": {"mark": mark}, "file_ids": [file.id for file in files]}
        self.make(store, body, *entries)

    def _attach(self) -> None:
        store = self.random.choice(self.ledger.of("vector_store"))
        inside = {entry.id for entry in self.ledger.of("vector_store.file", store)}
        files = [file for file in self.ledger.of("file") if file.id not in inside]
        if not files:
            return
        if len(files) > 1 and self.random.random() < 0.4:
            entries = [_entry_of(store, file) for file in files[:2]]
            batch = Thing("vector_store.file_batch", "", store)
            self.make(batch, {"file_ids": [each.id for each in entries]}, *entries)
        else:
            entry = _entry_of(store, self.random.choice(files))
            self.make(entry, {"file_id": entry.id})

    # Changing, removing, going on

    def _change(self) -> None:
        things = [
            each for each in self.ledger.things if each.kind in ("assistant", "thread", "thread.message")
        ]
        thing = self.random.choice(things)
        if thing.kind == "thread.message" and thing.parent is not None and self._active(thing.parent):
            return
        changes = {"metadata": {"mark": thing.mark, "again": self.mark()}}
        self.ledger.intent = Intent("change", thing, changes)
        answer = self.done(self.call("POST", thing.path, changes))
        if answer.body["metadata"] != changes["metadata"]:
            raise RefusalError(f"{thing.path} was not changed")
        thing.body, thing.shown = b"", thing.shown | changes
        self.ledger.settled()
        # What is answered to a change of a message or thread is another face of it than what is read.
        thing.body = self.done(self.call("GET", thing.path)).raw

    def _remove(self, thing: Thing) -> None:
        self.ledger.intent = Intent("remove", thing)
        answer = self.call("DELETE", thing.path)
        if answer.status == 400 and thing.kind in ("file", "thread"):  # it is being worked on
            self.ledger.intent = None
            return
        self.done(answer)
        self.ledger.drop(thing)
        self.ledger.settled()

    def _remove_message(self) -> None:
        thread = self.random.choice(self.ledger.of("thread"))
        said = self.ledger.of("thread.message", thread)
        if said and not self._active(thread):
            self._remove(self.random.choice(said))

    def _detach(self) -> None:
        entries = self.ledger.of("vector_store.file")
        if entries:
            self._remove(self.random.choice(entries))

    def _read_store(self) -> None:
        store = self.random.choice(self.ledger.of("vector_store"))
        self.done(self.call("GET", store.path))

    def _active(self, thread: Thing) -> bool:
        return any(not run.final for run in self.ledger.of("thread.run", thread))

    def _go_on_with_run(self) -> None:
        runs = [run for run in self.ledger.of("thread.run") if not run.final]
        if not runs:
            return
        run = self.random.choice(runs)
        status = run.shown["status"]
        if status == "requires_action" and self.random.random() < 0.7:
            calls = run.shown["required_action"]["submit_tool_outputs"]["tool_calls"]
            outputs = [{"tool_call_id": call["id"], "output": "21"} for call in calls]
            self._signal(run, "submit_tool_outputs", {"tool_outputs": outputs})
        elif status != "cancelling" and self.random.random() < 0.1:
            self._signal(run, "cancel", {})
        else:
            self.look_at_run(run)

    def _signal(self, run: Thing, what: str, body: Object) -> None:
        self.ledger.intent = Intent("signal", run, {"what": what})
        answer = self.call("POST", f"{run.path}/{what}", body)
        if answer.status == 200:
            self._saw(run, answer)
            self.ledger.settled()
        elif answer.status == 400:  # others have moved time, and the run has ended
            self.ledger.intent = None
            self.look_at_run(run)
        else:
            self.done(answer)

    def look_at_run(self, run: Thing) -> None:
        """See how it is; whoever reads moves time."""
        self._saw(run, self.done(self.call("GET", run.path)))

    def _saw(self, run: Thing, answer: Answer) -> None:
        run.shown, run.body = answer.body, answer.raw
        run.final = run.shown["status"] in ENDED


def _word(mark: str) -> str:
    """A word of letters that only this file has, and that has no ending to be cut off."""
    return f"q{''.join(chr(ord('a') + int(digit)) if digit.isdigit() else 'x' for digit in mark)}z"


def _entry_of(store: Thing, file: Thing) -> Thing:
    return Thing("vector_store.file", file.mark, store, file.id, data=file.data, word=file.word)


def settle_worlds(visitor: Visitor) -> None:
    """Tell the visitor's world what its model does."""
    visitor.done(visitor.call("POST", "/_mock/replies", RULES))
