"""The control door, through the typed client."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from harness.control import Control, ControlError
from mockserver.server import Server
from tests.conftest import Raw
from tests.stage import CODE, Stage

ASSISTANT = {"object": "assistant", "id": "asst_2"}


def converse(client: openai.OpenAI, words: str = "Hello there.") -> tuple[str, str]:
    """One question and its answer: the run's status and the answer's text."""
    assistant = client.beta.assistants.create(model="gpt-4o", instructions="Be brief.")
    thread = client.beta.threads.create(messages=[{"role": "user", "content": words}])
    run = client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)
    message = client.beta.threads.messages.list(thread.id, limit=1).data[0]
    return run.status, message.content[0].text.value  # type: ignore[union-attr]


def test_a_new_world_is_empty_and_set_as_asked(client: openai.OpenAI, control: Control) -> None:
    """Objects, rules and journal are gone; the settings are the server's with the changes."""
    converse(client)
    control.add_replies({"then": {"reply": "x"}})
    made = control.new_world(
        seed="blue", clock="x60", latency={"queued": "2s"}, limits={"messages_per_thread": 2}
    )
    assert (made["seed"], made["clock"], made["latency"]["queued"]) == ("blue", "x60", 2000)
    assert made["limits"]["messages_per_thread"] == 2
    assert client.beta.assistants.list().data == []
    assert control.replies() == []
    assert [entry["call"] for entry in control.journal()] == ["assistants.list#1"]


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"clock": "fast"}, "clock: unknown clock 'fast'"),
        ({"latency": "quick"}, "latency: unknown latency 'quick'"),
        ({"latency": {"queue": 1}}, "latency: unknown latency setting 'queue'"),
        ({"seed": 1.5}, "seed: a seed is"),
        ({"limits": {"messages": 2}}, "limits: unknown limit 'messages'"),
        ({"limits": {"messages_per_thread": 0}}, "at least 1"),
        ({"profile": "real"}, "profile: a profile is"),
        ({"speed": 3}, "speed: unknown setting"),
    ],
)
def test_a_world_that_cannot_be_is_refused_and_the_old_one_stays(
    client: openai.OpenAI, control: Control, settings: dict[str, Any], complaint: str
) -> None:
    """Nothing is half changed."""
    kept = client.beta.assistants.create(model="gpt-4o")
    with pytest.raises(ControlError, match=complaint) as refusal:
        control.new_world(**settings)
    assert refusal.value.status == 400
    assert client.beta.assistants.retrieve(kept.id) == kept


def test_keys_have_worlds_of_their_own(server: Server, client: openai.OpenAI) -> None:
    """What one key makes, another does not see."""
    assistant = client.beta.assistants.create(model="gpt-4o")
    other = client.with_options(api_key="sk-somebody-else")
    with pytest.raises(openai.NotFoundError):
        other.beta.assistants.retrieve(assistant.id)


def test_rules_answer_in_order_and_count_their_use(client: openai.OpenAI, control: Control) -> None:
    """First match wins, spent rules are passed over, then the default responder speaks."""
    control.add_replies(
        [
            {"when": {"last_user_message": {"contains": "France"}}, "then": {"reply": "Paris."}, "times": 1},
            {"when": {"turn": 1, "last_user_message": {"matches": "^What"}}, "then": {"reply": "What?"}},
        ]
    )
    assert converse(client, "What is the capital of France?") == ("completed", "Paris.")
    assert converse(client, "What is the capital of France?") == ("completed", "What?")
    assert "Hello there." in converse(client)[1]
    assert [(rule["id"], rule["used"], rule["spent"]) for rule in control.replies()] == [
        ("rule_1", 1, True),
        ("rule_2", 1, False),
    ]
    control.clear_replies()
    assert control.replies() == []


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ({"then": {"reply": "x"}, "wen": {}}, "unknown key 'wen'; did you mean 'when'"),
        ({"then": {"rply": "x"}}, "then.rply: unknown key 'rply'; did you mean 'reply'"),
        ({"when": {"last_user_message": {"matches": "("}}, "then": {"reply": "x"}}, "last_user_message"),
        ([{"then": {"reply": "x"}}, {"then": {}}], r"\[1\].then"),
        ("hello", "expected"),
    ],
)
def test_a_rule_that_cannot_be_understood_stores_nothing(control: Control, rule: Any, complaint: str) -> None:
    """All of a list, or none of it."""
    with pytest.raises(ControlError, match=complaint):
        control.add_replies(rule)
    assert control.replies() == []


