"""Section 6 of the table: failures that show in objects and streams, not in a status code."""

from __future__ import annotations

from tests.error_rows import Caller, row


@row("E-90")
def expired_run(caller: Caller) -> None:
    run = caller.poll(caller.run_in("expired"), "expired")
    for name in ("last_error", "cancelled_at", "failed_at", "expires_at", "required_action"):
        assert run[name] is None, name
    assert run["completed_at"] == run["created_at"] + 600


@row("E-91")
def life_of_a_run(caller: Caller) -> None:
    for status in ("queued", "in_progress", "requires_action", "cancelling"):
        thread = caller.run_in(status).split("/")[2]
        run = caller.ok("GET", f"/threads/{thread}/runs")["data"][0]
        assert (run["status"], run["expires_at"]) == (status, run["created_at"] + 600)
    for status in ("completed", "failed", "cancelled", "expired", "incomplete"):
        assert caller.poll(caller.run_in(status), status)["expires_at"] is None


@row("E-92")
def failed_by_the_server(caller: Caller) -> None:
    run = caller.poll(caller.run_in("failed"), "failed")
    assert run["last_error"] == {"code": "server_error", "message": "Sorry, something went wrong."}
    assert (run["completed_at"], run["failed_at"] >= run["started_at"]) == (None, True)
    assert run["usage"]["total_tokens"] == 0


@row("E-93")
def failed_by_the_rate_limit(caller: Caller) -> None:
    error = {"code": "rate_limit_exceeded", "message": "Rate limit is exceeded. Try again in 60 seconds."}
    run = caller.poll(caller.run({"fail": error}), "failed")
    assert run["last_error"] == error
    assert run["started_at"] is not None
    assert run["failed_at"] is not None
    assert run["usage"] is not None
    assert (run["expires_at"], run["completed_at"]) == (None, None)


@row("E-94")
def failed_for_want_of_credit(caller: Caller) -> None:
    error = {
        "code": "rate_limit_exceeded",
        "message": "You exceeded your current quota, please check your plan and billing details.",
    }
    assert caller.poll(caller.run({"fail": error}), "failed")["last_error"] == error


@row("E-95")
def incomplete_run(caller: Caller) -> None:
    caller.control.add_replies({"then": {"reply": "one two three four five six"}})
    body = {"assistant_id": caller.assistant(), "max_completion_tokens": 3, "stream": True}
    events = caller.raw("POST", f"/v1/threads/{caller.thread()}/runs", body).events()
    names = [name for name, _ in events]
    assert names[-4:] == [
        "thread.message.incomplete",
        "thread.run.step.completed",
        "thread.run.incomplete",  # an event of its own since 2025
        "done",
    ]
    message, run = events[-4][1], events[-2][1]
    assert message["incomplete_details"] == {"reason": "max_tokens"}
    assert (message["status"], message["completed_at"]) == ("incomplete", None)
    assert message["content"][0]["text"]["value"] == "one two three"
    assert (run["status"], run["expires_at"]) == ("incomplete", None)
    assert run["incomplete_details"] == {"reason": "max_completion_tokens"}
    assert run["completed_at"] is not None


@row("E-96")
def enumerations(caller: Caller) -> None:
    for code in ("server_error", "rate_limit_exceeded", "invalid_prompt"):
        run = caller.poll(caller.run({"fail": {"code": code, "message": "No."}}), "failed")
        assert run["last_error"]["code"] == code
    for reason in ("max_completion_tokens", "max_prompt_tokens"):
        run = caller.poll(caller.run({"reply": "one", "incomplete": reason}), "incomplete")
        assert run["incomplete_details"] == {"reason": reason}
    body = {"assistant_id": caller.assistant(), "stream": True}
    for ending, reason in (
        ({"incomplete": "max_completion_tokens"}, "max_tokens"),
        ({"incomplete": "content_filter"}, "content_filter"),
    ):
        caller.control.add_replies({"then": {"reply": "one two"} | ending, "times": 1})
        events = caller.raw("POST", f"/v1/threads/{caller.thread()}/runs", body).events()
        (message,) = [data for name, data in events if name == "thread.message.incomplete"]
        assert message["incomplete_details"] == {"reason": reason}
    # run_expired and run_cancelled close a message that time or the client catches in the middle.
    caller.control.add_replies({"then": {"reply": "slow " * 50}, "timeline": {"tokens_per_second": 0.05}})
    events = caller.raw("POST", f"/v1/threads/{caller.thread()}/runs", body).events()
    assert [name for name, _ in events[-4:]] == [
        "thread.message.incomplete",
        "thread.run.step.expired",
        "thread.run.expired",
        "done",
    ]
    assert events[-4][1]["incomplete_details"] == {"reason": "run_expired"}


@row("E-99")
def stuck_run(caller: Caller) -> None:
    for status in ("queued", "in_progress"):
        path = caller.run({"stall": status})
        caller.control.advance(300)
        thread = path.split("/")[2]
        assert caller.ok("GET", f"/threads/{thread}/runs")["data"][0]["status"] == status
        caller.control.advance(300)
        assert caller.ok("GET", path)["status"] == "expired"
