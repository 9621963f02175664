"""What is wrong with the rules of `backend.runs`, as far as shapes cannot say it.

One action at a time, nothing after the end of a run, statuses that a run can stall in: the server looks at
the same when it gets the rules, and a test holds the two against each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.scenarios.mistakes import MissingKeyError, UnknownKeyError, ValueMistakeError, check
from harness.scenarios.model import Node, ScenarioError
from harness.scenarios.replyshapes import COMPANIONS, DOING, DURATIONS, ENDING, RULE, RUNS

_BEYOND = re.compile(r"\(\?(?:[=!>]|<[=!]|P=|\()|(?<!\\)(?:\\\\)*\\[1-9]")
_LONGEST_PATTERN = 500

Done = list[tuple[str, Node]]
"""What a run does, in order: the word of each action, and the action it stands in."""


def rule_mistakes(node: Node) -> Iterator[ScenarioError]:
    """What is wrong with the list of rules."""
    if not isinstance(node.value, list):
        yield from check(node, RUNS, "`runs`")
        return
    for rule in node:
        moved = [*_actions_outside(rule), *_durations_inside(rule)]
        places = {mistake.place for mistake in moved}
        found = moved + [each for each in check(rule, RULE, "a rule") if each.place not in places]
        if any(mistake.meant == "then" for mistake in moved):
            found = [each for each in found if not isinstance(each, MissingKeyError)]
        yield from found
        if not found:
            yield from _condition_mistakes(rule)
            yield from action_mistakes(rule["then"])


def action_mistakes(node: Node) -> list[ScenarioError]:
    """What is wrong with an action that has the right shape."""
    mistakes: list[ScenarioError] = []
    done = _action(node, mistakes)
    if done and done[-1][0] == "stall" and not mistakes:
        mistakes += _stall_mistakes(done[-1][1]["stall"], [word for word, _ in done[:-1]])
    return mistakes


def _actions_outside(rule: Node) -> Iterator[UnknownKeyError]:
    """Actions that stand in the rule itself, where there is no `then`."""
    if isinstance(rule.value, dict) and "then" not in rule.value:
        for key in rule.value:
            if key in DOING or key in ENDING:
                hint = f"write then: {{{key}: …}}"
                yield UnknownKeyError(rule.place_of(key), f"a rule takes no '{key}'", hint, "then")


def _durations_inside(rule: Node) -> Iterator[UnknownKeyError]:
    """Durations in an action: they belong to the rule."""
    for node in _actions(rule["then"]) if isinstance(rule.value, dict) and "then" in rule.value else ():
        for key in node.value:
            if key in DURATIONS:
                reason = f"'{key}' is no action: durations belong to the rule"
                yield UnknownKeyError(node.place_of(key), reason, f"timeline: {{{key}: …}} beside `then`")


def _actions(node: Node) -> Iterator[Node]:
    """An action and those inside it, as far as they are mappings."""
    if isinstance(node.value, dict):
        yield node
        if "on_outputs" in node.value:
            yield from _actions(node["on_outputs"])
        for step in node["steps"] if "steps" in node.value else ():
            yield from _actions(step)


def _condition_mistakes(rule: Node) -> Iterator[ScenarioError]:
    """Patterns that the server does not search for, and words that never come."""
    if rule.value.get("timeline", {}).get("tokens_per_second") == 0:
        place = rule["timeline"]["tokens_per_second"].value_place
        yield ValueMistakeError(place, "at 0 tokens a second no words come")
    for node in _patterns(rule):
        if len(node.value) > _LONGEST_PATTERN:
            reason = f"the pattern is longer than {_LONGEST_PATTERN} characters"
            yield ValueMistakeError(node.value_place, reason)
        if beyond := _BEYOND.search(node.value):
            reason = f"'{beyond[0]}' is more than the server's patterns know"
            hint = "it searches without lookaround and back references"
            yield ValueMistakeError(node.value_place, reason, hint)


def _patterns(rule: Node) -> Iterator[Node]:
    if "when" not in rule.value:
        return
    when = rule["when"]
    matchers = [when[key] for key in ("last_user_message", "tool_outputs") if key in when.value]
    for key in ("assistant", "metadata"):
        matchers += list(when[key]) if key in when.value else []
    for matcher in matchers:
        if isinstance(matcher.value, dict) and "matches" in matcher.value:
            yield matcher["matches"]


def _action(node: Node, mistakes: list[ScenarioError]) -> Done:
    """What an action does; what is wrong with it is added to the mistakes."""
    action = node.value
    doing = [key for key in action if key in DOING]
    ending = [key for key in action if key in ENDING]
    before = len(mistakes)
    for key, (beside, _) in COMPANIONS.items():
        if key in action and beside not in action:
            reason = f"'{key}' belongs beside '{beside}', which is not here"
            mistakes.append(UnknownKeyError(node.place_of(key), reason))
    if len(doing) > 1:
        reason = f"{doing[0]} and {doing[1]} are two actions"
        hint = "put them one after another: steps: [{…}, {…}]"
        mistakes.append(UnknownKeyError(node.place_of(doing[1]), reason, hint))
    if len(ending) > 1:
        reason = f"a run ends in one way, not by {ending[0]} and {ending[1]}"
        mistakes.append(UnknownKeyError(node.place_of(ending[1]), reason))
    if not doing and not ending and len(mistakes) == before:
        known = ", ".join((*DOING, *ENDING))
        mistakes.append(
            ValueMistakeError(node.value_place, "the action says nothing to do", f"it is one of {known}")
        )
    if len(mistakes) > before:
        return []
    done = _done(node, doing[0], mistakes) if doing else []
    for key in ending:
        if done and done[-1][0] in ENDING:
            reason = f"'{key}' never happens: the run has ended before"
            mistakes.append(UnknownKeyError(node.place_of(key), reason))
        done.append((key, node))
    return done


def _done(node: Node, key: str, mistakes: list[ScenarioError]) -> Done:
    if key == "steps":
        return _steps(node["steps"], mistakes)
    mistakes += _DETAILS[key](node)
    if key == "tool_calls" and "on_outputs" in node.value:
        return [(key, node), *_action(node["on_outputs"], mistakes)]
    return [(key, node)]


def _steps(node: Node, mistakes: list[ScenarioError]) -> Done:
    done: Done = []
    for step in node:
        if done and done[-1][0] in ENDING:
            mistakes.append(ValueMistakeError(step.place, "this never happens: the run has ended before"))
            break
        done += _action(step, mistakes)
    return done


def _stall_mistakes(node: Node, before: list[str]) -> Iterator[ScenarioError]:
    """A run can only stall in a status that it is in by then."""
    after_call = before[-1:] == ["tool_calls"]
    if node.value == "queued" and before and not after_call:
        reason = "a run that has begun is not queued any more, unless it answers tool outputs"
        yield ValueMistakeError(node.value_place, reason)
    if node.value == "requires_action" and not after_call:
        yield ValueMistakeError(node.value_place, "a run stalls in requires_action only after tool_calls")


def _reply_mistakes(node: Node) -> Iterator[ScenarioError]:
    """Annotations that have no text to stand in."""
    reply = node.value["reply"]
    parts = [reply] if isinstance(reply, str) else [_words(part) for part in reply if part["type"] == "text"]
    if "annotations" in node.value:
        yield from _annotation_mistakes(node["annotations"], parts)
    for part in node["reply"]:
        said = part.value.get("text")
        if isinstance(said, dict) and said.get("annotations"):
            yield from _annotation_mistakes(part["text"]["annotations"], [str(said["value"])])


def _words(part: Mapping[str, Any]) -> str:
    said = part["text"]
    return str(said if isinstance(said, str) else said["value"])


def _annotation_mistakes(node: Node, texts: list[str]) -> Iterator[ScenarioError]:
    """Marks are sought one behind the other, each from the end of the one before."""
    if not texts:
        yield ValueMistakeError(node.place, "the reply has no text to annotate")
        return
    at = cursor = 0
    for item in node:
        given = item.value
        kinds = [key for key in ("file_citation", "file_path") if key in given]
        if len(kinds) != 1 or given.get("type", kinds[0]) != kinds[0]:
            reason = "an annotation has one of file_citation and file_path, with a file_id"
            yield ValueMistakeError(item.place, reason)
        if "start_index" in given or "end_index" in given:
            if "start_index" not in given or "end_index" not in given:
                yield ValueMistakeError(
                    item.place, "an annotation has both start_index and end_index, or neither"
                )
                return
            if given["end_index"] < given["start_index"]:
                yield ValueMistakeError(item["end_index"].value_place, "the annotation ends before it begins")
            cursor = given["end_index"]
            continue
        found = _find(given["text"], texts, at, cursor)
        if found is None:
            known = any(given["text"] in each for each in texts)
            where = "only before the mark above it" if known else "nowhere in the reply"
            reason = f"{given['text']!r} stands {where}" if given["text"] else "the marked text is empty"
            yield ValueMistakeError(item["text"].value_place, reason)
            return
        at, cursor = found


def _find(marked: str, texts: list[str], at: int, cursor: int) -> tuple[int, int] | None:
    """In which text a mark stands, and where it ends."""
    for index in range(at, len(texts) if marked else at):
        begin = texts[index].find(marked, cursor if index == at else 0)
        if begin >= 0:
            return index, begin + len(marked)
    return None


def _call_mistakes(node: Node) -> Iterator[ScenarioError]:
    seen: set[str] = set()
    for call in node["tool_calls"]:
        call_id = call.value.get("id")
        if call_id in seen:
            yield ValueMistakeError(
                call["id"].value_place, f"{call_id!r} stands twice; outputs could not tell"
            )
        elif call_id is not None:
            seen.add(call_id)


def _code_mistakes(node: Node) -> Iterator[ScenarioError]:
    code = node["code_interpreter"]
    for output in code["outputs"] if "outputs" in code.value else ():
        kinds = [key for key in output.value if key != "type"]
        if len(kinds) != 1 or output.value.get("type", kinds[0]) != kinds[0]:
            reason = "an output is one of {logs: text}, {image: file} and {file: file}"
            yield ValueMistakeError(output.place, reason)
        elif isinstance(output.value[kinds[0]], dict) and "file_id" not in output.value[kinds[0]]:
            file = output[kinds[0]]
            if ("text" in file.value) == ("base64" in file.value):
                yield ValueMistakeError(file.place, "a file has either text or base64")


def _search_mistakes(node: Node) -> Iterator[ScenarioError]:
    search = node["file_search"]
    for result in search["results"] if "results" in search.value else ():
        if not {"file", "file_id", "file_name"} & result.value.keys():
            yield ValueMistakeError(result.place, "a result needs 'file': the name or the id of a file")


_DETAILS = {
    "reply": _reply_mistakes,
    "tool_calls": _call_mistakes,
    "code_interpreter": _code_mistakes,
    "file_search": _search_mistakes,
}
