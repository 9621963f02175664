"""`wait`: until it is so, or until it is clear that it will not be."""

from __future__ import annotations

import pytest

from tests.harness.playing.conftest import ASSISTANT, REPLY, Stage


def test_waiting_for_a_run_shows_every_status(stage: Stage) -> None:
    outcome = stage.passes(
        ASSISTANT,
        """
        - runs.create: <RUN>
          as: run
          expect: {status: queued}
        - wait: {run: "${run}", until: completed, within: 4s}
          expect: {object: thread.run, statuses: [queued, in_progress, completed]}
        """,
        head=REPLY,
    )
    assert outcome.api_seconds == 4.0


def test_every_kind_of_thing_is_waited_for(stage: Stage) -> None:
    stage.passes(
        """
        - files.create: {purpose: assistants, file: {name: a.md, text: "Alpha."}}
          as: one
        - files.create: {purpose: assistants, file: {name: broken.md, text: "Beta."}}
          as: two
        - wait: {file: "${one}", until: processed}
        - vector_stores.create:
            file_ids: ["${one.id}"]
            expires_after: {anchor: last_active_at, days: 1}
          as: store
        - wait: {vector_store: "${store.id}", until: completed}
          expect: {file_counts.completed: 1}
        - vector_stores.files.create: {vector_store_id: "${store.id}", file_id: "${two.id}"}
          as: attached
        - wait: {vector_store_file: "${attached}", until: [failed, completed], within: 3s}
          expect: {status: failed, last_error.code: unsupported_file, statuses: [in_progress, failed]}
        - vector_stores.file_batches.create: {vector_store_id: "${store.id}", file_ids: ["${one.id}"]}
          as: batch
        - wait: {file_batch: "${batch}", until: completed}
        - wait: {vector_store: "${store}", until: expired, within: 48h}
          expect: {status: expired}
        """,
        head="backend: {indexing: {'broken*': {takes: 2s, fails: unsupported_file}}}",
    )


TOOL = """
- assistants.create: {model: gpt-4o, tools: [{type: function, function: {name: look_up}}]}
  as: asst
- threads.create: {messages: [{role: user, content: "Look it up."}]}
  as: thread
- runs.create: <RUN>
  as: run
"""


def test_a_run_that_asks_for_outputs_can_be_seen_to_expire(stage: Stage) -> None:
    outcome = stage.passes(
        TOOL,
        """
        - wait: {run: "${run}", until: expired, within: 11m}
          expect: {statuses: [queued, in_progress, requires_action, expired]}
        """,
        head="backend: {runs: [{then: {tool_calls: [{function: look_up, arguments: {}}]}}]}",
    )
    assert outcome.api_seconds == pytest.approx(600, abs=1)


@pytest.mark.parametrize(
    ("rule", "until", "reason", "facts"),
    [
        (
            "then: {fail: {code: server_error, message: Sorry.}}",
            "completed",
            "it is failed instead, and will stay so",
            ["queued -> in_progress -> failed", "last_error: server_error: Sorry."],
        ),
        (
            "then: {incomplete: max_completion_tokens}",
            "completed",
            "it is incomplete instead, and will stay so",
            ["statuses seen: queued -> incomplete", "incomplete_details: max_completion_tokens"],
        ),
        (
            "then: {reply: Hello.}",
            "[failed, expired]",
            "it is completed instead",
            ["queued -> in_progress -> completed"],
        ),
        (
            "then: {tool_calls: [{function: look_up, arguments: {key: 1}}]}",
            "completed",
            "it is requires_action instead",
            ['it waits for the outputs of look_up({"key":1})'],
        ),
        (
            "then: {reply: Hello.}, timeline: {queued: 1s, in_progress: 90s}",
            "completed",
            "it was still in_progress after 30 s, and completed only after 91 s",
            ["statuses seen: queued -> in_progress -> completed"],
        ),
    ],
)
def test_waiting_in_vain_ends_as_soon_as_it_is_known(
    stage: Stage, rule: str, until: str, reason: str, facts: list[str]
) -> None:
    outcome = stage.fails(
        TOOL,
        f"- wait: {{run: '${{run}}', until: {until}, within: 30s}}",
        head=f"backend: {{runs: [{{{rule}}}]}}",
    )
    assert outcome.failure is not None
    assert outcome.failure.step.number == "4"
    assert reason in outcome.failure.reason
    for fact in facts:
        assert any(fact in known for known in outcome.failure.facts), outcome.failure.facts


def test_waiting_for_what_can_never_change_says_so(stage: Stage) -> None:
    outcome = stage.fails(
        ASSISTANT,
        "- runs.create: <RUN>\n  as: run",
        "- wait: {run: '${run}', until: completed, within: 1h}",
        head="faults: ['run.stuck(in_progress, forever=true) at runs.create']",
    )
    assert outcome.failure is not None
    assert "it was still in_progress after 3600 s" in outcome.failure.reason
    assert "nothing is pending that could change it" in outcome.failure.facts
    assert outcome.api_seconds == 3600


def test_an_error_while_waiting_is_what_the_client_sees(stage: Stage) -> None:
    stage.passes(
        """
        - wait: {run: {thread_id: thread_1, run_id: run_1}, until: completed}
          expect_error: {status: 404, exception: NotFoundError}
        """
    )
