"""An opened target: worlds for scenarios, time, clients, plain requests, the budget."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import openai
import pytest

from harness.capabilities import CAPABILITIES, CONTROLLED
from harness.control import ControlError
from harness.orders import order_of
from harness.serving import ServerProcess
from harness.targets.connection import Connection
from harness.targets.exchanges import BudgetError
from harness.targets.opening import open_target
from harness.targets.target import Target, TargetError, UnreachableError, find_target
from mockserver.server import Server
from tests.harness.targets.conftest import scenario
from tests.harness.targets.servers import Asked, HttpServer, Reply, changing


def asked(connection: Connection, text: str = "Hello?") -> Any:
    """What is answered to a question, and the run it was answered in."""
    client = connection.client()
    assistant = client.beta.assistants.create(model="gpt-4o")
    run = client.beta.threads.create_and_run_poll(
        assistant_id=assistant.id, thread={"messages": [{"role": "user", "content": text}]}
    )
    messages = client.beta.threads.messages.list(run.thread_id).data
    return run, messages[0].content[0].text.value  # type: ignore[union-attr]


# Worlds


def test_a_scenario_begins_in_a_new_world_with_its_backend(mocked: Connection) -> None:
    mocked.begin(
        scenario(
            seed=7,
            backend={
                "runs": [{"then": {"reply": "Good day."}}],
                "latency": "slow",
                "limits": {"messages_per_thread": 3},
                "fixtures": [{"object": "thread", "id": "thread_mine"}],
            },
            faults=(
                {"fault": "500", "at": "threads.create#1"},
                {"fault": "429(retry_after=1s)", "at": "files.create"},
            ),
        )
    )
    assert mocked.control is not None
    world = mocked.control.snapshot()["settings"]
    assert (world["seed"], world["limits"]["messages_per_thread"]) == (7, 3)
    assert world["latency"]["queued"] == 5_000
    assert [(fault["fault"], fault["at"]["operation"]) for fault in mocked.control.faults()] == [
        ("500", "threads.create#1"),
        ("429(retry_after=1s)", "files.create"),
    ]
    client = mocked.client(max_retries=0)
    assert client.beta.threads.retrieve("thread_mine").id == "thread_mine"
    with pytest.raises(openai.InternalServerError):
        client.beta.threads.create()
    _, text = asked(mocked)
    assert text == "Good day."
    assert mocked.seed == 7

    mocked.begin(scenario())
    assert (mocked.seed, mocked.control.faults(), mocked.control.replies()) == (0, [], [])
    with pytest.raises(openai.NotFoundError):
        client.beta.threads.retrieve("thread_mine")


def test_equal_seeds_give_equal_ids(mocked: Connection) -> None:
    seen = []
    for seed in (3, 3, 4):
        mocked.begin(scenario(seed=seed))
        seen.append(mocked.client().beta.threads.create().id)
    assert seen[0] == seen[1] != seen[2]


def test_a_seed_for_all_goes_before_that_of_a_scenario(mock_target: Target) -> None:
    with open_target(mock_target, seed=9) as connection:
        connection.begin(scenario(seed=3))
        assert connection.seed == 9
        assert connection.control is not None
        assert connection.control.snapshot()["settings"]["seed"] == 9


def test_what_the_mock_does_not_understand_is_told(mocked: Connection) -> None:
    with pytest.raises(ControlError, match="unknown setting"):
        mocked.begin(scenario(backend={"colour": "red"}))


@pytest.mark.parametrize(
    ("written", "order"),
    [
        ("lost_ack", {"fault": "lost_ack"}),
        ("429(retry_after=20s) at runs.create#2", {"fault": "429(retry_after=20s)", "at": "runs.create#2"}),
        ("500 at v1.assistants.files.list", {"fault": "500", "at": "v1.assistants.files.list"}),
        ("500 at vector_stores.*", {"fault": "500", "at": "vector_stores.*"}),
        ('bad_json(text="closed at noon")', {"fault": 'bad_json(text="closed at noon")'}),
        (
            'bad_json(text="at noon") at files.create',
            {"fault": 'bad_json(text="at noon")', "at": "files.create"},
        ),
        ({"fault": "500"}, {"fault": "500"}),
    ],
)
def test_orders_in_one_line(written: Any, order: Any) -> None:
    assert order_of(written) == order


# Time


def test_virtual_time_is_moved_and_never_waited_for(mocked: Connection) -> None:
    mocked.begin(scenario())
    began = mocked.now()
    mocked.pause(3_600.5)
    mocked.pause(0)
    mocked.pause(-1)
    assert mocked.now() - began == 3_600.5
    assert not mocked.real


def test_other_clocks_for_the_worlds_of_a_mock(mock_target: Target) -> None:
    with open_target(mock_target, time="scaled:100000") as connection:
        connection.begin(scenario())
        assert connection.control is not None
        assert connection.control.clock()["mode"] == "x100000"
        before = connection.now()
        connection.pause(1_000)  # 10 ms of the wall
        assert connection.now() - before >= 1_000


def test_only_mocks_have_another_time(closed: ServerProcess, mock_target: Target) -> None:
    with pytest.raises(TargetError, match="has real time only; virtual time needs a mock"):
        open_target(find_target(f"compatible:{closed.base_url}"), time="virtual")
    with pytest.raises(TargetError, match="time is virtual, real or scaled:100, not 'quick'"):
        open_target(mock_target, time="quick")
    with pytest.raises(TargetError, match="the clock of a running server is set through its control door"):
        open_target(replace(mock_target, control=False, clock="real"), time="virtual")


def test_a_real_target_has_the_walls_time(elsewhere: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("harness.targets.connection.time.sleep", slept.append)
    elsewhere.pause(2.5)
    assert slept == [2.5]
    assert elsewhere.now() > 1_750_000_000
    assert elsewhere.real
    assert elsewhere.control is None
    assert elsewhere.seed is None


# Opening


def test_a_mock_without_an_address_is_started_and_stopped() -> None:
    with open_target(find_target("mock"), seed=5) as connection:
        connection.begin(scenario())
        assert asked(connection)[0].status == "completed"
        assert connection.capabilities == frozenset(CAPABILITIES)
        client = connection.client(max_retries=0)
        url = connection.base_url
    with (
        openai.OpenAI(base_url=url, api_key="x", max_retries=0) as late,
        pytest.raises(openai.APIConnectionError),
    ):
        late.models.list()
    with pytest.raises((RuntimeError, openai.APIConnectionError)):  # it is closed
        client.models.list()


def test_a_mock_may_be_started_with_its_door_closed() -> None:
    target = replace(find_target("mock"), control=False, clock="virtual", latency="slow")
    with open_target(target) as connection:
        assert connection.real
        assert connection.capabilities == frozenset(CAPABILITIES) - CONTROLLED
        run, _ = asked(connection)
        assert run.status == "completed"
        assert connection.request("GET", "/../_mock/world")["status"] == 404
        connection.pause(3_600)  # its time moves with each poll; nobody waits for it
        assert len(connection.made) == 2
        assert connection.clean_up() == []


def test_a_running_server_is_used_where_one_is_given(server: Server, key: str) -> None:
    target = replace(find_target("mock"), key=key)
    with open_target(target, server=server.base_url) as connection:
        connection.begin(scenario())
        assert asked(connection)[0].status == "completed"


def test_sessions_on_one_mock_do_not_share_a_world_by_default(server: Server) -> None:
    with open_target(find_target(f"mock:{server.base_url}")) as connection:
        assert connection.target.key != find_target("mock").key


def test_a_target_that_does_not_answer_is_unreachable() -> None:
    with HttpServer(lambda asked: Reply(200, {})) as gone:
        url = gone.url
    for name in (f"compatible:{url}/v1", f"mock:{url}"):
        with pytest.raises(UnreachableError, match=r"\(http://127.0.0.1:\d+/v1\) cannot be reached: "):
            open_target(find_target(name))


def test_a_mock_whose_door_is_closed_is_told_from_one_that_is_gone(closed: ServerProcess) -> None:
    with pytest.raises(UnreachableError, match="is its control door closed\\? then say `control = false`"):
        open_target(find_target(f"mock:{closed.base_url}"))


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_refused_is_not_repeated(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANTS_TARGET_KEY", "sk-very-secret")
    refusal = {"error": {"message": "Incorrect API key provided: sk-very-secret."}}
    with HttpServer(lambda asked: Reply(status, refusal)) as server:
        with pytest.raises(UnreachableError) as raised:
            open_target(find_target(f"compatible:{server.url}"))
    assert f"refuses the key: {status} Incorrect API key provided: ***." in str(raised.value)


# Clients and plain requests


def test_clients_have_options_and_share_their_connections(mocked: Connection) -> None:
    first, second = mocked.client(), mocked.client(max_retries=0, timeout=5)
    assert (second.max_retries, second.timeout) == (0, 5)
    assert first._client is second._client
    assert mocked.client() is first


def test_a_plain_request_goes_below_the_base_url_with_key_and_beta(mocked: Connection) -> None:
    mocked.begin(scenario())
    made = mocked.request("post", "/v1/threads", body={"metadata": {"a": "ü"}})
    assert (made["status"], made["body"]["object"]) == (200, "thread")
    assert made["headers"]["content-type"] == "application/json"
    again = mocked.request("GET", f"threads/{made['body']['id']}")
    assert again["body"]["metadata"] == {"a": "ü"}
    listed = mocked.request("GET", "/files?limit=1", query={"purpose": "assistants"})
    assert listed["body"]["data"] == []
    missing = mocked.request("GET", "/v1/nothing")
    assert missing["body"]["error"]["message"] == "Invalid URL (GET /v1/nothing)"


def test_a_plain_request_says_what_it_wants_to_say(elsewhere: Connection) -> None:
    assert elsewhere.request("GET", "/models", headers={"Authorization": None})["status"] == 401
    without = elsewhere.request("POST", "/threads", headers={"openai-beta": None}, body={})
    assert (without["status"], without["body"]["error"]["code"]) == (400, "invalid_beta")
    broken = elsewhere.request("POST", "/threads", body="{broken")
    assert broken["status"] == 400
    assert elsewhere.made == []


def test_headers_and_query_of_a_target_go_with_everything() -> None:
    with HttpServer(lambda asked: Reply(200, {"object": "list", "data": []})) as server:
        target = Target(
            "x",
            kind="compatible",
            base_url=f"{server.url}/base",
            key="k",
            headers={"X-Tenant": "seven"},
            query={"region": "eu"},
            capabilities=frozenset({"files"}),
        )
        with open_target(target) as connection:
            connection.client().files.list()
            connection.request("GET", "/files", query={"limit": 2})
    assert [call.path for call in server.asked] == ["/base/files"] * 3
    assert [call.query for call in server.asked] == ["region=eu", "region=eu", "region=eu&limit=2"]
    assert {call.headers["x-tenant"] for call in server.asked} == {"seven"}
    assert {call.headers["authorization"] for call in server.asked} == {"Bearer k"}


def test_organisations_in_the_environment_are_told_to_nobody_but_openai(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-1")
    for kind, told in (("compatible", False), ("openai-live", True)):
        with HttpServer(lambda asked: Reply(200, {"object": "list", "data": []})) as server:
            target = Target("x", kind=kind, base_url=server.url, capabilities=frozenset({"files"}))
            with open_target(target) as connection:
                connection.client().files.list()
        assert ("openai-organization" in server.asked[-1].headers) is told
        assert ("openai-project" in server.asked[-1].headers) is told


def test_models_get_the_names_the_target_knows(server: Server, key: str) -> None:
    models = {"gpt-4o": "gpt-4o-mini", "*": "gpt-4.1"}
    target = replace(find_target(f"mock:{server.base_url}"), key=key, models=models)
    with open_target(target) as connection:
        connection.begin(scenario())
        client = connection.client()
        known = client.beta.assistants.create(model="gpt-4o", name="Zoë")
        other = client.beta.assistants.create(model="o3-mini")
        assert (known.model, known.name, other.model) == ("gpt-4o-mini", "Zoë", "gpt-4.1")
        assert client.beta.assistants.update(known.id, name="no model named").model == "gpt-4o-mini"


# The budget


def test_no_call_leaves_once_the_budget_is_used_up(closed: ServerProcess) -> None:
    target = Target("dear", kind="compatible", base_url=closed.base_url, key=f"sk-{uuid.uuid4().hex}")
    with open_target(target, max_calls=3) as connection:
        assert (connection.calls, connection.budget) == (0, 3)  # finding out what is there is free
        client = connection.client()
        for _ in range(3):
            client.beta.threads.create()
        assert connection.spent
        with pytest.raises(BudgetError, match=r"the budget of 3 calls to dear is used up; max_calls"):
            client.beta.threads.create()
        with pytest.raises(BudgetError):
            connection.request("POST", "/threads", body={})
        assert (connection.calls, len(connection.made)) == (3, 3)
        assert connection.clean_up() == []  # is never too dear
        assert connection.made == []


def test_every_attempt_costs(mock_target: Target) -> None:
    with open_target(mock_target, max_calls=2) as connection:
        connection.begin(scenario(faults=({"fault": "500", "times": None},)))
        with pytest.raises(BudgetError):
            connection.client(max_retries=5).beta.threads.create()
        assert connection.calls == 2


def test_the_budget_of_the_profile_counts_unless_another_is_given(mock_target: Target) -> None:
    thrifty = replace(mock_target, max_calls=7)
    with open_target(thrifty) as connection:
        assert connection.budget == 7
    with open_target(thrifty, max_calls=8) as connection:
        assert connection.budget == 8


def test_what_the_sdk_has_no_words_for_is_lacking(
    monkeypatch: pytest.MonkeyPatch, mock_target: Target
) -> None:
    monkeypatch.setattr(
        "harness.targets.opening._NEWER", {"uploads": "uploads.not_yet", "files": "files.create"}
    )
    with open_target(mock_target) as connection:
        assert connection.unsaid == {"uploads"}
        assert "uploads" not in connection.capabilities
        assert "files" in connection.capabilities


def test_nothing_is_noted_where_worlds_are_thrown_away(mocked: Connection) -> None:
    mocked.begin(scenario())
    mocked.client().beta.threads.create()
    assert mocked.made == []
    assert mocked.clean_up() == []


def test_answers_are_not_changed_by_being_watched(closed: ServerProcess) -> None:
    """Also where the server compresses or closes: the client sees what it would see anyway."""

    def shouting(asked: Asked, body: Any) -> Any:
        return body

    with changing(closed.base_url, shouting, key="sk-watched") as server:
        target = Target(
            "x", kind="compatible", base_url=f"{server.url}/v1", capabilities=frozenset({"files"})
        )
        with open_target(target) as connection:
            client = connection.client()
            file = client.files.create(file=("a.txt", b"\x00\xff raw"), purpose="user_data")
            assert client.files.retrieve(file.id).bytes == 6
            assert connection.made == [f"file {file.id}"]
            connection.clean_up()
