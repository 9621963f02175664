"""Runs and their steps."""

from __future__ import annotations

from harness.apioperations import arguments as a
from harness.apioperations.operation import operation
from harness.scenarios.shapes import Shape, choice, either, flag, listing, mapping, text, whole, word

_RUN: dict[str, Shape] = {
    "model": a.MODEL,
    "instructions": text("In place of the assistant's."),
    "tools": a.TOOLS,
    "metadata": a.METADATA,
    "temperature": a.TEMPERATURE,
    "top_p": a.TOP_P,
    "max_prompt_tokens": whole("The run ends incomplete beyond these, 256 at least."),
    "max_completion_tokens": whole("The run ends incomplete beyond these, 256 at least."),
    "truncation_strategy": mapping(
        "Which messages the model reads.",
        ("type",),
        type=choice("auto", "last_messages", called="truncation strategy"),
        last_messages=either(whole("How many.", 1), {"type": "null"}),
    ),
    "tool_choice": either(
        choice("none", "auto", "required", called="tool choice"),
        mapping(
            "One tool.",
            ("type",),
            type=choice("function", "code_interpreter", "file_search", called="tool"),
            function=mapping("", ("name",), name=word("The function.")),
        ),
        about="Whether the model uses tools, and which.",
    ),
    "parallel_tool_calls": flag("Whether several functions may be called at once."),
    "response_format": a.RESPONSE_FORMAT,
}
_INCLUDE = listing(word(), "More to show: [step_details.tool_calls[*].file_search.results[*].content].")
_ONE_THREAD = {"thread_id": a.THREAD_ID}
_ONE_RUN = {"thread_id": a.THREAD_ID, "run_id": a.RUN_ID}

RUNS = (
    operation(
        "runs.create",
        "Let an assistant answer a thread.",
        "beta.threads.runs.create",
        path=_ONE_THREAD,
        needed={"assistant_id": a.ASSISTANT_ID},
        optional={
            "additional_instructions": text("Beside the assistant's instructions."),
            "additional_messages": a.MESSAGES,
            **_RUN,
            "reasoning_effort": a.REASONING_EFFORT,
            "include": _INCLUDE,
        },
        creates="thread.run",
    ),
    operation(
        "threads.create_and_run",
        "Make a thread and let an assistant answer it.",
        "beta.threads.create_and_run",
        "threads.create_and_run",
        needed={"assistant_id": a.ASSISTANT_ID},
        optional={
            "thread": mapping(
                "The thread.",
                messages=a.MESSAGES,
                tool_resources=either(a.TOOL_RESOURCES, {"type": "null"}),
                metadata=either(a.METADATA, {"type": "null"}),
            ),
            "tool_resources": a.TOOL_RESOURCES,
            **_RUN,
        },
        creates="thread.run",
    ),
    operation("runs.retrieve", "Read a run.", "beta.threads.runs.retrieve", path=_ONE_RUN),
    operation(
        "runs.update",
        "Change a run's metadata.",
        "beta.threads.runs.update",
        path=_ONE_RUN,
        optional={"metadata": a.METADATA},
    ),
    operation(
        "runs.list",
        "List the runs of a thread, the newest first.",
        "beta.threads.runs.list",
        path=_ONE_THREAD,
        optional=a.PAGE,
        in_query=True,
    ),
    operation("runs.cancel", "Cancel a run.", "beta.threads.runs.cancel", "runs.cancel", path=_ONE_RUN),
    operation(
        "runs.submit_tool_outputs",
        "Hand in what the functions returned.",
        "beta.threads.runs.submit_tool_outputs",
        "runs.submit_tool_outputs",
        path=_ONE_RUN,
        needed={
            "tool_outputs": listing(
                mapping("", tool_call_id=word("Which call it answers."), output=text("What it returned.")),
                "One output for each call: [{tool_call_id: …, output: …}].",
            )
        },
    ),
    operation(
        "runs.steps.list",
        "List what a run did, the newest first.",
        "beta.threads.runs.steps.list",
        "runs.steps",
        path=_ONE_RUN,
        optional={**a.PAGE, "include": _INCLUDE},
        in_query=True,
    ),
    operation(
        "runs.steps.retrieve",
        "Read a step of a run.",
        "beta.threads.runs.steps.retrieve",
        "runs.steps",
        path={**_ONE_RUN, "step_id": a.STEP_ID},
        optional={"include": _INCLUDE},
        in_query=True,
    ),
)
