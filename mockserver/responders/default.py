"""The responder when nothing is scripted: no model, but an answer that real client code can work with.

It calls the function tools that the user's words fit, fills their arguments from those words, puts their
outputs into its answer, searches the run's vector stores, computes with attached data, and keeps to
`tool_choice` and `response_format`. Equal turns get equal scripts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mockserver.improvised.fitting import Offer, fitting, offers
from mockserver.improvised.samples import UnsatisfiableError, sample
from mockserver.improvised.toolwork import tool_work
from mockserver.improvised.words import Words
from mockserver.script import CallTools, FunctionCall, Say, Script, ToolOutput, Turn, Wire

_HONEST = "This is a mock assistant's answer; script a reply to have it say something better."
_QUOTE_MAX = 160
_OUTPUT_MAX = 400


class Default:
    """Answers every turn."""

    def respond(self, turn: Turn) -> Script:
        """Function calls if the words or `tool_choice` ask for them, otherwise a message."""
        words = Words(_user_text(turn.messages))
        calls = _calls(turn, words)
        if calls:
            return Script((CallTools(calls),))
        work = () if turn.index else tool_work(turn, words.text)
        if work and not _has_form(turn):
            return Script(work)
        used = tuple(action for action in work if not isinstance(action, Say))
        return Script((*used, Say.text(_answer(turn, words))))


def call_any(turn: Turn) -> Iterator[FunctionCall]:
    """A call of each function of the run, whatever was asked, with arguments made as they always are."""
    words = Words(_user_text(turn.messages))
    for offer in offers(turn.run.get("tools") or ()):
        yield FunctionCall(offer.name, _arguments(offer, words, turn))


def _has_form(turn: Turn) -> bool:
    """Whether the message has to be JSON, which what a tool found is not."""
    form = turn.run.get("response_format")
    return isinstance(form, Mapping) and form.get("type") != "text"


def _calls(turn: Turn, words: Words) -> tuple[FunctionCall, ...]:
    """The calls of this turn, none if the model is to answer."""
    done = [*turn.earlier, *turn.outputs]
    choice = turn.run.get("tool_choice") or "auto"
    known = offers(turn.run.get("tools") or ())
    if choice == "none" or not known:
        return ()
    chosen = fitting(known, words)
    if done:
        # A second round only for what the words ask for and nobody has called yet.
        called = {output.name for output in done}
        forced = choice.get("function", {}).get("name") if isinstance(choice, Mapping) else None
        chosen = [] if forced else [offer for offer in chosen if offer.name not in called]
    elif isinstance(choice, Mapping):
        name = choice.get("function", {}).get("name")
        chosen = [offer for offer in known if offer.name == name]
    elif choice == "required" and not chosen and not turn.searchable and not turn.files:
        chosen = [max(known, key=lambda offer: offer.score(words))]  # of equals, the first
    calls = tuple(call for offer in chosen for call in _calls_of(offer, words, turn))
    return calls[:1] if turn.run.get("parallel_tool_calls") is False else calls


def _calls_of(offer: Offer, words: Words, turn: Turn) -> list[FunctionCall]:
    """One call, or one for each name of a series that does not fit into a single one."""
    arguments = [_arguments(offer, words, turn)]
    if words.series and not all(name in arguments[0] for name in words.series):
        each = {name: _arguments(offer, words.only(name), turn) for name in words.series}
        if all(name in text for name, text in each.items()):
            arguments = list(dict.fromkeys(each.values()))
    return [FunctionCall(offer.name, text) for text in arguments]


def _arguments(offer: Offer, words: Words, turn: Turn) -> str:
    if not offer.parameters:
        return "{}"
    try:
        return _compact(sample(offer.parameters, words, turn.dice))
    except UnsatisfiableError:
        return "{}"  # as near as one comes to parameters that nothing satisfies


def _answer(turn: Turn, words: Words) -> str:
    """The text of the message, in the form that `response_format` asks for."""
    form = turn.run.get("response_format")
    kind = form.get("type") if isinstance(form, Mapping) else None
    outputs = [*turn.earlier, *turn.outputs]
    text = _report(outputs) if outputs else _plain_answer(turn, words)
    if kind == "json_schema" and isinstance(form, Mapping):
        schema = form.get("json_schema", {}).get("schema", True)
        try:
            return _compact(sample(schema, _with_outputs(words, outputs), turn.dice))
        except UnsatisfiableError:
            return "{}"
    if kind == "json_object":
        results = [{"function": output.name, "output": _read(output.output)} for output in outputs]
        return _compact({"answer": text} | ({"results": results} if results else {}))
    return text


def _plain_answer(turn: Turn, words: Words) -> str:
    asked = _shorten(words.text, _QUOTE_MAX)
    pictures = sum(
        part.get("type") in ("image_file", "image_url") for part in _parts(_last_user_message(turn.messages))
    )
    seen = {0: "", 1: "a picture"}.get(pictures, f"{pictures} pictures")
    if asked and seen:
        return f"You sent {seen} and wrote: “{asked}” {_HONEST}"
    if asked:
        verb = "asked" if asked.endswith("?") else "wrote"
        return f"You {verb}: “{asked}” {_HONEST}"
    if seen:
        return f"You sent {seen} and no words. {_HONEST}"
    told = turn.run.get("instructions") or turn.assistant.get("instructions") or ""
    if told:
        return f"My instructions are: “{_shorten(str(told), _QUOTE_MAX)}” Nobody has asked me anything yet."
    return "Nobody has asked me anything yet, so all I can say is that this mock assistant is ready."


def _report(outputs: Sequence[ToolOutput]) -> str:
    """One sentence for each output, naming the function and what it said."""
    return " ".join(_sentence(output) for output in outputs)


def _sentence(output: ToolOutput) -> str:
    asked = _readable(_read(output.arguments))
    about = f" ({_shorten(asked, _QUOTE_MAX)})" if asked and asked != "nothing" else ""
    said = _shorten(_readable(_read(output.output)), _OUTPUT_MAX)
    return f"{output.name}{about} answered: {said}" + ("" if said.endswith((".", "!", "?")) else ".")


def _read(text: str) -> Any:
    """What the text says if it is JSON, otherwise the text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _readable(value: Any) -> str:
    """A JSON value in words: `{"city": "Paris", "degrees": 21}` is "city Paris, degrees 21"."""
    if isinstance(value, dict):
        return (
            ", ".join(f"{key.replace('_', ' ')} {_readable(item)}" for key, item in value.items())
            or "nothing"
        )
    if isinstance(value, list):
        return ", ".join(_readable(item) for item in value) or "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).strip() if value is not None and str(value).strip() else "nothing"


