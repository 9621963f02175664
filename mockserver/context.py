"""What the model reads: the thread's messages that fit, and how many tokens they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mockserver import objects, tokens

Object = dict[str, Any]

TOKENS_PER_MESSAGE = 4
"""Role and separators of each message."""

TOKENS_PER_IMAGE = 85
"""An image at low detail, as the pricing of gpt-4o counted it."""


@dataclass(frozen=True, slots=True)
class Context:
    """The messages the model sees, oldest first, and the size of the whole prompt."""

    messages: Sequence[Object]
    tokens: int


def read_context(run: Mapping[str, Any], newest_first: Iterable[Object], room: int) -> Context:
    """Collect messages from the newest backwards until `room` tokens are full or the strategy is met.

    The newest message is always read, so that a prompt that cannot fit shows by its size.
    """
    strategy = run["truncation_strategy"]
    last_messages = strategy["last_messages"] if strategy["type"] == "last_messages" else None
    size = tokens.count(run["instructions"] or "")
    if run["tools"]:
        size += tokens.count(objects.compact(run["tools"]).decode())
    kept: list[Object] = []
    for message in newest_first:
        cost = message_tokens(message)
        if kept and (size + cost > room or (last_messages is not None and len(kept) >= last_messages)):
            break
        kept.append(message)
        size += cost
    kept.reverse()
    return Context(kept, size)


def message_tokens(message: Mapping[str, Any]) -> int:
    """How many tokens the model reads for one message."""
    size = TOKENS_PER_MESSAGE
    for part in message["content"]:
        if part["type"] == "text":
            size += tokens.count(part["text"]["value"])
        elif part["type"] == "refusal":
            size += tokens.count(part["refusal"])
        else:
            size += TOKENS_PER_IMAGE
    return size
