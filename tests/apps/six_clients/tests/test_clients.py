"""What each client does when nothing goes wrong."""

from importlib import import_module

import pytest

PLAIN = ["endless_poll", "newest_message", "blind_retry", "cut_stream"]


@pytest.mark.parametrize("client", PLAIN)
def test_an_answer(client, assistants, conversation):
    assistants.backend.run().replies("The capital of France is Paris.")
    assert import_module(f"clients.{client}").ask(*conversation, "Capital of France?") == (
        "The capital of France is Paris."
    )


@pytest.mark.parametrize("client", ["lost_tool_call", "careful"])
def test_an_answer_with_a_function(client, assistants, conversation):
    assistants.backend.run().calls("weather", city="Paris").then_replies("It has 21 degrees.")
    assert import_module(f"clients.{client}").ask(*conversation, "Weather in Paris?") == "It has 21 degrees."
