"""One reply rule, said in a chain of words and armed while it is being said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from harness.control import Control
from harness.durations import seconds

__tracebackhide__ = True  # what fails here is told at the line of the test

Json = dict[str, Any]
Matcher = str | Mapping[str, Any]
"""A text that is equal, or `{"contains" | "matches" | "one_of" | "json": …}`."""

Content = str | Sequence[Mapping[str, Any]]
Arguments = Mapping[str, Any] | str | None
Duration = float | str | timedelta


class RuleError(ValueError):
    """A line of a script that no run could follow."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """What the model does until it waits for outputs or ends: actions, then maybe an ending."""

    actions: tuple[Json, ...] = ()
    ending: Json | None = None

    @property
    def said(self) -> bool:
        return bool(self.actions or self.ending)

    @property
    def calling(self) -> bool:
        return bool(self.actions) and "tool_calls" in self.actions[-1]

    def written(self, after: Json | None) -> Json:
        """The turn as an action; `after` is what follows the outputs of its calls."""
        *before, last = self.actions or ({},)
        last = last | (self.ending or {}) | ({"on_outputs": after} if after else {})
        return {"steps": [*before, last]} if before else last


class RunRule:
    """One reply rule while it is being written. `id` is what it is listed by, None until it is armed.

    Every method adds to the rule and gives it back. Within a turn actions stand one after another (a run's
    steps); `then_…` is what the model does when the outputs of its function calls have come. Endings
    (`fails`, `is_incomplete`, `expires`, `stalls`) come last: after function calls, once they are answered.
    A rule the server cannot understand raises ControlError, one nobody could follow RuleError, both in the
    line that says it; what was armed before stays.
    """

    def __init__(self, control: Control, when: Mapping[str, Any], where: str = "") -> None:
        """A rule for the runs that `when` describes; `where` is the line it stands in."""
        self.id: str | None = None
        self.where = where
        self._control = control
        self._rule: Json = {"when": dict(when)} if when else {}
        self._turns: tuple[_Turn, ...] = (_Turn(),)

    # What the model does

    def replies(self, content: Content, *, annotations: Sequence[Mapping[str, Any]] = ()) -> RunRule:
        """It writes a message: a text, or content parts. Annotations are placed where their text stands."""
        return self._act("replies", _reply(content, annotations))

    def calls(self, function: str, arguments: Arguments = None, /, **named: Any) -> RunRule:
        """It calls a function with these arguments; once more for another call at the same time.

        Arguments are named (`city="Paris"`), or one mapping, or a text that is sent as it is (`"{broken"`).
        """
        call = _call(function, arguments, named)
        return self._beside(call) if self._turns[-1].calling else self._act("calls", {"tool_calls": [call]})

    def and_calls(self, function: str, arguments: Arguments = None, /, **named: Any) -> RunRule:
        """Beside the call before it calls this function, at the same time."""
        if not self._turns[-1].calling:
            raise RuleError(f"and_calls({function!r}) has no call to stand beside; write .calls(…)")
        return self._beside(_call(function, arguments, named))

    def runs_code(
        self, code: str, *, logs: str | None = None, image: Any = None, file: Any = None
    ) -> RunRule:
        """Its code interpreter runs this code, logs these lines, makes this picture or writes this file.

        A picture is the id of a file or a mapping `{"name", "text" | "base64"}`, a file such a mapping;
        several stand in a list.
        """
        return self._act("runs_code", _code(code, logs, image, file))

    def searches(
        self,
        query: str | None = None,
        *,
        results: Sequence[Mapping[str, Any] | str] | None = None,
        reply: str | None = None,
        miss: str | None = None,
    ) -> RunRule:
        """It searches its files: really, unless `results` say what is found.

        They are names or ids of files, or mappings `{"file", "score"?, "text"?}`. `reply` is what it writes
        then, `miss` what it writes when nothing was found.
        """
        return self._act("searches", _search(query, results, reply, miss))

    # When the outputs of its calls have come

    def then_replies(self, content: Content, *, annotations: Sequence[Mapping[str, Any]] = ()) -> RunRule:
        """When its calls are answered it writes a message."""
        return self._then("replies", _reply(content, annotations))

    def then_calls(self, function: str, arguments: Arguments = None, /, **named: Any) -> RunRule:
        """When its calls are answered it calls a function."""
        return self._then("calls", {"tool_calls": [_call(function, arguments, named)]})

    def then_runs_code(
        self, code: str, *, logs: str | None = None, image: Any = None, file: Any = None
    ) -> RunRule:
        """When its calls are answered it runs code."""
        return self._then("runs_code", _code(code, logs, image, file))

    def then_searches(
        self,
        query: str | None = None,
        *,
        results: Sequence[Mapping[str, Any] | str] | None = None,
        reply: str | None = None,
        miss: str | None = None,
    ) -> RunRule:
        """When its calls are answered it searches."""
        return self._then("searches", _search(query, results, reply, miss))

    # How the run ends

    def fails(self, code: str = "server_error", message: str | None = None) -> RunRule:
        """The run fails with this `last_error`; without a message, with the API's own of `server_error`."""
        return self._end("fails", {"fail": {"code": code} | ({"message": message} if message else {})})

    def is_incomplete(self, reason: str = "max_completion_tokens") -> RunRule:
        """The run ends as incomplete: `max_completion_tokens`, `max_prompt_tokens`, `content_filter`."""
        return self._end("is_incomplete", {"incomplete": reason})

    def expires(self) -> RunRule:
        """The run does nothing more until its ten minutes are over."""
        return self._end("expires", {"expire": True})

    def stalls(self, status: str = "in_progress") -> RunRule:
        """The run stays for good in `queued`, `in_progress`, `requires_action` or `cancelling`."""
        return self._end("stalls", {"stall": status})

    # How long, how often

    def takes(
        self,
        *,
        queued: Duration | None = None,
        in_progress: Duration | None = None,
        cancelling: Duration | None = None,
        first_token: Duration | None = None,
        tokens_per_second: float | None = None,
    ) -> RunRule:
        """How long it takes: `"300ms"`, `"10m"`, or seconds; the rest as the latency of the world says.

        Raises ValueError for what is no duration.
        """
        lengths = {"queued": queued, "in_progress": in_progress}
        lengths |= {"cancelling": cancelling, "first_token": first_token}
        pace: Json = {
            name: round(seconds(value) * 1000) for name, value in lengths.items() if value is not None
        }
        if tokens_per_second is not None:
            pace["tokens_per_second"] = tokens_per_second
        return self._arm({**self._rule, "timeline": {**self._rule.get("timeline", {}), **pace}}, self._turns)

    def times(self, count: int) -> RunRule:
        """It speaks so many times, then no more; later rules have their turn."""
        return self._arm({**self._rule, "times": count}, self._turns)

    # What has become of it

    @property
    def rule(self) -> Json:
        """The rule in the reply format, as far as it is written."""
        return _written(self._rule, self._turns)

    @property
    def silent(self) -> bool:
        """Whether it says nothing to do yet."""
        return not self._turns[0].said

    @property
    def used(self) -> int:
        """How often it has spoken since it was written."""
        return next((int(row["used"]) for row in self._control.replies() if row["id"] == self.id), 0)

    def __repr__(self) -> str:
        return f"<RunRule {self.id or 'not armed'}: {self.rule}>"

    # How it is put together

    def _act(self, word: str, action: Json) -> RunRule:
        turn = self._open_turn(word)
        if turn.calling:
            raise RuleError(f"{word} would come before the outputs of the call; write .then_{word}(…)")
        return self._arm(self._rule, [*self._turns[:-1], _Turn((*turn.actions, action))])

    def _beside(self, call: Json) -> RunRule:
        turn = self._open_turn("calls")
        *before, last = turn.actions
        together = {**last, "tool_calls": [*last["tool_calls"], call]}
        return self._arm(self._rule, [*self._turns[:-1], _Turn((*before, together))])

    def _then(self, word: str, action: Json) -> RunRule:
        if not self._open_turn(f"then_{word}").calling:
            raise RuleError(
                f"then_{word} follows the outputs of a call, and nothing is called here; write .{word}(…)"
            )
        return self._arm(self._rule, [*self._turns, _Turn((action,))])

    def _end(self, word: str, ending: Json) -> RunRule:
        turn = self._open_turn(word)
        return self._arm(self._rule, [*self._turns[:-1], _Turn(turn.actions, ending)])

    def _open_turn(self, word: str) -> _Turn:
        """The turn that is being written. Raises RuleError when the run has ended in it."""
        turn = self._turns[-1]
        if turn.ending:
            raise RuleError(f"{word} never happens: the run ends before, by {next(iter(turn.ending))}")
        return turn

    def _arm(self, rule: Json, turns: Sequence[_Turn]) -> RunRule:
        """Take a new version: the server first, so that what it refuses changes nothing."""
        if turns[0].said:
            written = _written(rule, turns)
            if self.id is None:
                self.id = str(self._control.add_replies(written)["data"][-1]["id"])
            else:
                self._control.replace_reply(self.id, written)
        self._rule, self._turns = rule, tuple(turns)
        return self


