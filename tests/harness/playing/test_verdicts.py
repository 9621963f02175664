"""When a scenario passes, fails or is skipped, and that no step costs real time."""

from __future__ import annotations

import warnings

import pytest

from harness.playing.failing import failure_text
from harness.playing.outcome import Outcome
from harness.playing.running import run_scenario
from harness.targets.connection import Connection
from harness.waiting.hanging import HungError
from tests.harness.playing.conftest import ASSISTANT, Stage


def differences(outcome: Outcome) -> list[tuple[str, str, str]]:
    """Path, expected and got of everything that differs."""
    assert outcome.failure is not None
    return [(each.path, each.expected, each.got) for each in outcome.failure.differences]


def test_every_difference_of_a_step_is_named(stage: Stage) -> None:
    outcome = stage.fails(
        """
        - threads.create: {metadata: {a: b}}
          expect: {object: message, metadata.a: b, metadata.c: d, id: {starts_with: thread_}}
        - threads.create: {}
        """
    )
    assert differences(outcome) == [("object", "'message'", "'thread'"), ("metadata.c", "'d'", "nothing")]
    assert outcome.reason == ("step 1 threads.create: object: expected 'message', got 'thread' (and 1 more)")
    assert len(outcome.records) == 1  # nothing is done after a failure


MATCHERS = """
- threads.create: {metadata: {word: alphabet, n: "12", list: "[1, 2]"}}
  expect:
    metadata.word: WORD
    metadata: ALL
"""


@pytest.mark.parametrize(
    "matcher",
    [
        "alphabet",
        "{contains: phab}",
        "{matches: ^alp}",
        "{starts_with: alpha}",
        "{one_of: [beta, alphabet]}",
        "{length: 8}",
        "{length: {at_least: 3, at_most: 8}}",
        "{not: beta}",
        "{present: true}",
        "{contains: a, starts_with: alp}",
    ],
)
def test_matchers_hold_results(stage: Stage, matcher: str) -> None:
    whole = "{word: alphabet, n: {not: '13'}, list: {json: [1, 2]}}"
    stage.passes(MATCHERS.replace("WORD", matcher).replace("ALL", whole))
    opposite = MATCHERS.replace("WORD", f"{{not: {matcher}}}").replace("ALL", "{contains: {word: alphabet}}")
    assert [path for path, _, _ in differences(stage.fails(opposite))] == ["metadata.word"]


def test_expectations_refer_to_what_is_bound(stage: Stage) -> None:
    stage.passes(
        """
        - threads.create: {}
          as: thread
          expect: {id: "${thread.id}"}
        - threads.retrieve: {thread_id: "${thread.id}"}
          expect: {id: "${thread.id}", created_at: "${thread.created_at}"}
        """
    )


def test_a_reference_that_leads_nowhere_fails_its_step(stage: Stage) -> None:
    outcome = stage.fails(
        """
        - threads.create: {}
          as: thread
        - threads.retrieve: {thread_id: "${thread.idd}"}
        """
    )
    assert outcome.failure is not None
    assert outcome.failure.step.number == "2"
    assert outcome.failure.reason == "${thread.idd}: thread has no 'idd'"
    assert outcome.failure.facts[:2] == ("did you mean 'id'?", "one.assistants.yaml:7:35")

    later = stage.fails("- threads.create: {}\n  as: thread\n  expect: {id: '${thread.x.y}'}")
    assert later.failure is not None
    assert "thread has no 'x'" in later.failure.reason


# Errors


@pytest.mark.parametrize(
    "expected",
    [
        "{status: 404}",
        "{status: 404, type: invalid_request_error, code: null, param: null}",
        "{message: \"No thread found with id 'thread_none'.\"}",
        "{message: {contains: thread_none}, exception: NotFoundError}",
        "{exception: APIStatusError}",
        "{exception: APIError}",
        "{exception: {one_of: [ConflictError, NotFoundError]}}",
    ],
)
def test_an_expected_error_passes(stage: Stage, expected: str) -> None:
    stage.passes(
        f"""
        - threads.retrieve: {{thread_id: thread_none}}
          as: error
          expect_error: {expected}
        - threads.create: {{metadata: {{said: "${{error.message}}", kind: "${{error.exception}}"}}}}
          expect: {{metadata.said: {{contains: thread_none}}, metadata.kind: NotFoundError}}
        """
    )