def _with_outputs(words: Words, outputs: Sequence[ToolOutput]) -> Words:
    """The words, and beside them by name what the functions were asked and what they said."""
    known: dict[str, Any] = {}
    plain: list[str] = []
    for output in outputs:
        value = _read(output.output)
        for said in (_read(output.arguments), value):
            if isinstance(said, dict):
                known |= said
        if not isinstance(value, dict):
            known[output.name] = value
            plain.append(_readable(value))
    return Words("\n".join([*plain, words.text]), known)


def _last_user_message(messages: Sequence[Wire]) -> Wire:
    return next((message for message in reversed(messages) if message.get("role") == "user"), {})


def _parts(message: Wire) -> list[Wire]:
    content = message.get("content") or []
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


def _user_text(messages: Sequence[Wire]) -> str:
    """The text parts of the user's last message."""
    texts = []
    for part in _parts(_last_user_message(messages)):
        if part.get("type") == "text":
            text = part.get("text")
            texts.append(str(text.get("value", "")) if isinstance(text, Mapping) else str(text))
    return "\n".join(texts).strip()


def _shorten(text: str, limit: int) -> str:
    """The text on one line, cut between two words where that is possible."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    beginning = line[:limit]
    return (beginning.rsplit(" ", 1)[0] if " " in beginning[limit // 2 :] else beginning) + " …"


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
