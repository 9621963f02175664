"""Who plays the language model: responders, asked in order until one has an answer."""

from __future__ import annotations

from mockserver.replies import RuleBook
from mockserver.responders.default import Default
from mockserver.responders.scripted import Scripted
from mockserver.script import Fail, Script, Turn


def answer(book: RuleBook, turn: Turn, *, strict: bool) -> Script:
    """What the model does: the first reply rule that fits, otherwise the default responder.

    When `strict`, a turn that no rule fits fails its run and says which rules were near.
    """
    script = Scripted(book).respond(turn)
    if script is not None:
        return script
    if strict:
        near = book.near_misses(turn) or ["there are no rules"]
        return Script((Fail(message="No reply rule fits this turn. " + " | ".join(near)),))
    return Default().respond(turn)