def test_a_rule_for_an_assistant_without_the_tool_is_refused(client: openai.OpenAI, control: Control) -> None:
    """The assistant is named by its id, so the mistake shows before any run."""
    assistant = client.beta.assistants.create(model="gpt-4o")
    rule = {
        "when": {"assistant": {"id": assistant.id}},
        "then": {"tool_calls": [{"function": "f", "arguments": {}}]},
    }
    with pytest.raises(ControlError, match="has no tool f"):
        control.add_replies(rule)


def test_strict_runs_say_which_rules_were_near(client: openai.OpenAI, control: Control) -> None:
    """An unmatched run fails and tells why each rule did not fit."""
    control.new_world(strict=True)
    control.add_replies({"when": {"last_user_message": {"contains": "weather"}}, "then": {"reply": "Sun."}})
    assistant = client.beta.assistants.create(model="gpt-4o")
    thread = client.beta.threads.create(messages=[{"role": "user", "content": "Hello."}])
    run = client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)
    assert run.status == "failed"
    assert run.last_error is not None
    assert "rule_1" in run.last_error.message
    assert "weather" in run.last_error.message


def test_the_journal_tells_what_happened(client: openai.OpenAI, control: Control) -> None:
    """Calls with names and ordinals, events in between, filters, and a fresh start."""
    converse(client)
    calls = [entry["call"] for entry in control.journal() if "call" in entry]
    assert calls == [
        "assistants.create#1",
        "threads.create#1",
        "runs.create#1",
        "runs.retrieve#1",
        "runs.retrieve#2",
        "messages.list#1",
    ]
    runs = control.journal(operation="runs.*")
    assert [entry["call"] for entry in runs] == ["runs.create#1", "runs.retrieve#1", "runs.retrieve#2"]
    assert runs[0]["request"]["assistant_id"] == runs[0]["response"]["assistant_id"]
    assert runs[0]["request_id"].startswith("req_")
    assert [entry["call"] for entry in control.journal(operation="runs.*", limit=1)] == ["runs.create#1"]
    assert control.journal(after=control.journal()[-1]["number"]) == []
    events = [entry["event"] for entry in control.journal() if "event" in entry]
    assert events[:3] == ["thread.run.created", "thread.run.queued", "thread.run.in_progress"]
    control.clear_journal()
    client.beta.assistants.list()
    assert [entry["call"] for entry in control.journal()] == ["assistants.list#1"]


def test_a_stream_is_in_the_journal(client: openai.OpenAI, control: Control) -> None:
    """The events that were sent, and how it ended."""
    assistant = client.beta.assistants.create(model="gpt-4o", instructions="x")
    events = client.beta.threads.create_and_run(assistant_id=assistant.id, stream=True)
    sent = [event.event for event in events]
    entry = control.journal(operation="threads.create_and_run")[0]
    assert (entry["outcome"], entry["events"]) == ("done", [*sent, "done"])


def test_the_timeline_shows_past_and_pending(client: openai.OpenAI, control: Control) -> None:
    """Before: everything pending, the expiry last; after: everything past."""
    control.add_replies({"timeline": {"queued": "1s", "in_progress": "2s"}, "then": {"reply": "Hi."}})
    assistant = client.beta.assistants.create(model="gpt-4o", instructions="x")
    thread = client.beta.threads.create()
    run = client.beta.threads.runs.create(thread.id, assistant_id=assistant.id)
    planned = control.timeline(run.id)
    assert planned["past"] == []
    assert planned["pending"][0]["at"] == run.created_at + 1
    assert planned["pending"][-1] == {
        "at": run.created_at + 600,
        "event": "end",
        "signal": "expire",
        "patch": {},
    }
    control.advance(3)
    assert control.timeline(run.id)["pending"] == []
    with pytest.raises(ControlError, match="nothing with a timeline"):
        control.timeline(thread.id)


def test_the_timeline_of_a_file_in_a_vector_store_is_found_by_both_ids(raw: Raw, control: Control) -> None:
    """The same file may be on its way into several stores."""
    stage = Stage(raw, control)
    file_id = stage.file()
    stores = [stage.post("/vector_stores", {"file_ids": [file_id]})["id"] for _ in range(2)]
    for store_id in stores:
        timeline = control.timeline(f"{store_id}/{file_id}")
        assert timeline["past"] == []
        assert [event["event"] for event in timeline["pending"]] == ["decide"]
    stage.settle(f"/vector_stores/{stores[0]}")
    past = control.timeline(f"{stores[0]}/{file_id}")["past"]
    assert [event["event"] for event in past] == ["decide", "move"]
    for unknown in (
        file_id,
        f"{stores[0]}/{file_id}/x",
        f"{stores[0]}/file-x",
        "../world",
        f"x/../{stores[0]}",
    ):
        with pytest.raises(ControlError) as refusal:
            control.timeline(unknown)
        assert refusal.value.status == 404


