"""Reply rules: who answers a turn, in which words, and how often. The reply format is read here.

Which rule answers tool outputs? What a rule says after its own tool call (`on_outputs`, or later `steps`) is
part of its script and asks nobody. Without it, the outputs are a turn like any other: the first rule that
matches and is not spent. Two things set it apart. A rule with `when.tool_outputs` speaks only then. A rule
*without* it is passed over when the tool calls it would make have all been answered in this run, with the
same arguments: otherwise the rule that called the tool would answer its own outputs by calling again, for
ever. So "call f", "call g", "say done" in a row do just that in one run. Whoever wants the same call again
says so by `tool_outputs`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mockserver.replies.actions import parse_action, parse_pace
from mockserver.replies.checked import RuleError, below, needed, plain, record, sequence, text, whole
from mockserver.replies.conditions import When, parse_when
from mockserver.script import Action, CallTools, Pace, RunCode, Script, SearchFiles, Turn, Wire

_ID = re.compile(r"rule_([1-9][0-9]{0,15})")


@dataclass(frozen=True)
class Rule:
    """One rule, understood. `raw` is how it was written; `times` None means any number of times.

    `id` is empty until a rule book has taken the rule in.
    """

    raw: Wire
    actions: tuple[Action, ...]
    when: When = field(default_factory=When)
    pace: Pace = field(default_factory=Pace)
    times: int | None = None
    id: str = ""

    @property
    def script(self) -> Script:
        """What the model does when the rule is picked."""
        return Script(self.actions, self.pace)

    def objections(self, turn: Turn) -> Iterator[str]:
        """Why the rule does not answer this turn, one reason at a time; nothing when it does."""
        yield from self.when.objections(turn)
        if self.when.tool_outputs is None and self._answered(turn):
            yield "the tool calls it makes have been answered in this run, and `when` has no tool_outputs"

    def _answered(self, turn: Turn) -> bool:
        """Whether the next tool calls of the rule have all been made, and answered, in this run."""
        if not turn.outputs:
            return False
        answered = {(output.name, output.arguments) for output in (*turn.earlier, *turn.outputs)}
        for action in self.actions:
            if isinstance(action, CallTools):
                return all((call.name, call.arguments) in answered for call in action.calls)
        return False


def parse_rules(raw: Any) -> list[Rule]:
    """Read one rule or a list of rules. Raises RuleError; then none of them is taken."""
    document = plain(raw)
    if isinstance(document, list):
        return [_rule(rule, below("", index)) for index, rule in enumerate(document)]
    return [_rule(document, "")]


def missing_tools(rule: Rule, tools: Sequence[Wire]) -> list[str]:
    """The tools the rule uses that are not among these (an assistant's or a run's, in wire form)."""
    functions = {tool["function"]["name"] for tool in tools if tool["type"] == "function"}
    kinds = {tool["type"] for tool in tools}
    missing: list[str] = []
    for action in rule.actions:
        match action:
            case CallTools():
                missing += [call.name for call in action.calls if call.name not in functions]
            case RunCode() if "code_interpreter" not in kinds:
                missing.append("code_interpreter")
            case SearchFiles() if "file_search" not in kinds:
                missing.append("file_search")
    return list(dict.fromkeys(missing))


@dataclass
class _Entry:
    """A rule in a book, and how often it has spoken."""

    rule: Rule
    used: int = 0

    @property
    def spent(self) -> bool:
        return self.rule.times is not None and self.used >= self.rule.times


class RuleBook:
    """The rules of one world in their order, and how often each was used.

    Each has an id, `rule_1` and so on, that no other rule of the book ever has, not even when it is gone.
    """

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._made = 0

    def add(self, rules: Sequence[Rule]) -> list[str]:
        """Put the rules behind those that are there; their ids."""
        for rule in rules:
            self._made += 1
            self._entries.append(_Entry(replace(rule, id=f"rule_{self._made}")))
        return [entry.rule.id for entry in self._entries[len(self._entries) - len(rules) :]]

    def replace(self, rule_id: str, rule: Rule) -> bool:
        """Put another rule in the place of one, under its id, never used; whether it was there."""
        for index, entry in enumerate(self._entries):
            if entry.rule.id == rule_id:
                self._entries[index] = _Entry(replace(rule, id=rule_id))
                return True
        return False

    def remove(self, rule_id: str) -> bool:
        """Take one rule away; whether it was there."""
        left = [entry for entry in self._entries if entry.rule.id != rule_id]
        found = len(left) < len(self._entries)
        self._entries = left
        return found

    def clear(self) -> None:
        """Forget all rules; ids go on."""
        self._entries.clear()

    def __len__(self) -> int:
        return len(self._entries)

    def listing(self) -> list[dict[str, Any]]:
        """The rules as they were written, how often each was used, and whether it still speaks."""
        return [
            {
                "id": entry.rule.id,
                "used": entry.used,
                "spent": entry.spent,
                "rule": plain(entry.rule.raw),
            }
            for entry in self._entries
        ]

    def pick(self, turn: Turn) -> Rule | None:
        """The first rule that answers this turn and is not spent. It counts as used."""
        for entry in self._entries:
            if not entry.spent and next(entry.rule.objections(turn), None) is None:
                entry.used += 1
                return entry.rule
        return None

    def near_misses(self, turn: Turn) -> list[str]:
        """Why each rule did not answer this turn, one line a rule, the nearest first."""
        misses: list[tuple[int, str]] = []
        for entry in self._entries:
            reasons = list(entry.rule.objections(turn))
            if entry.spent:
                reasons.append(f"it is spent (used {entry.used} of {entry.rule.times})")
            if reasons:
                misses.append((len(reasons), f"{entry.rule.id}: {'; '.join(reasons)}"))
        return [line for _, line in sorted(misses, key=lambda miss: miss[0])]

    def to_raw(self) -> dict[str, Any]:
        """The book as JSON, for a snapshot. `made` is how many rules it ever had."""
        rules = [
            {"id": entry.rule.id, "rule": plain(entry.rule.raw), "used": entry.used}
            for entry in self._entries
        ]
        return {"rules": rules, "made": self._made}

    @classmethod
    def from_raw(cls, raw: Any) -> RuleBook:
        """The book of a snapshot; rules of older ones have no ids and get them here. Raises RuleError."""
        book, known = cls(), set[str]()
        given = record(plain(raw), "", ("rules", "made"))
        kept = needed(given, "rules", "")
        for index, each in enumerate(sequence(kept, "rules") if kept != [] else []):
            path = below("rules", index)
            entry = record(each, path, ("id", "rule", "used"))
            rule = _rule(needed(entry, "rule", path), below(path, "rule"))
            number = _number(entry["id"], below(path, "id")) if "id" in entry else book._made + 1
            kept_as = f"rule_{number}"
            if kept_as in known:
                raise RuleError(below(path, "id"), f"{kept_as!r} stands twice")
            known.add(kept_as)
            used = whole(needed(entry, "used", path), below(path, "used"), 0)
            book._entries.append(_Entry(replace(rule, id=kept_as), used))
            book._made = max(book._made, number)
        if "made" in given:
            book._made = max(book._made, whole(given["made"], "made", 0))
        return book


def _number(rule_id: Any, path: str) -> int:
    """The number in the id of a rule."""
    found = _ID.fullmatch(text(rule_id, path))
    if found is None:
        raise RuleError(path, f"{rule_id!r} is not the id of a rule, such as 'rule_1'")
    return int(found[1])


def _rule(raw: Any, path: str) -> Rule:
    given = record(raw, path, ("when", "timeline", "then", "times"))
    return Rule(
        raw=given,
        actions=parse_action(needed(given, "then", path), below(path, "then")),
        when=parse_when(given.get("when", {}), below(path, "when")),
        pace=parse_pace(given.get("timeline", {}), below(path, "timeline")),
        times=whole(given["times"], below(path, "times"), 1) if "times" in given else None,
    )
