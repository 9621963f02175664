"""Runs whose steps use tools."""

from __future__ import annotations

from tests.situations.scripts import code_with_outputs, outputs, search_with_results, two_calls
from tests.stage import CODE, CONTENT, SEARCH, TIME, WEATHER, Stage, situation


@situation
def function_calls(stage: Stage) -> None:
    """Two calls at once, looked at while they wait, answered, completed."""
    stage.says(two_calls())
    path = stage.run(assistant={"tools": [WEATHER, TIME]})
    run = stage.finish(path)
    assert run["status"] == "requires_action"
    stage.post(f"{path}/submit_tool_outputs", outputs(run) | {"stream": None})
    assert stage.finish(path)["status"] == "completed"
    first = stage.get(f"{path}/steps?limit=1&order=asc")["last_id"]
    stage.get(f"{path}/steps?limit=1&order=asc&after={first}")
    stage.get(f"/threads/{path.split('/')[2]}/runs?order=asc&limit=5")


@situation
def code_interpreter(stage: Stage) -> None:
    """Code with logs, a picture and a file, all to be downloaded, and code without outputs."""
    stage.says(code_with_outputs())
    assert stage.finish(stage.run(assistant={"tools": [CODE]}))["status"] == "completed"
    made = {file["filename"]: file["id"] for file in stage.get("/files?purpose=assistants_output")["data"]}
    assert stage.download(made["sums.csv"]) == b"sum\n1\n"
    assert stage.download(made["plot.png"]).startswith(b"\x89PNG")
    stage.says({"code_interpreter": {"input": "1 + 1"}})
    stage.finish(stage.run(assistant={"tools": [CODE]}))


@situation
def file_search(stage: Stage) -> None:
    """Results with and without the text they found."""
    stage.file("a.txt")
    stage.file("b.txt")
    stage.says(search_with_results())
    path = stage.run(assistant={"tools": [SEARCH]})
    assert stage.finish(path)["status"] == "completed"
    include = f"include%5B%5D={CONTENT}"
    step = stage.get(f"{path}/steps?order=asc&{include}")["data"][0]
    stage.get(f"{path}/steps/{step['id']}?{include}")


@situation
def many_steps(stage: Stage) -> None:
    """The model goes from tool to message to tool freely."""
    stage.file("a.txt")
    stage.file("b.txt")
    steps = [
        {"reply": "Let me see."},
        code_with_outputs(),
        search_with_results(),
        two_calls(),
        {"reply": [{"type": "refusal", "refusal": "No more."}]},
    ]
    stage.says({"steps": steps})
    path = stage.run(assistant={"tools": [CODE, SEARCH, WEATHER, TIME]})
    stage.post(f"{path}/submit_tool_outputs", outputs(stage.finish(path)))
    assert stage.finish(path)["status"] == "completed"
