"""Section 5 of the table: what a thread or run refuses in the state it is in."""

from __future__ import annotations

from typing import Any

from tests.error_rows import Caller, row

ACTIVE = ("queued", "in_progress", "requires_action", "cancelling")
FINAL = ("completed", "failed", "cancelled", "expired", "incomplete")
MESSAGE = {"role": "user", "content": "And?"}


def ids(path: str) -> tuple[str, str]:
    """Thread and run of a run's path."""
    _, _, thread, _, run = path.split("/")
    return thread, run


def answers(*calls: str) -> dict[str, Any]:
    """Outputs for these calls."""
    return {"tool_outputs": [{"tool_call_id": call, "output": "21"} for call in calls]}


@row("E-61")
def second_run(caller: Caller) -> None:
    assistant = caller.assistant()
    for status in ACTIVE:
        thread, run = ids(caller.run_in(status))
        for stream in (False, True):
            answer = caller.refused(
                "POST",
                f"/threads/{thread}/runs",
                {"assistant_id": assistant, "stream": stream},
                says=f"Thread {thread} already has an active run {run}.",
            )
            assert answer.headers["content-length"] == "206"  # as recorded
    for status in FINAL:
        thread, _ = ids(caller.run_in(status))
        caller.ok("POST", f"/threads/{thread}/runs", {"assistant_id": assistant})


@row("E-62")
def outputs_in_the_wrong_state(caller: Caller) -> None:
    for status in (*ACTIVE, *FINAL):
        if status != "requires_action":
            says = f'Runs in status "{status}" do not accept tool outputs.'
            path = f"{caller.run_in(status)}/submit_tool_outputs"
            caller.refused("POST", path, answers("call_A"), says=says)
            caller.refused("POST", path, answers("call_A") | {"stream": True}, says=says)


@row("E-63")
def message_during_a_run(caller: Caller) -> None:
    for status in ACTIVE:
        thread, run = ids(caller.run_in(status))
        says = f"Can't add messages to {thread} while a run {run} is active."
        caller.refused("POST", f"/threads/{thread}/messages", MESSAGE, says=says)
    for status in FINAL:
        thread, _ = ids(caller.run_in(status))
        caller.ok("POST", f"/threads/{thread}/messages", MESSAGE)


@row("E-64")
def not_all_outputs(caller: Caller) -> None:
    path = f"{caller.run_in('requires_action')}/submit_tool_outputs"
    for calls, got in (
        (["call_A"], "['call_A']"),
        ([], "[]"),
        (["call_A", "call_C"], "['call_A', 'call_C']"),
        (["call_A", "call_B", "call_B"], "['call_A', 'call_B', 'call_B']"),
    ):
        says = f"Expected tool outputs for call_ids ['call_A', 'call_B'], got {got}"
        caller.refused("POST", path, answers(*calls), says=says)
    assert caller.ok("POST", path, answers("call_B", "call_A"))["status"] == "queued"


@row("E-65")
def output_without_its_call(caller: Caller) -> None:
    place = "tool_outputs[0].tool_call_id"
    caller.refused(
        "POST",
        f"{caller.run_in('requires_action')}/submit_tool_outputs",
        {"tool_outputs": [{"output": "21"}]},
        says=f"Missing required parameter: '{place}'.",
        param=place,
        code="missing_required_parameter",
    )


def cancel_refused(caller: Caller, status: str) -> None:
    """A run in this status cannot be cancelled."""
    says = f"Cannot cancel run with status '{status}'."
    caller.refused("POST", f"{caller.run_in(status)}/cancel", says=says)


@row("E-66")
def cancel_a_finished_run(caller: Caller) -> None:
    cancel_refused(caller, "completed")
    cancel_refused(caller, "cancelled")


@row("E-67")
def cancel_what_ended_otherwise(caller: Caller) -> None:
    for status in ("failed", "expired", "incomplete", "cancelling"):
        cancel_refused(caller, status)


@row("E-68")
def cancel_an_active_run(caller: Caller) -> None:
    for status in ("queued", "in_progress", "requires_action"):
        path = caller.run_in(status)
        run = caller.ok("POST", f"{path}/cancel")
        assert (run["status"], run["cancelled_at"]) == ("cancelling", None)
        assert run["expires_at"] == run["created_at"] + 600
        ended = caller.poll(path, "cancelled")
        assert ended["cancelled_at"] >= ended["created_at"]
        assert ended["expires_at"] is None


@row("E-69")
def modify_a_running_run(caller: Caller) -> None:
    for status in ACTIVE:
        says = f"Cannot update run with status '{status}'."
        caller.refused("POST", caller.run_in(status), {"metadata": {}}, says=says)
    for status in FINAL:
        run = caller.ok("POST", caller.run_in(status), {"metadata": {"k": "v"}})
        assert run["metadata"] == {"k": "v"}


@row("E-80")
def additional_messages_during_a_run(caller: Caller) -> None:
    path = caller.run_in("requires_action")
    thread, run = ids(path)
    body = {"assistant_id": caller.assistant(), "additional_messages": [MESSAGE]}
    says = f"Thread {thread} already has an active run {run}."
    before = caller.ok("GET", f"/threads/{thread}/messages")
    caller.refused("POST", f"/threads/{thread}/runs", body, says=says)
    assert caller.ok("GET", f"/threads/{thread}/messages") == before


@row("E-81")
def delete_a_thread_during_a_run(caller: Caller) -> None:
    thread, _ = ids(caller.run_in("requires_action"))
    caller.refused("DELETE", f"/threads/{thread}", says="Cannot delete thread while run is active")
    caller.control.new_world(profile="observed")
    path = caller.run_in("requires_action")
    thread, _ = ids(path)
    gone = caller.ok("DELETE", f"/threads/{thread}")
    assert gone == {"id": thread, "object": "thread.deleted", "deleted": True}
    caller.refused("GET", path, says=f"No thread found with id '{thread}'.", status=404)


@row("E-82")
def full_thread(caller: Caller) -> None:
    caller.control.new_world(limits={"messages_per_thread": 2})
    path = f"/threads/{caller.thread()}/messages"
    caller.ok("POST", path, MESSAGE)
    says = "Thread has exceeded the maximum number of messages (100,000)"
    caller.refused("POST", path, MESSAGE, says=says)
    # Nobody was seen to be refused, and an official text of 2024-04 said there is no limit.
    caller.control.new_world(profile="observed", limits={"messages_per_thread": 2})
    path = f"/threads/{caller.thread()}/messages"
    for _ in range(3):
        caller.ok("POST", path, MESSAGE)


@row("E-85")
def orphan_of_a_server_error(caller: Caller) -> None:
    path = caller.run({"stall": "in_progress"})
    thread, run = ids(path)
    caller.control.advance(599)
    says = f"Can't add messages to {thread} while a run {run} is active."
    caller.refused("POST", f"/threads/{thread}/messages", MESSAGE, says=says)
    caller.control.advance(1)
    caller.ok("POST", f"/threads/{thread}/messages", MESSAGE)
