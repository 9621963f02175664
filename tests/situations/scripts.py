"""What the pretended model does in several situations, and how it is answered."""

from __future__ import annotations

from typing import Any

from tests.stage import FILE, OTHER_FILE


def two_calls() -> dict[str, Any]:
    """Two functions called at once, then a message."""
    calls = [
        {"function": "get_weather", "arguments": {"city": "Paris"}},
        {"function": "get_time", "arguments": {}},
    ]
    return {"tool_calls": calls, "on_outputs": {"reply": "21 degrees at noon."}}


def outputs(run: Any) -> dict[str, Any]:
    """An answer to every call a run asks for."""
    calls = run["required_action"]["submit_tool_outputs"]["tool_calls"]
    return {"tool_outputs": [{"tool_call_id": call["id"], "output": "21"} for call in calls]}


def code_with_outputs() -> dict[str, Any]:
    """Code that prints and plots, then a message that links its file."""
    ran = {"input": "print(1)\nplot()", "outputs": [{"logs": "1\n"}, {"image": FILE}]}
    path = {"text": "sandbox:/mnt/data/a.png", "file_path": {"file_id": FILE}}
    said = [
        {"type": "text", "text": "Here: sandbox:/mnt/data/a.png"},
        {"type": "image_file", "image_file": {"file_id": FILE}},
    ]
    return {"steps": [{"code_interpreter": ran}, {"reply": said, "annotations": [path]}]}


def search_with_results() -> dict[str, Any]:
    """A search that finds two passages, then a message that cites one."""
    found = [
        {
            "file_id": file,
            "file_name": name,
            "score": score,
            "attributes": {},
            "content": [{"type": "text", "text": "cake"}],
        }
        for file, name, score in ((FILE, "a.txt", 0.9), (OTHER_FILE, "b.txt", 0.25))
    ]
    cited = {"text": "【4:0†a.txt】", "file_citation": {"file_id": FILE}}
    said = {"reply": "It is cake【4:0†a.txt】.", "annotations": [cited]}
    return {"steps": [{"file_search": {"query": "favorite food", "results": found}}, said]}
