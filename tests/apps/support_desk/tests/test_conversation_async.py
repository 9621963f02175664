"""The same for asyncio."""

import pytest
from desk import conversation_async
from desk.conversation import DeskUnavailable

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


async def test_a_question_is_answered(assistants):
    assistants.backend.run().replies("Certainly.")
    assert await conversation_async.ask("Really?") == "Certainly."


async def test_many_questions_at_once(assistants):
    assistants.backend.run("first").replies("One.")
    assistants.backend.run("second").takes(in_progress="90s").replies("Two.")
    assert await conversation_async.ask_many(["the first", "the second"]) == ["One.", "Two."]


async def test_a_function_nobody_expected(assistants):
    assistants.backend.run().calls("order_status", number=4711)
    with pytest.raises(DeskUnavailable, match="requires_action"):
        await conversation_async.ask("Where is my order?")