def _written(rule: Json, turns: Sequence[_Turn]) -> Json:
    then: Json | None = None
    for turn in reversed(turns):
        then = turn.written(then)
    return {**rule, "then": then} if then else dict(rule)


def _reply(content: Content, annotations: Sequence[Mapping[str, Any]]) -> Json:
    action: Json = {"reply": content if isinstance(content, str) else list(content)}
    return action | ({"annotations": list(annotations)} if annotations else {})


def _call(function: str, arguments: Arguments, named: Mapping[str, Any]) -> Json:
    if arguments is not None and named:
        raise RuleError(f"the arguments of {function} are either named or given as one, not both")
    given = dict(named) if arguments is None else arguments
    return {"function": function, "arguments": given if isinstance(given, str) else dict(given)}


def _code(code: str, logs: str | None, image: Any, file: Any) -> Json:
    outputs: list[Json] = [] if logs is None else [{"logs": logs}]
    outputs += [{"image": picture} for picture in _several(image)]
    outputs += [{"file": written} for written in _several(file)]
    return {"code_interpreter": {"input": code} | ({"outputs": outputs} if outputs else {})}


def _search(
    query: str | None,
    results: Sequence[Mapping[str, Any] | str] | None,
    reply: str | None,
    miss: str | None,
) -> Json:
    said: Json = {"query": query, "reply": reply, "miss": miss}
    if results is not None:
        said["results"] = [{"file": hit} if isinstance(hit, str) else dict(hit) for hit in results]
    return {"file_search": {name: value for name, value in said.items() if value is not None}}


def _several(given: Any) -> list[Any]:
    if given is None:
        return []
    return list(given) if isinstance(given, list | tuple) else [given]
