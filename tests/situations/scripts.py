"""What the pretended model does in several situations, and how it is answered."""

from __future__ import annotations

from typing import Any


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
    """Code that prints, plots and writes, then a message that shows the plot and links the file."""
    outputs = [{"logs": "1\n"}, {"image": "plot.png"}, {"file": {"name": "sums.csv", "text": "sum\n1\n"}}]
    ran = {"input": "print(1)\nplot()\nwrite()", "outputs": outputs}
    path = {"text": "sandbox:/mnt/data/sums.csv", "file_path": {"file_id": "sums.csv"}}
    said = [
        {"type": "text", "text": "Here: sandbox:/mnt/data/sums.csv"},
        {"type": "image_file", "image_file": {"file_id": "plot.png"}},
    ]
    return {"steps": [{"code_interpreter": ran}, {"reply": said, "annotations": [path]}]}


def search_with_results() -> dict[str, Any]:
    """A search that finds two passages, in `a.txt` and `b.txt`, then a message that cites one."""
    found = [
        {
            "file_name": name,
            "score": score,
            "attributes": {},
            "content": [{"type": "text", "text": "cake"}],
        }
        for name, score in (("a.txt", 0.9), ("b.txt", 0.25))
    ]
    cited = {"text": "【4:0†a.txt】", "file_citation": {"file_id": "a.txt"}}
    said = {"reply": "It is cake【4:0†a.txt】.", "annotations": [cited]}
    return {"steps": [{"file_search": {"query": "favorite food", "results": found}}, said]}
