"""The reply format as shapes: `backend.runs`, what the pretended model does."""

from __future__ import annotations

from collections.abc import Mapping

from harness.scenarios.shapes import (
    ANY,
    Shape,
    choice,
    duration,
    either,
    listing,
    mapping,
    names,
    number,
    pattern,
    refer,
    shared,
    text,
    whole,
    word,
)

_MATCHER = shared(
    "reply_matcher",
    either(
        text("Exactly this text."),
        mapping("A part of the text.", ("contains",), contains=text()),
        mapping("A regular expression found in it.", ("matches",), matches=pattern()),
        mapping("One of these texts.", ("one_of",), one_of=listing(text(), least=1)),
        mapping("JSON with this value.", ("json",), json=ANY),
    ),
)
_DURATION = duration(numbers=True)
_MILLISECONDS = {"queued": "waiting", "in_progress": "working", "cancelling": "being cancelled"}
_TIMELINE = mapping(
    "How long the run takes.",
    **{name: {**_DURATION, "description": f"How long it is {what}."} for name, what in _MILLISECONDS.items()},
    first_token={**_DURATION, "description": "How long before the first words."},
    tokens_per_second=number("How fast the words come.", 0, 1_000_000),
)
_CITATION = mapping("What is cited.", ("file_id",), file_id=word(), quote=text())
_ANNOTATION = mapping(
    "A mark in the text; its offsets are found unless they are given.",
    ("text",),
    type=choice("file_citation", "file_path"),
    text=text("The text that is marked."),
    start_index=whole("Where it begins.", 0),
    end_index=whole("Where it ends.", 0),
    file_citation=_CITATION,
    file_path=mapping("The file that is offered.", ("file_id",), file_id=word()),
)
_DETAIL = choice("auto", "low", "high", called="detail")
_PART = either(
    mapping(
        "A text.",
        ("type", "text"),
        type=choice("text"),
        text=either(
            text(),
            mapping("", ("value",), value=text(), annotations=listing(_ANNOTATION)),
            about="The words.",
        ),
    ),
    mapping("A refusal.", ("type", "refusal"), type=choice("refusal"), refusal=text("The words.")),
    mapping(
        "A picture.",
        ("type", "image_file"),
        type=choice("image_file"),
        image_file=mapping("", ("file_id",), file_id=word(), detail=_DETAIL),
    ),
    mapping(
        "A picture by its address.",
        ("type", "image_url"),
        type=choice("image_url"),
        image_url=mapping("", ("url",), url=word(), detail=_DETAIL),
    ),
)
_MADE_FILE = mapping("A file that the code writes.", ("name",), name=word(), text=text(), base64=text())
_OUTPUT = mapping(
    "What the code puts out: one of logs, image and file.",
    type=choice("logs", "image", "file"),
    logs=text("What it prints."),
    image=either(
        word(),
        mapping("", ("file_id",), file_id=word()),
        _MADE_FILE,
        about="A picture: a file id, or one it writes.",
    ),
    file=_MADE_FILE,
)
_RESULT = mapping(
    "A file that is found.",
    file=word("Its name or id."),
    file_id=word("Its id."),
    file_name=word("Its name."),
    score=number("How well it fits, 0 to 1.", 0, 1),
    text=text("The passage."),
    content=listing(mapping("", ("text",), type=text(), text=text())),
    attributes=names(ANY),
)
DOING: Mapping[str, Shape] = {
    "reply": either(text(), listing(_PART, least=1), about="It says this: a text or content parts."),
    "tool_calls": listing(
        mapping(
            "A call.",
            ("function", "arguments"),
            function=word("The function's name."),
            arguments=either(
                names(ANY), text(), about="Its arguments; a text is sent as it is, broken JSON too."
            ),
            id=word("The call's id."),
        ),
        "It calls these functions and waits for their outputs.",
        least=1,
    ),
    "code_interpreter": mapping(
        "It runs code.",
        ("input",),
        input=text("The code."),
        outputs=listing(_OUTPUT, "What the code puts out."),
    ),
    "file_search": mapping(
        "It searches files; without `results` it really does.",
        query=text("What is looked for; the user's words unless it says so."),
        results=listing(_RESULT, "What is found."),
        reply=text("What it says when something is found."),
        miss=text("What it says when nothing is found."),
    ),
    "steps": listing(refer("action"), "These one after another, in one run.", least=1),
}
_STALLS = ("queued", "in_progress", "requires_action", "cancelling")
ENDING: Mapping[str, Shape] = {
    "fail": mapping(
        "The run fails.", code=word("rate_limit_exceeded, server_error …"), message=word("Its text.")
    ),
    "incomplete": word("The run ends incomplete: max_completion_tokens, max_prompt_tokens, content_filter."),
    "expire": {"type": "boolean", "enum": [True], "x-called": "ending", "description": "The run expires."},
    "stall": choice(*_STALLS, about="The run stays in this status.", called="status"),
}
COMPANIONS: Mapping[str, tuple[str, Shape]] = {
    "annotations": ("reply", listing(_ANNOTATION, "Marks in the reply.", least=1)),
    "on_outputs": ("tool_calls", refer("action")),
}
ACTION = shared(
    "action",
    mapping(
        "What the model does: one of reply, tool_calls, code_interpreter, file_search and steps, an ending"
        " (fail, incomplete, expire, stall) beside it or alone.",
        **DOING,
        **{name: shape for name, (_, shape) in COMPANIONS.items()},
        **ENDING,
    ),
)
RULE = shared(
    "rule",
    mapping(
        "The first rule that fits a run decides what happens in it.",
        ("then",),
        when=mapping(
            "Which runs; all of it must hold, and nothing means always.",
            last_user_message={**_MATCHER, "description": "What the user said last."},
            assistant=mapping("Who is asked.", id=_MATCHER, name=_MATCHER, model=_MATCHER),
            turn=whole("The how-manieth run of its thread, from 1.", 1),
            tool_outputs={**_MATCHER, "description": "Only when outputs came in, and one is like this."},
            metadata=names(_MATCHER, "What stands in the run's metadata."),
        ),
        timeline=_TIMELINE,
        then=ACTION,
        times=whole("How often the rule is used; any number of times unless it says so.", 1),
    ),
)
RUNS = listing(RULE, "What the pretended model does, rule by rule; only a mock reads this.")

DURATIONS = (*_MILLISECONDS, "first_token", "tokens_per_second")
"""The keys of a timeline."""
