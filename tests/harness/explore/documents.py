"""Documents of explorations as they might come about, made by hand: small ones, hostile ones, large ones."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

TEST = "tests/test_bot.py::test_answer"

HOSTILE = "</script><img src=x onerror=\"document.title='owned'\"><!--<script>\ud800 %3Cb%3E"
"""What a body may hold: the end of a script, markup with code, a comment, half a character."""

SEVERITIES = {
    **dict.fromkeys(("absorbed", "surfaced"), "ok"),
    **dict.fromkeys(("raw error", "leaked", "stormed"), "warn"),
    **dict.fromkeys(("crashed", "wrong", "corrupt", "hung"), "fail"),
    "not reached": "apart",
}

CALLS = (
    ("files.create#1", "POST", "/v1/files", 0.0),
    ("vector_stores.create#1", "POST", "/v1/vector_stores", 0.0),
    ("vector_stores.retrieve#1", "GET", "/v1/vector_stores/vs_1", 0.0),
    ("vector_stores.retrieve#2", "GET", "/v1/vector_stores/vs_1", 1.0),
    ("vector_stores.retrieve#3", "GET", "/v1/vector_stores/vs_1", 2.0),
    ("assistants.create#1", "POST", "/v1/assistants", 2.0),
    ("threads.create#1", "POST", "/v1/threads", 2.0),
    ("messages.create#1", "POST", "/v1/threads/thread_1/messages", 2.0),
    ("runs.create#1", "POST", "/v1/threads/thread_1/runs", 2.0),
    ("runs.retrieve#1", "GET", "/v1/threads/thread_1/runs/run_1", 3.0),
    ("runs.retrieve#2", "GET", "/v1/threads/thread_1/runs/run_1", 4.0),
    ("runs.submit_tool_outputs#1", "POST", "/v1/threads/thread_1/runs/run_1/submit_tool_outputs", 4.0),
    ("runs.retrieve#3", "GET", "/v1/threads/thread_1/runs/run_1", 5.0),
    ("messages.list#1", "GET", "/v1/threads/thread_1/messages", 6.0),
)
"""A conversation with a file, a run and one call of a tool: call, method, path, moment."""

STATES = (
    (0.0, "file.processed", "file-1"),
    (0.0, "vector_store.file.in_progress", "vs_1/file-1"),
    (1.5, "vector_store.file.completed", "vs_1/file-1"),
    (2.0, "thread.run.queued", "run_1"),
    (2.0, "thread.run.in_progress", "run_1"),
    (3.5, "thread.run.requires_action", "run_1"),
    (4.0, "thread.run.in_progress", "run_1"),
    (5.5, "thread.run.completed", "run_1"),
)

CAUSED = {
    "files.create#1": ["file.processed"],
    "vector_stores.create#1": ["vector_store.file.in_progress"],
    "threads.create#1": ["thread.created"],
    "messages.create#1": ["thread.message.created"],
    "runs.create#1": ["thread.run.created", "thread.run.queued", "thread.run.in_progress"],
    "runs.submit_tool_outputs#1": ["thread.run.in_progress"],
}

COLUMNS = (
    *(("transport", name) for name in ("lost_ack", "reset_before", "stall", "slow(30s)", "cut_body")),
    *(("proxy", name) for name in ("html_200", "bad_json")),
    *(("http", name) for name in ("429", "500", "401", "409", "429_quota")),
    *(("run", name) for name in ("run.failed(server_error)", "run.expired", "run.stuck(in_progress)")),
    ("index", "index.stuck"),
    ("tools", "tool.bad_json_args"),
    ("data", "list.page_boundary"),
)
"""Groups and faults; not in the order of the columns."""

VERDICTS = {
    "lost_ack": "raw error",
    "401": "raw error",
    "429_quota": "stormed",
    "html_200": "crashed",
    "bad_json": "surfaced",
    "run.failed(server_error)": "wrong",
    "run.expired": "wrong",
    "run.stuck(in_progress)": "hung",
    "index.stuck": "hung",
    "list.page_boundary": "not reached",
}
"""What comes of a fault, unless it is absorbed."""


def exchange(call: str, method: str, path: str, at: float, **changed: Any) -> Json:
    """One call and its answer."""
    number = call.partition("#")[2]
    made: Json = {
        "at": at,
        "ended": at,
        "call": call,
        "method": method,
        "path": path,
        "status": 200,
        "request": {"name": f"body of {call}"} if method == "POST" else None,
        "response": {"id": f"obj_{number}", "object": call.partition(".")[0], "created_at": int(at)},
        "faults": [],
        "performed": True,
        "outcome": "done",
        "events": CAUSED.get(call, []),
    }
    return made | changed


def history() -> list[Json]:
    """The calls of the run without faults."""
    return [exchange(*call) for call in CALLS]


def states() -> list[Json]:
    """What the server went through in it."""
    return [{"at": at, "event": event, "subject": subject} for at, event, subject in STATES]


def fault(group: str, name: str, call: str, *, fired: bool = True, lasting: bool = False) -> Json:
    """One fault at one call."""
    operation, _, ordinal = call.partition("#")
    return {
        "call": call,
        "operation": operation,
        "ordinal": int(ordinal),
        "fault": name,
        "name": name.partition("(")[0],
        "group": group,
        "lasting": lasting,
        "fired": [call] if fired else [],
    }


def variant(faults: list[Json], verdict: str, **changed: Any) -> Json:
    """What came of a test under these faults."""
    name = "+".join(f"{each['call']}~{each['fault']}" for each in faults)
    nodeid = f"{TEST}[{name}]"
    made: Json = {
        "id": name,
        "nodeid": nodeid,
        "depth": len(faults),
        "faults": faults,
        "verdict": verdict,
        "severity": SEVERITIES[verdict],
        "reason": f"{verdict} under {faults[0]['fault']} at {faults[0]['call']}",
        "accepted": None,
        "new": True,
        "virtual_seconds": 6.0,
        "attempts": 2,
        "passed": verdict in ("absorbed", "leaked", "not reached"),
        "checks": [],
        "error": None,
        "history": [_struck(each, faults) for each in history()],
        "states": states(),
        "reproduce": f'pytest "{nodeid}" --assistants-explore',
        "scenario": None,
    }
    return made | changed


def _struck(one: Json, faults: list[Json]) -> Json:
    names = [each["fault"] for each in faults if each["call"] == one["call"] and each["fired"]]
    if not names:
        return one
    status = int(names[0][:3]) if names[0][:3].isdigit() else one["status"]
    return {**one, "faults": names, "status": status, "performed": status == 200}


def lost_message(response: Any = None) -> Json:
    """The telling one: the answer is lost, the client asks again, and the message is there twice."""
    lost = variant([fault("transport", "lost_ack", "messages.create#1")], "corrupt", passed=True)
    first = exchange(*CALLS[7], faults=["lost_ack"], status=None, outcome="cut", response=None)
    again = exchange("messages.create#2", *CALLS[7][1:], response=response or {"id": "msg_2"})
    later = [{**each, "at": each["at"] + 1.0, "ended": each["ended"] + 1.0} for each in history()[8:]]
    return lost | {
        "reason": "The user's message is stored twice (msg_1, msg_2), though the test passed.",
        "history": [*history()[:7], first | {"ended": 2.5}, again | {"at": 3.0, "ended": 3.0}, *later],
        "states": [s | {"at": s["at"] + (1.0 if s["at"] >= 2.0 else 0.0)} for s in states()],
        "checks": [
            {
                "name": "duplicate_message",
                "verdict": "corrupt",
                "text": "Two messages of the same text were added for one turn.",
                "calls": ["messages.create#1", "messages.create#2"],
            }
        ],
        "error": {
            "type": "openai.APIConnectionError",
            "message": "Connection error.",
            "where": "bot.py:42 in ask",
        },
        "scenario": "scenario: the answer to a message is lost\nsteps:\n- messages.create: {}\n",
    }


def applies(group: str, name: str, call: str) -> bool:
    """Whether this fault is one for this call."""
    special = {
        "run": "runs.create",
        "tools": "runs.create",
        "index": "vector_stores.create",
        "data": "messages.list",
    }
    if group in special:
        return call.startswith(f"{special[group]}#")
    return name != "lost_ack" or not call.startswith(
        ("runs.retrieve", "vector_stores.retrieve", "messages.list")
    )


def variants() -> list[Json]:
    """One for each call and fault; polls between the first and the last are left out."""
    made = [
        variant([fault(group, name, call, fired=group != "data")], VERDICTS.get(name, "absorbed"))
        for call, *_ in CALLS
        if call not in ("vector_stores.retrieve#2", "runs.retrieve#2")
        for group, name in COLUMNS
        if applies(group, name, call)
    ]
    made = [lost_message() if one["id"] == "messages.create#1~lost_ack" else one for one in made]
    for one in made:
        if one["id"] == "runs.create#1~run.stuck(in_progress)":
            one |= _stuck()
        if one["id"] == "runs.create#1~401":
            one |= {"accepted": "a wrong key is the operator's to mend", "new": False}
    twice = [fault("transport", "lost_ack", "runs.create#1"), fault("http", "500", "runs.create#2")]
    thrice = [fault("http", "500", "files.create#1"), fault("transport", "stall", "files.create#2")]
    return [*made, variant(twice, "leaked"), variant(thrice, "absorbed")]


def _stuck() -> Json:
    polls = [
        exchange(
            f"runs.retrieve#{number}", "GET", CALLS[9][2], 2.0 + number, response={"status": "in_progress"}
        )
        for number in range(1, 26)
    ]
    proof = {"at": 27.0, "event": "quiescence", "subject": "run_1"}
    return {
        "reason": "The run was polled 25 times while nothing was left that could change it.",
        "history": [*history()[:8], exchange(*CALLS[8], faults=["run.stuck(in_progress)"]), *polls],
        "states": [*states()[:5], proof],
        "virtual_seconds": 25.0,
        "passed": False,
    }


def tested(made: list[Json], **changed: Any) -> Json:
    """One explored test with these variants."""
    plain: Json = {
        "test": TEST,
        "status": "explored",
        "reason": "",
        "baseline": {"calls": len(CALLS), "virtual_seconds": 6.0, "history": history(), "states": states()},
        "planned": len(made),
        "left_out": 0,
        "variants": made,
    }
    return plain | changed


def document(tests: list[Json], **changed: Any) -> Json:
    """A whole exploration of these tests."""
    counts: dict[str, int] = {}
    for each in (one for test in tests for one in test["variants"]):
        counts[each["verdict"]] = counts.get(each["verdict"], 0) + 1
    plain: Json = {
        "schema": 1,
        "tool": "assistants-mock 0.5.0",
        "command": "assistants-mock explore tests/test_bot.py",
        "seed": 0,
        "depth": 2,
        "counts": counts,
        "exit": 1,
        "stale": [],
        "tests": tests,
    }
    return plain | changed


def usual() -> Json:
    """Two tests, one of which could not be explored, and an accepted weakness that is no more."""
    silent = tested(
        [],
        test="tests/test_bot.py::test_clock",
        status="inconclusive",
        reason="It is not deterministic: the runs without faults differ first at call 7.",
    )
    stale = [{"id": f"{TEST}[files.create#1~409]", "reason": "The fault is absorbed now."}]
    return document([tested(variants()), silent], stale=stale)


def hostile() -> Json:
    """Markup and code wherever text comes from outside."""
    lost = lost_message({"text": HOSTILE})
    lost["history"][0] |= {"response": HOSTILE, "path": f"/v1/{HOSTILE}"}
    lost |= {"reason": HOSTILE, "accepted": HOSTILE, "reproduce": HOSTILE, "scenario": HOSTILE}
    lost["error"] |= {"message": HOSTILE, "where": HOSTILE}
    lost["checks"][0] |= {"text": HOSTILE}
    lost["states"][0] |= {"subject": HOSTILE}
    return document([tested([lost], test=f"{TEST}[{HOSTILE}]", reason=HOSTILE)], command=HOSTILE)


def large(number: int = 500, calls: int = 40) -> Json:
    """As many variants as a budget allows, each with long bodies of its own."""
    names = [f"threads.create#{ordinal}" for ordinal in range(1, calls + 1)]
    verdicts = list(SEVERITIES)
    made = [
        variant(
            [fault(*COLUMNS[place % 12], names[place // 12 % calls], lasting=place >= 12 * calls)],
            verdicts[place % len(verdicts)],
            history=[
                exchange(
                    name, "POST", "/v1/threads", float(at), response={"n": place, "text": f"{name} " * 40}
                )
                for at, name in enumerate(names)
            ],
        )
        for place in range(number)
    ]
    quiet = [exchange(name, "POST", "/v1/threads", float(at)) for at, name in enumerate(names)]
    baseline = {"calls": calls, "virtual_seconds": float(calls), "history": quiet, "states": []}
    return document([tested(made, baseline=baseline)])
