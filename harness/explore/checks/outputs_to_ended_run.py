"""Outputs of functions for a run of which the client was told that it is over: they are lost."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.explore.checks.contract import Finding, check
from harness.explore.scene import Scene
from harness.handle.courses import ENDED
from harness.handle.history import Exchange

_RUN = re.compile(r"/runs/([^/]+)")


@check("outputs_to_ended_run", verdict="corrupt", about="no outputs go to a run that is known to be over")
def find(scene: Scene) -> Iterator[Finding]:
    """Calls that submit to a run after an answer has shown it ended, or after it has refused outputs."""
    over: dict[str, str] = {}
    for call in scene.calls:
        named = _RUN.search(call.path)
        run = named[1] if named else ""
        if call.operation == "runs.submit_tool_outputs":
            if run in over:
                yield Finding(f"outputs were sent to {run}, which was known to be {over[run]}", (call,))
            elif call.status == 400:
                over[run] = "over"
        elif _shows_run(call) and call.response["status"] in ENDED:
            over.setdefault(run or str(call.response.get("id")), str(call.response["status"]))


def _shows_run(call: Exchange) -> bool:
    answer = call.response
    return call.succeeded and isinstance(answer, dict) and answer.get("object") == "thread.run"
