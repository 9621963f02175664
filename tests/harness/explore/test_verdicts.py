"""The verdicts: what small clients come to under one fault, and with which reason."""

from __future__ import annotations

import pytest

from tests.harness.explore.laboratory import Document, Laboratory

pytest_plugins = ("pytester",)

CLIENTS = """
    import time
    import openai
    import pytest

    client = openai.OpenAI()
    threads = client.beta.threads

    class Unavailable(Exception):
        pass

    @pytest.fixture
    def talk(assistants):
        assistants.control.fixtures([
            {"object": "thread", "id": "thread_1"},
            {"object": "assistant", "id": "asst_1", "model": "gpt-4o", "instructions": "Be brief."},
        ])
        assistants.backend.run().replies("Paris.")
        return assistants

    def say(text="Capital of France?"):
        return threads.messages.create("thread_1", role="user", content=text)

    def run():
        return threads.runs.create_and_poll(thread_id="thread_1", assistant_id="asst_1")

    def newest():
        return threads.messages.list("thread_1").data[0].content[0].text.value

    def test_models(assistants):
        client.models.list()

    def test_knows(assistants):
        try:
            client.with_options(max_retries=0).models.list()
        except openai.APIError:
            assert assistants.fault.name == "500"

    def test_leaves_out(assistants):
        try:
            client.with_options(max_retries=0).models.list()
        except openai.APIError:
            pytest.skip("no models today")

    @pytest.mark.assistants(raises=Unavailable)
    def test_declares(assistants):
        try:
            client.models.list()
        except openai.APIError as error:
            raise Unavailable("later") from error

    def test_declared_on_the_command_line(assistants):
        try:
            client.models.list()
        except openai.APIError as error:
            raise LookupError("later") from error

    def test_crashes(assistants):
        assert client.models.list().data[0].id.upper()

    def test_answer(talk):
        say()
        run()
        assert newest() == "Paris."

    def test_runs_again(talk):
        say()
        try:
            started = client.with_options(max_retries=0).beta.threads.runs.create(
                "thread_1", assistant_id="asst_1"
            )
            time.sleep(30)
            if threads.runs.retrieve(started.id, thread_id="thread_1").status == "completed":
                return
        except openai.APIConnectionError:
            time.sleep(30)
        run()

    def test_runs_without_a_question(talk):
        say()
        assert run().status in ("completed", "failed")

    def test_same_question_elsewhere(talk):
        threads.create_and_run_poll(
            assistant_id="asst_1", thread={"messages": [{"role": "user", "content": "Capital?"}]}
        )

    @pytest.mark.assistants(world={"strict": True})
    def test_outputs_once_more(talk):
        talk.backend.clear()
        talk.backend.run().calls("look").then_replies("Seen.")
        tool = {"type": "function", "function": {"name": "look"}}
        say()
        run = threads.runs.create_and_poll(thread_id="thread_1", assistant_id="asst_1", tools=[tool])
        outputs = [
            {"tool_call_id": call.id, "output": "yes"}
            for call in run.required_action.submit_tool_outputs.tool_calls
        ]
        for _ in range(2):
            try:
                threads.runs.submit_tool_outputs(run.id, thread_id="thread_1", tool_outputs=outputs)
                break
            except openai.APIError:
                threads.runs.retrieve(run.id, thread_id="thread_1")

    def test_leaves(talk):
        threads.delete(threads.create().id)

    def test_leaves_run(talk):
        say()
        threads.runs.create("thread_1", assistant_id="asst_1")
        time.sleep(30)

    def test_waits_by_hand(talk):
        say()
        run = threads.runs.create("thread_1", assistant_id="asst_1")
        while run.status != "completed":
            time.sleep(1)
            run = threads.runs.retrieve(run.id, thread_id="thread_1")

    def test_starts_anew(talk):
        while True:
            say()
            if run().status == "completed":
                break
            client.models.list()

    def test_thinks(assistants):
        while isinstance(client.models.retrieve("gpt-4o"), str):
            while True:
                pass

    def test_storm(assistants):
        impatient = client.with_options(max_retries=0)
        for _ in range(20):
            try:
                impatient.models.list()
                break
            except openai.APIError:
                time.sleep(0.1)

    def test_comes_back_early(assistants):
        impatient = client.with_options(max_retries=0)
        try:
            impatient.models.list()
        except openai.RateLimitError:
            time.sleep(1)
            impatient.models.list()

    def test_repeats_a_refusal(assistants):
        for _ in range(3):
            try:
                client.models.retrieve("gpt-4o")
                break
            except openai.AuthenticationError:
                pass
        client.models.list()

    def test_has_patience(assistants):
        client.with_options(timeout=40, max_retries=2).models.list()
"""

