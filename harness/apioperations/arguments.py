"""Shapes of arguments that several operations take, as the API describes them."""

from __future__ import annotations

from harness.scenarios.shapes import (
    ANY,
    Shape,
    choice,
    either,
    flag,
    listing,
    mapping,
    names,
    number,
    shared,
    text,
    whole,
    word,
)

ASSISTANT_ID = word("The assistant: ${assistant.id}.")
THREAD_ID = word("The thread: ${thread.id}.")
MESSAGE_ID = word("The message: ${message.id}.")
RUN_ID = word("The run: ${run.id}.")
STEP_ID = word("The run step: ${steps.data.0.id}.")
FILE_ID = word("The file: ${file.id}.")
UPLOAD_ID = word("The upload: ${upload.id}.")
VECTOR_STORE_ID = word("The vector store: ${store.id}.")
BATCH_ID = word("The file batch: ${batch.id}.")
FILE_IDS = listing(word(), "Files by their ids.")

MODEL = word("The model's name, such as gpt-4o.")
METADATA = shared("metadata", names(text(), "Up to 16 pairs of texts."))
TEMPERATURE = number("Sampling temperature, 0 to 2.")
TOP_P = number("Nucleus sampling, 0 to 1.")
REASONING_EFFORT = text("Effort of reasoning models: low, medium, high.")

_FUNCTION = mapping(
    "A function that the model may call.",
    ("name",),
    name=word("Its name."),
    description=text("What it does, for the model."),
    parameters=names(ANY, "Its arguments as a JSON Schema."),
    strict=either(flag(), {"type": "null"}, about="Whether the arguments must follow the schema."),
)
_RANKING = mapping(
    "How results are ranked.",
    ranker=choice("auto", "default_2024_08_21", "default-2024-11-15", "none", called="ranker"),
    score_threshold=number("Results below this are left out, 0 to 1.", 0, 1),
)
TOOL = shared(
    "tool",
    either(
        mapping("Runs code.", ("type",), type=choice("code_interpreter")),
        mapping(
            "Searches files.",
            ("type",),
            type=choice("file_search"),
            file_search=mapping(
                "Settings of the search.", max_num_results=whole("1 to 50.", 1, 50), ranking_options=_RANKING
            ),
        ),
        mapping(
            "Calls a function of yours.", ("type", "function"), type=choice("function"), function=_FUNCTION
        ),
    ),
)
TOOLS = listing(TOOL, "What the assistant may use: [{type: file_search}].")
CHUNKING_STRATEGY = shared(
    "chunking_strategy",
    either(
        mapping("800 tokens, 400 of them shared.", ("type",), type=choice("auto")),
        mapping(
            "Chunks of a size of your own.",
            ("type", "static"),
            type=choice("static"),
            static=mapping(
                "Sizes in tokens.",
                ("max_chunk_size_tokens", "chunk_overlap_tokens"),
                max_chunk_size_tokens=whole("100 to 4096.", 100, 4096),
                chunk_overlap_tokens=whole("At most half of the chunk.", 0),
            ),
        ),
        about="How files are cut into chunks.",
    ),
)
_INTERPRETER_FILES = mapping("Files for the code interpreter.", file_ids=FILE_IDS)
_NEW_STORE = mapping(
    "A vector store to make.", file_ids=FILE_IDS, chunking_strategy=CHUNKING_STRATEGY, metadata=METADATA
)
TOOL_RESOURCES = shared(
    "tool_resources",
    mapping(
        "What the tools may use.",
        code_interpreter=_INTERPRETER_FILES,
        file_search=mapping(
            "What may be searched.",
            vector_store_ids=listing(word(), "At most one vector store."),
            vector_stores=listing(_NEW_STORE, "A vector store made on the spot."),
        ),
    ),
)
RESPONSE_FORMAT = shared(
    "response_format",
    either(
        choice("auto"),
        mapping("Text or any JSON.", ("type",), type=choice("text", "json_object")),
        mapping(
            "JSON that follows a schema.",
            ("type", "json_schema"),
            type=choice("json_schema"),
            json_schema=mapping(
                "The schema.",
                ("name",),
                name=word("Its name."),
                description=text("What it is for."),
                schema=names(ANY, "The JSON Schema."),
                strict=either(flag(), {"type": "null"}, about="Whether it must be followed exactly."),
            ),
        ),
    ),
)
_DETAIL = choice("auto", "low", "high", about="How closely the picture is looked at.", called="detail")
_PART = either(
    mapping("A text.", ("type", "text"), type=choice("text"), text=text("The text.")),
    mapping(
        "A picture that was uploaded.",
        ("type", "image_file"),
        type=choice("image_file"),
        image_file=mapping("", ("file_id",), file_id=FILE_ID, detail=_DETAIL),
    ),
    mapping(
        "A picture by its address.",
        ("type", "image_url"),
        type=choice("image_url"),
        image_url=mapping("", ("url",), url=word("Its address."), detail=_DETAIL),
    ),
)
CONTENT = either(text(), listing(_PART, least=1), about="What the message says: a text or content parts.")
ROLE = choice("user", "assistant", about="Who says it.", called="role")
ATTACHMENTS = listing(
    mapping(
        "A file and the tools that get it.",
        file_id=FILE_ID,
        tools=listing(mapping("", ("type",), type=choice("code_interpreter", "file_search", called="tool"))),
    ),
    "Files that come with the message.",
)
MESSAGES = listing(
    shared(
        "message",
        mapping(
            "A message.",
            ("role", "content"),
            role=ROLE,
            content=CONTENT,
            attachments=either(ATTACHMENTS, {"type": "null"}),
            metadata=either(METADATA, {"type": "null"}),
        ),
    ),
    "The first messages: [{role: user, content: …}].",
)
EXPIRES_AFTER = mapping(
    "When it expires by itself.",
    ("anchor", "days"),
    anchor=choice("last_active_at", called="anchor"),
    days=whole("1 to 365.", 1, 365),
)
FILE_EXPIRES_AFTER = mapping(
    "When it expires by itself.",
    ("anchor", "seconds"),
    anchor=choice("created_at", called="anchor"),
    seconds=whole("3600 to 2592000.", 3600, 2_592_000),
)
ATTRIBUTES = names(either(text(), number(), flag()), "Up to 16 pairs that searches can filter by.")
FILTERS = names(ANY, "Which attributes a file must have: {type: eq, key: lang, value: en}.")
RANKING_OPTIONS = _RANKING

FILE = shared(
    "file",
    mapping(
        "A file: its name and what it holds.",
        name=word("Its name, the ending says what it is."),
        text=text("What it holds, as a text."),
        base64=text("What it holds, as base64."),
        path=word("A file to send, beside the scenario file."),
    ),
)
PURPOSE = text("What the file is for: assistants, vision, batch, fine-tune, user_data.")

PAGE: dict[str, Shape] = {
    "limit": whole("How many at most, 1 to 100.", 1, 100),
    "order": choice("asc", "desc", about="Oldest or newest first.", called="order"),
    "after": word("A cursor: the id of the last one that was seen."),
    "before": word("A cursor: the id of the first one that was seen."),
}
"""What lists take."""