def test_the_timeline_shows_no_content_of_files(raw: Raw, control: Control) -> None:
    """What a run's code writes travels with its timeline, but is not for showing."""
    stage = Stage(raw, control)
    outputs = [{"file": {"name": "out.csv", "text": "a secret"}}]
    stage.says({"code_interpreter": {"input": "x", "outputs": outputs}})
    path = stage.run(assistant={"tools": [CODE]})
    planned = control.timeline(path.rpartition("/")[2])["pending"]
    (made,) = [
        event["body"] for event in planned if event["event"] == "make" and event["body"]["object"] == "file"
    ]
    assert made["filename"] == "out.csv"
    assert not [name for name in made if name.startswith("_")]
    stage.finish(path)
    assert stage.download(made["id"]) == b"a secret"


def test_fixtures_have_the_ids_and_states_they_are_given(client: openai.OpenAI, control: Control) -> None:
    """Assistants, threads, messages and runs in any status."""
    statuses = ["queued", "in_progress", "requires_action", "cancelling", "cancelled", "completed", "failed"]
    statuses += ["incomplete", "expired"]
    objects: list[dict[str, Any]] = [{"object": "assistant", "id": "asst_1", "instructions": "x"}]
    for status in statuses:
        thread = {
            "object": "thread",
            "id": f"thread_{status}",
            "messages": [{"role": "user", "content": "Hi"}],
        }
        run = {
            "object": "thread.run",
            "id": f"run_{status}",
            "thread_id": thread["id"],
            "assistant_id": "asst_1",
        }
        objects += [thread, {**run, "status": status}]
    message = {"object": "thread.message", "id": "msg_1", "thread_id": "thread_failed", "role": "user"}
    control.fixtures([*objects, {**message, "content": "One more."}])
    for status in statuses:
        assert client.beta.threads.runs.list(f"thread_{status}").data[0].status == status
    assert client.beta.threads.messages.retrieve("msg_1", thread_id="thread_failed").role == "user"
    waiting = client.beta.threads.runs.retrieve("run_requires_action", thread_id="thread_requires_action")
    assert waiting.required_action is not None


@pytest.mark.parametrize(
    ("objects", "complaint"),
    [
        (
            [{"object": "assistant", "id": "asst_2"}, {"object": "assistant", "id": "asst_2"}],
            "exists already",
        ),
        ([{"object": "assistant", "id": "asst_2"}, {"object": "thread.run", "id": "run_1"}], "thread_id"),
        ([{"object": "thread", "id": "a/b"}], r"objects\[0\].id"),
        ([{"object": "robot", "id": "x"}], "Supported values are"),
        ([7], "not an object"),
        ("x", "a list of objects"),
    ],
)
def test_fixtures_are_made_all_or_none(
    client: openai.OpenAI, control: Control, objects: Any, complaint: str
) -> None:
    """A mistake in the last one takes the first one back."""
    with pytest.raises(ControlError, match=complaint):
        control.fixtures(objects)
    assert client.beta.assistants.list().data == []


def test_auto_create_lets_unknown_ids_exist_on_first_use(client: openai.OpenAI, control: Control) -> None:
    """Ids from somebody's configuration, prefixed or not, in the state the call needs."""
    control.new_world(auto_create=True)
    beta = client.beta
    assert beta.assistants.retrieve("asst_from_config").id == "asst_from_config"
    assert beta.threads.retrieve("my thread".replace(" ", "-")).id == "my-thread"
    assert beta.threads.messages.create("thread_9", role="user", content="Hi").thread_id == "thread_9"
    assert (
        beta.threads.runs.create_and_poll(thread_id="thread_9", assistant_id="asst_8").status == "completed"
    )
    assert beta.threads.runs.retrieve("run_7", thread_id="thread_7").status == "completed"
    assert beta.threads.runs.cancel("run_6", thread_id="thread_6").status == "cancelling"
    assert (
        beta.threads.runs.steps.retrieve("step_1", run_id="run_7", thread_id="thread_7").status == "completed"
    )
    beta.assistants.delete("asst_from_config")
    with pytest.raises(openai.NotFoundError):
        beta.assistants.retrieve("asst_from_config")