CASES: list[tuple[str, str, str, str]] = [
    ("models", "models.list#1~500", "absorbed", "the test passed"),
    ("knows", "models.list#1~500", "surfaced", "it had asked which fault acted"),
    ("leaves_out", "models.list#1~500", "surfaced", "the test left out the rest: no models today"),
    (
        "declares",
        "models.list#1+~500",
        "surfaced",
        "test_verdicts_clients.Unavailable was raised, as declared",
    ),
    ("declared_on_the_command_line", "models.list#1+~500", "surfaced", "LookupError was raised, as declared"),
    ("models", "models.list#1+~500", "raw error", "openai.InternalServerError escaped undeclared"),
    ("crashes", "models.list#1~html_200", "crashed", "AttributeError"),
    ("answer", "runs.create#1~run.failed", "wrong", "assert 'Capital of France?' == 'Paris.'"),
    ("answer", "messages.create#1~lost_ack", "corrupt", "stored twice; the test passed its own asserts"),
    ("answer", "messages.create#1~double_delivery", "corrupt", "the user's message is stored twice"),
    ("answer", "runs.create#1~lost_ack", "raw error", "already has an active run"),
    ("runs_again", "runs.create#1~lost_ack", "corrupt", "answers once more what"),
    ("runs_again", "runs.create#1~run.failed", "absorbed", "the test passed"),
    ("runs_without_a_question", "messages.create#1~html_200", "corrupt", "holds no message of the user"),
    ("same_question_elsewhere", "threads.create_and_run#1~lost_ack", "corrupt", "on a second thread"),
    ("outputs_once_more", "runs.submit_tool_outputs#1~tool.too_late", "corrupt", "known to be over"),
    ("leaves", "threads.create#1~lost_ack", "leaked", "left behind is what would not be there"),
    ("leaves_run", "runs.create#1~run.stuck", "leaked", "thread.run"),
    ("waits_by_hand", "runs.create#1~run.incomplete", "hung", "the program waits in vain: run_"),
    ("starts_anew", "runs.create#1+~run.failed", "hung", "it has made"),
    ("thinks", "models.retrieve#1~html_200", "hung", "it has run for 4 s, and calls nobody"),
    ("storm", "models.list#1+~reset_before", "stormed", "models.list was tried 20 times within"),
    ("comes_back_early", "models.list#1~429(retry_after=20s)", "stormed", "although 20.0 s were asked for"),
    ("repeats_a_refusal", "models.retrieve#1+~401", "stormed", "repeats models.retrieve#1"),
    ("has_patience", "models.list#1+~stall", "raw error", "your client would have waited 40 s, three times"),
    ("models", "models.list#2~500", "not reached", "models.list#2 was never called"),
    ("answer", "runs.retrieve#1~usage.null", "not reached", "there was nothing for usage.null to act on"),
]

NODE = "test_verdicts_clients.py::test_{}"
SEVERITY = {"absorbed": "ok", "surfaced": "ok", "not reached": "apart"} | dict.fromkeys(
    ("raw error", "leaked", "stormed"), "warn"
)


def test_every_verdict_with_its_reason(laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.plugin import exploring

    monkeypatch.setattr(exploring, "WALL_SECONDS", 4)
    for name, value in {"most_calls": 60, "patience_reads": 30}.items():
        monkeypatch.setitem(exploring.HANGING, name, value)
    laboratory.project.files(test_verdicts_clients=CLIENTS)
    plan = laboratory.plan()
    assert {test.status for test in plan.tests.values()} == {"explored"}
    wanted: dict[str, list[str]] = {}
    for test, variant, _, _ in CASES:
        wanted.setdefault(NODE.format(test), []).append(variant)
    found, _ = laboratory.run(wanted, "--assistants-raises=builtins.LookupError")
    problems = [
        f"{test} {variant}: {told['verdict']} ({told['severity']}), {told['reason']}"
        for test, variant, verdict, reason in CASES
        if not _fits(told := found[f"{NODE.format(test)}[{variant}]"], verdict, reason)
    ]
    assert not problems, "\n".join(problems)


def _fits(told: Document, verdict: str, reason: str) -> bool:
    severity = SEVERITY.get(verdict, "fail")
    return told["verdict"] == verdict and reason in told["reason"] and told["severity"] == severity
