"""Documents: indexed, found, forgotten."""

import pytest
from desk import conversation, knowledge

RULES = "# Returns\n\nDamaged goods are replaced free of charge within 30 days."


def test_what_was_learnt_is_found(assistants):
    knowledge.learn("rules.md", RULES)
    answer = conversation.ask(conversation.begin(), "Are damaged goods replaced?")
    assert "free of charge within 30 days" in answer


@pytest.mark.assistants(world={"indexing": {"*.md": {"takes": "10m"}}})
def test_indexing_may_take_its_time(assistants):
    knowledge.learn("rules.md", RULES)
    assert assistants.clock.elapsed >= 600
    assert "30 days" in conversation.ask(conversation.begin(), "Are damaged goods replaced?")


def test_what_is_forgotten_is_gone(assistants):
    knowledge.forget(knowledge.learn("rules.md", RULES))
    assistants.assert_clean(ignore=["assistant"])