def test_another_error_than_expected_fails(stage: Stage) -> None:
    outcome = stage.fails(
        """
        - threads.retrieve: {thread_id: thread_none}
          expect_error: {status: 400, exception: BadRequestError, code: null, message: {contains: none}}
        """
    )
    assert outcome.failure is not None
    assert outcome.failure.reason.startswith(
        "another error than expected: 404 invalid_request_error: No thread found"
    )
    assert differences(outcome) == [
        ("status", "400", "404"),
        (
            "exception",
            "'BadRequestError'",
            "NotFoundError < APIStatusError < APIError < OpenAIError < Exception",
        ),
    ]


def test_an_error_nobody_expected_fails(stage: Stage) -> None:
    outcome = stage.fails("- threads.retrieve: {thread_id: thread_none}\n  expect: {object: thread}")
    assert outcome.failure is not None
    assert outcome.failure.reason == (
        "the call failed: 404 invalid_request_error: No thread found with id 'thread_none'."
    )
    (record,) = outcome.records
    assert record.error == {
        "exception": "NotFoundError",
        "status": 404,
        "type": "invalid_request_error",
        "code": None,
        "param": None,
        "message": "No thread found with id 'thread_none'.",
    }


def test_an_expected_error_that_does_not_come_fails(stage: Stage) -> None:
    outcome = stage.fails("- threads.create: {}\n  expect_error: {status: 400, code: null}")
    assert outcome.failure is not None
    assert outcome.failure.reason == "an error was expected, and the call went well"
    assert differences(outcome) == [("status", "400", "no error"), ("code", "null", "no error")]
    assert outcome.failure.facts[0].startswith('the result was {"id": "thread_')


def test_what_is_no_answer_of_the_api_is_an_error_too(stage: Stage) -> None:
    stage.passes(
        """
        - threads.create: {}
          expect_error: {exception: APIConnectionError, status: null}
        - threads.create: {}
          expect_error: {status: 502, type: null, message: {contains: "502"}}
        """,
        head="client: {max_retries: 0}\nfaults: ['lost_ack at threads.create#1', '502 at threads.create#2']",
    )


def test_a_file_that_is_not_there_says_where_that_was_noticed(stage: Stage) -> None:
    notes = stage.folder / "notes.md"
    notes.write_text("Gone soon.", encoding="utf-8")
    scenario = stage.scenario("- files.create: {purpose: assistants, file: {path: notes.md}}")
    notes.unlink()
    outcome = run_scenario(scenario, stage.mocked)
    assert outcome.failure is not None
    assert "notes.md cannot be read" in outcome.failure.reason
    assert outcome.failure.facts[0].startswith("raised in ")


# Needs


def test_what_a_target_lacks_is_named(stage: Stage, mocked: Connection) -> None:
    scenario = stage.scenario(
        ASSISTANT,
        "- runs.create: <RUN>\n  as: run",
        "- runs.cancel: {thread_id: '${thread.id}', run_id: '${run.id}'}",
    )
    assert {"assistants", "threads", "runs", "runs.cancel"} <= scenario.needs
    poor = _Poor(mocked, frozenset({"assistants", "runs"}))
    outcome = run_scenario(scenario, poor)  # type: ignore[arg-type]
    assert (outcome.status, outcome.reason) == ("skipped", "mock lacks runs.cancel, threads")
    assert outcome.records == []