def test_auto_create_takes_ids_of_any_letters_in_bodies(client: openai.OpenAI, control: Control) -> None:
    """And makes what they name such that the call succeeds; otherwise their letters are looked at."""
    beta = client.beta
    with pytest.raises(openai.BadRequestError, match="Expected an ID that begins with 'asst'"):
        beta.threads.create_and_run(assistant_id="my-bot")
    control.new_world(auto_create=True)
    resources: Any = {"code_interpreter": {"file_ids": ["data"]}, "file_search": {"vector_store_ids": ["kb"]}}
    assistant = beta.assistants.create(model="gpt-4o", tool_resources=resources)
    assert assistant.tool_resources is not None
    assert assistant.tool_resources.to_dict() == resources
    assert beta.threads.create_and_run(assistant_id="my-bot").assistant_id == "my-bot"
    store = client.vector_stores.create(file_ids=["handbook"])
    assert client.vector_stores.files.retrieve("handbook", vector_store_id=store.id).id == "handbook"
    with pytest.raises(openai.BadRequestError, match="contained additional characters"):
        beta.threads.create_and_run(assistant_id="my bot")


def test_auto_create_makes_what_a_call_goes_on_with(client: openai.OpenAI, control: Control) -> None:
    """A run waits for the calls that are answered, a file can be downloaded, an upload has its part."""
    control.new_world(auto_create=True)
    outputs: Any = [{"tool_call_id": "call_a", "output": "1"}, {"tool_call_id": "call_b", "output": "2"}]
    run = client.beta.threads.runs.submit_tool_outputs("run_1", thread_id="thread_1", tool_outputs=outputs)
    assert run.status == "queued"
    (step,) = client.beta.threads.runs.steps.list("run_1", thread_id="thread_1").data
    details: Any = step.step_details.to_dict()
    assert [call["id"] for call in details["tool_calls"]] == ["call_a", "call_b"]
    assert client.files.content("file-drawing").text == "This file was made on first use.\n"
    upload = client.uploads.complete("upload_1", part_ids=["part_1"])
    assert upload.status == "completed"
    with pytest.raises(openai.BadRequestError, match="upload"):
        client.uploads.complete("upload_1", part_ids=["part_2"])


def test_the_control_door_needs_a_key_but_no_beta_header(raw: Raw) -> None:
    """And says so in the API's words."""
    assert raw("GET", "/_mock/clock", beta=False).status == 200
    refused = raw("GET", "/_mock/clock", headers={"Authorization": None})
    assert refused.status == 401
    assert raw("GET", "/_mock/nothing").body["error"]["message"] == "Invalid URL (GET /_mock/nothing)"


def test_lowered_limits_are_reached_with_three_requests(client: openai.OpenAI, control: Control) -> None:
    """The documented limit of messages, in the documented words."""
    control.new_world(limits={"messages_per_thread": 2})
    thread = client.beta.threads.create()
    for words in ("one", "two"):
        client.beta.threads.messages.create(thread.id, role="user", content=words)
    with pytest.raises(openai.BadRequestError, match="exceeded the maximum number of messages"):
        client.beta.threads.messages.create(thread.id, role="user", content="three")


def test_deleting_a_thread_with_an_active_run_depends_on_the_profile(
    client: openai.OpenAI, control: Control
) -> None:
    """Documented as refused, never seen refused."""
    for profile in ("documented", "observed"):
        control.new_world(profile=profile)
        assistant = client.beta.assistants.create(model="gpt-4o", instructions="x")
        run = client.beta.threads.create_and_run(assistant_id=assistant.id)
        if profile == "documented":
            with pytest.raises(openai.BadRequestError, match="Cannot delete thread while run is active"):
                client.beta.threads.delete(run.thread_id)
        else:
            assert client.beta.threads.delete(run.thread_id).deleted
            with pytest.raises(openai.NotFoundError, match="No thread found"):
                client.beta.threads.runs.retrieve(run.id, thread_id=run.thread_id)
            control.advance(3600)


@pytest.mark.parametrize(
    ("action", "complaint"),
    [
        ({"reply": "x", "stall": "queued"}, "not queued any more"),
        ({"steps": [{"reply": "x"}, {"stall": "queued"}]}, "not queued any more"),
        ({"stall": "requires_action"}, "only after tool_calls"),
    ],
)
def test_a_stall_that_cannot_be_is_refused(control: Control, action: Any, complaint: str) -> None:
    """A run does not go back to where it came from."""
    with pytest.raises(ControlError, match=complaint):
        control.add_replies({"then": action})


def test_a_fixture_whose_script_leads_elsewhere_is_refused(control: Control) -> None:
    """`then` and `status` must agree."""
    run = {"object": "thread.run", "id": "run_1", "thread_id": "thread_1", "assistant_id": "asst_2"}
    call = {"tool_calls": [{"function": "f", "arguments": {}}]}
    thread = {"object": "thread", "id": "thread_1"}
    with pytest.raises(ControlError, match="leads to 'requires_action', not to 'completed'"):
        control.fixtures([ASSISTANT, thread, {**run, "status": "completed", "then": call}])
    control.fixtures([ASSISTANT, thread, {**run, "status": "requires_action", "then": call}])
