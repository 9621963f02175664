"""The scripted responder: answers by the first reply rule that fits."""

from __future__ import annotations

from mockserver.replies import RuleBook, missing_tools
from mockserver.script import Fail, Script, Turn


class Scripted:
    """Plays the model from a rule book.

    Asked only where nothing of an earlier script is left: what follows a rule's own tool call is kept with
    the run. A rule that uses a tool the run does not have fails the run and says why, because nothing a
    client does could lead there.
    """

    def __init__(self, book: RuleBook) -> None:
        self.book = book

    def respond(self, turn: Turn) -> Script | None:
        """The script of the rule that answers, or None when no rule does."""
        rule = self.book.pick(turn)
        if rule is None:
            return None
        missing = missing_tools(rule, turn.run["tools"])
        if missing:
            message = f"Reply {rule.id} uses {', '.join(missing)}, but this run has {_tools(turn)}."
            return Script((Fail(message=message),), rule.pace)
        return rule.script


def _tools(turn: Turn) -> str:
    names = [
        tool["function"]["name"] if tool["type"] == "function" else tool["type"] for tool in turn.run["tools"]
    ]
    return f"only the tools {', '.join(names)}" if names else "no tools"
