"""Assistants, and the models behind them."""

from __future__ import annotations

from tests.stage import CODE, SCHEMA, SEARCH, TIME, WEATHER, Stage, situation


@situation
def plain_assistant(stage: Stage) -> None:
    """Only a model; then looked at, changed and deleted."""
    stage.get("/assistants")
    path = f"/assistants/{stage.assistant()}"
    stage.get(path)
    stage.post(path, {"name": "Ada", "metadata": {"a": "b"}})
    stage.post(path)
    stage.get("/assistants")
    stage.delete(path)


@situation
def full_assistant(stage: Stage) -> None:
    """Every field set, then every field taken back."""
    file = stage.file()
    path = "/assistants/" + stage.assistant(
        name="Ada",
        description="Knows things.",
        instructions="Be brief.",
        tools=[CODE, SEARCH, WEATHER, TIME],
        tool_resources={
            "code_interpreter": {"file_ids": [file]},
            "file_search": {"vector_store_ids": [stage.store(file)]},
        },
        metadata={"k": "v"},
        temperature=0.5,
        top_p=1,
        response_format=SCHEMA,
    )
    stage.get(path)
    ranking = {"ranker": "auto", "score_threshold": 0.4}
    options = {"max_num_results": 7, "ranking_options": ranking}
    stage.post(path, {"tools": [{"type": "file_search", "file_search": options}]})
    stage.post(path, {"tools": [{"type": "file_search", "file_search": {}}]})
    stage.post(path, {"response_format": {"type": "text"}})
    stage.post(path, {"response_format": {"type": "json_object"}})
    nothing = dict.fromkeys(
        ("name", "description", "instructions", "tools", "tool_resources", "metadata", "temperature", "top_p")
    )
    stage.post(path, nothing | {"response_format": None, "reasoning_effort": None})
    stage.get("/assistants?order=asc")


@situation
def reasoning_assistant(stage: Stage) -> None:
    """A reasoning model, whose run shows the effort too."""
    stage.says({"reply": "42"})
    stage.finish(
        stage.run(assistant={"model": "o3-mini", "reasoning_effort": "high", "instructions": "Think."})
    )


@situation
def pages_of_assistants(stage: Stage) -> None:
    """Pages forwards, backwards, and behind the end."""
    first, second, third = (stage.assistant(name=name) for name in ("one", "two", "three"))
    stage.get("/assistants?limit=1")
    stage.get(f"/assistants?limit=1&after={third}")
    stage.get(f"/assistants?order=asc&before={third}")
    stage.get(f"/assistants?after={first}")
    stage.get(f"/assistants?limit=100&order=desc&after={third}&before={first}")
    stage.get(f"/assistants?order=asc&after={second}")


@situation
def models(stage: Stage) -> None:
    """The list, one of it, and a fine-tuned one deleted."""
    stage.get("/models")
    stage.get("/models/gpt-4o")
    stage.delete("/models/ft:gpt-4o:acme::abc")
