"""A thread and an assistant that are there already: what is explored is the clients' own calls."""

import pytest

FUNCTION = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}


@pytest.fixture
def conversation(assistants):
    """The ids of a thread and of an assistant."""
    assistants.control.fixtures(
        [
            {"object": "thread", "id": "thread_desk"},
            {"object": "assistant", "id": "asst_desk", "model": "gpt-4o", "tools": [FUNCTION]},
        ]
    )
    return "thread_desk", "asst_desk"