def test_needs_follow_from_what_steps_do(stage: Stage) -> None:
    scenario = stage.scenario(
        """
        - assistants.create: {model: gpt-4o, tools: [{type: code_interpreter}, {type: file_search}]}
          as: asst
        - threads.create: {}
          as: thread
        - parallel:
            a: [{stream: {runs.create: {thread_id: "${thread.id}", assistant_id: "${asst.id}"}}}]
            b: [{request: {method: GET, path: /models}}]
        - advance: 1s
        - wait: {vector_store: vs_1, until: completed}
          expect_error: {status: 404}
        """,
        head="faults: ['429 at runs.create']",
    )
    assert scenario.needs == {
        *("assistants", "code_interpreter", "file_search", "threads", "runs", "streaming", "raw"),
        *("virtual_time", "vector_stores", "faults"),
    }


class _Poor:
    """A connection to a target that can do less."""

    def __init__(self, rich: Connection, capabilities: frozenset[str]) -> None:
        self._rich = rich
        self.capabilities = capabilities

    def __getattr__(self, name: str) -> object:
        return getattr(self._rich, name)


# Time


def test_what_the_sdk_waits_before_it_tries_again_is_the_worlds_time(stage: Stage) -> None:
    """After each lost answer twice as long as before, with up to a quarter less."""
    outcome = stage.passes(
        "- threads.create: {}",
        head="""
        client: {max_retries: 5}
        faults: [{fault: lost_ack, at: {operation: threads.create, first: 4}}]
        """,
    )
    assert outcome.api_seconds is not None
    assert 0.75 * (0.5 + 1 + 2 + 4) <= outcome.api_seconds <= 0.5 + 1 + 2 + 4


def test_a_proven_hang_is_a_failure(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(seconds: float) -> None:
        raise HungError("the program waits in vain\nfor what never comes")

    monkeypatch.setattr(stage.mocked, "pause", hang)
    outcome = stage.fails("- advance: 1s")
    assert outcome.failure is not None
    assert outcome.failure.reason == "the program waits in vain\nfor what never comes"
    assert "  the program waits in vain\n  for what never comes\n" in failure_text(outcome)


def test_a_hang_that_is_noticed_between_two_steps_is_one_too(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(**options: object) -> None:
        raise HungError("the program waits in vain")

    monkeypatch.setattr(stage.mocked, "client", hang)
    outcome = stage.play("- threads.create: {}")
    assert (outcome.status, outcome.failure, outcome.reason) == ("failed", None, "the program waits in vain")


def test_what_is_no_error_of_ours_goes_on_upwards(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def leave(seconds: float) -> None:
        raise SystemExit(3)

    monkeypatch.setattr(stage.mocked, "pause", leave)
    with pytest.raises(SystemExit):
        stage.play("- advance: 1s")


def test_the_sdks_warnings_are_nobodys_business(stage: Stage) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stage.passes("- assistants.create: {model: gpt-4o}\n  cleanup: assistants.delete")


def test_records_say_when_each_step_began(stage: Stage) -> None:
    outcome = stage.passes("- threads.create: {}\n- advance: 90s\n- threads.create: {}")
    assert [record.at_seconds for record in outcome.records] == [0.0, 0.0, 90.0]


def test_an_outcome_as_plain_json_says_everything(stage: Stage) -> None:
    outcome = stage.fails(
        "- threads.create: {}\n  expect: {object: run}", head="about: Threads are no runs.\nerror: 3\nseed: x"
    )
    document = outcome.document()
    assert (document["scenario"], document["id"]) == ("one", "one.assistants.yaml::one")
    assert (document["about"], document["error"], document["seed"]) == ("Threads are no runs.", 3, "x")
    assert document["status"] == "failed"
    assert document["line"] == 3
    assert document["failure"]["differences"] == [
        {"path": "object", "expected": "'run'", "got": "'thread'", "hint": ""}
    ]
    assert (document["failure"]["step"], document["failure"]["line"]) == ("1", 8)
    assert document["steps"][0]["result"]["object"] == "thread"
    assert document["virtual"] is True
