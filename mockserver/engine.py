"""How runs begin, go on after tool outputs, and are cancelled: the run's rules on top of its timeline.

State conflicts are refused here with the API's own words; what a request looks like was checked before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mockserver import errors, objects, tokens
from mockserver.chance import Dice
from mockserver.context import read_context
from mockserver.decisions import decides
from mockserver.interruption import break_of, cut_short
from mockserver.lifecycle import RUN, Signal
from mockserver.plan import Planner
from mockserver.replies.actions import pace_raw, parse_actions, parse_pace, to_raw
from mockserver.responders import answer
from mockserver.runfiles import code_file, look_up, resources_of, shelf_of, use_stores, wait_for_thread
from mockserver.script import Script, SearchFiles, Stall, ToolOutput, Turn
from mockserver.timeline import Decide, End, Event, Make, Move, Progress, Timeline, Told
from mockserver.world import World

Object = dict[str, Any]


def create_run(
    world: World,
    thread_id: str,
    assistant: Object,
    request: Mapping[str, Any],
    *,
    run_id: str | None = None,
    script: Script | None = None,
    include_content: bool = False,
    resources: Object | None = None,
) -> Timeline:
    """Queue a run on a thread that is known to exist and to be idle; its own messages are already there.

    `run_id` and `script` are given for runs that somebody describes instead of asking for; others are refused
    with an ApiError when they have nothing to answer (recorded 2024-04), or need a vector store that has
    expired (documented). `resources` are tool_resources for this run in place of the assistant's.
    """
    now = world.clock.now()
    instructions = objects.instructions(assistant, request)
    has_user = any(message["role"] == "user" for message in _messages(world, thread_id))
    if script is None and not has_user and not instructions:
        raise errors.EMPTY_THREAD()
    run = objects.run(run_id or world.new_id("run"), now // 1000, thread_id, assistant, request)
    progress = Progress(include_content=include_content, resources=resources)
    use_stores(world, run, progress)
    world.insert(run, thread_id)
    expiry = End(run["expires_at"] * 1000, Signal.EXPIRE)
    timeline = Timeline(run["id"], [expiry], {run["id"]: run}, progress)
    _take_turn(world, timeline, now, script)
    world.track(timeline)
    return timeline


def births(world: World, timeline: Timeline) -> Iterator[Told]:
    """The stream events that tell of a run that has just been queued."""
    for name in RUN.births:
        yield Told(world.clock.now(), name, timeline.root)


def check_idle(world: World, thread_id: str, entry: errors.Entry) -> None:
    """Refuse what a thread with an active run refuses; `entry` is the wording."""
    active = world.active.get(thread_id)
    if active is not None:
        raise entry(thread=thread_id, run=active)


def check_outputs(world: World, run: Mapping[str, Any], outputs: Sequence[Mapping[str, Any]]) -> Timeline:
    """The timeline that these tool outputs resume.

    Raises ApiError in any status but requires_action, and unless exactly the asked calls are answered.
    """
    timeline = world.timelines.get(run["id"])
    if timeline is None or RUN.next(run["status"], Signal.SUBMIT) is None:
        raise errors.OUTPUTS_NOT_ACCEPTED(status=run["status"])
    asked = [call["id"] for call in _asked(timeline)]
    got = [output["tool_call_id"] for output in outputs]
    if sorted(asked) != sorted(got):
        raise errors.WRONG_CALL_IDS(expected=asked, got=got)
    return timeline


def submit(world: World, timeline: Timeline, outputs: Sequence[Mapping[str, Any]]) -> None:
    """Take checked tool outputs: the step completes and the run is queued again, both at once.

    A run that is to stay in requires_action takes them, and nothing comes of it.
    """
    if timeline.progress.rest == to_raw([Stall("requires_action")]):
        return
    given = {output["tool_call_id"]: output.get("output") or "" for output in outputs}
    calls = _asked(timeline)
    now = world.clock.now()
    timeline.progress.outputs.append(
        [
            {
                "call_id": call["id"],
                "name": call["function"]["name"],
                "arguments": call["function"]["arguments"],
                "output": given[call["id"]],
            }
            for call in calls
        ]
    )
    answered = [{**call, "function": {**call["function"], "output": given[call["id"]]}} for call in calls]
    details = {"type": "tool_calls", "tool_calls": answered}
    step = _open_step(timeline)
    finished = Move(now, step["id"], Signal.FINISH, {"step_details": details})
    world.announce(timeline, timeline.act(finished))
    resumed = Move(now, timeline.subject, Signal.SUBMIT, {"required_action": None})
    world.announce(timeline, timeline.act(resumed))
    _take_turn(world, timeline, now)
    world.reschedule(timeline)


def cancel(world: World, run: Mapping[str, Any]) -> Timeline:
    """Begin to cancel a run: it is `cancelling` at once and `cancelled` soon after.

    Raises ApiError for a run that has ended or is being cancelled already.
    """
    timeline = world.timelines.get(run["id"])
    if timeline is None or RUN.next(run["status"], Signal.CANCEL) is None:
        raise errors.CANNOT_CANCEL(status=run["status"])
    now = world.clock.now()
    timeline.drop_pending(keep=is_expiry)
    world.announce(timeline, timeline.act(Move(now, run["id"], Signal.CANCEL, {"required_action": None})))
    timeline.schedule(_stop(world, run["id"], timeline.progress, now))
    world.reschedule(timeline)
    return timeline


def expire_at(timeline: Timeline, moment: int) -> None:
    """Let a run expire at this moment, a whole second, instead of ten minutes after it was created."""
    made = (event.body for event in timeline.pending if isinstance(event, Make))
    for body in (*timeline.objects.values(), *made):
        if body.get("expires_at") is not None:
            body["expires_at"] = moment // 1000
            if body["id"] in timeline.objects:
                timeline.changed.add(body["id"])
    timeline.drop_pending(keep=lambda event: not is_expiry(event))
    timeline.schedule([End(moment, Signal.EXPIRE)])


def is_expiry(event: Event) -> bool:
    """Whether this is the moment at which the subject's time is over."""
    return isinstance(event, End) and event.signal is Signal.EXPIRE


def _stop(world: World, run_id: str, progress: Progress, now: int) -> list[Event]:
    """What follows when a run begins to be cancelled."""
    if progress.stuck_in_cancelling:
        return []
    pace = parse_pace(progress.pace)
    natural = world.settings.latency.duration("cancelling", world.chance.dice(f"cancel/{run_id}"))
    return [End(now + (natural if pace.cancelling is None else pace.cancelling), Signal.STOP)]


def _take_turn(world: World, timeline: Timeline, now: int, script: Script | None = None) -> None:
    """Ask who plays the model what happens next, unless it is known, and put it on the list."""
    run, progress = timeline.root, timeline.progress
    turn, prompt_tokens = _turn(world, timeline)
    if script is None and progress.rest:
        script = Script(parse_actions(progress.rest), parse_pace(progress.pace))
    elif script is None:
        script = answer(world.replies, turn, strict=world.settings.strict)
        if len(world.replies):
            world.save_replies()  # a rule may have been used
    if world.acting is not None:
        script = world.acting.script(turn, script)
    progress.turns += 1
    progress.rest = None
    progress.pace = pace_raw(script.pace)
    progress.stuck_in_cancelling = progress.stuck_in_cancelling or Stall("cancelling") in script.actions
    progress.breaks = break_of(script.interruption, progress.written) if script.interruption else None
    if script.actions[:1] == (Stall("queued"),) and progress.breaks is None:
        return
    dice = world.chance.dice(f"pace/{run['id']}/{progress.turns}")
    latency, pace = world.settings.latency, script.pace
    start = now + (latency.duration("queued", dice) if pace.queued is None else pace.queued)
    progress.began, progress.searches = start, 0
    events = _plan(world, timeline, script, start, prompt_tokens, dice)
    timeline.schedule([Move(start, run["id"], Signal.START), *events])


def _plan(
    world: World,
    timeline: Timeline,
    script: Script,
    start: int,
    prompt_tokens: int,
    dice: Dice,
    elapsed: int | None = None,
) -> list[Event]:
    """The events of a script from this moment on; what it leaves for later is kept in the timeline."""
    run, progress = timeline.root, timeline.progress
    planner = Planner(
        run=run,
        start=start,
        latency=world.settings.latency,
        pace=script.pace,
        dice=dice,
        new_id=world.new_id,
        prompt_tokens=prompt_tokens,
        shelf=shelf_of(world, progress),
        completion_budget=_left(run["max_completion_tokens"], progress, 1),
        prompt_budget=_left(run["max_prompt_tokens"], progress, 0),
        elapsed=elapsed,
    )
    plan = planner.plan(script.actions)
    breaks = progress.breaks
    moment = cut_short(plan, breaks.tokens - progress.written, start) if breaks is not None else None
    if plan.rest is not None:
        progress.rest = to_raw(plan.rest)
    if breaks is None or moment is None:
        return plan.events
    if breaks.signal is not Signal.CANCEL:
        return [*plan.events, End(moment, breaks.signal, breaks.patch)]
    cancelled = Move(moment, run["id"], breaks.signal, breaks.patch)
    return [*plan.events, cancelled, *_stop(world, run["id"], progress, moment)]


@decides(RUN.object)
def _look_into_files(world: World, timeline: Timeline, due: int) -> None:
    """The moment of a file search has come: what is indexed now is what it finds; then the script goes on.

    A run waits for files that are on their way into its thread's vector store, up to 60 seconds; for those of
    the assistant's it does not (documented).
    """
    progress, settled = timeline.progress, timeline.outcome
    later = wait_for_thread(world, timeline.root, progress, due)
    if later is not None:
        timeline.schedule([Decide(later, settled)])
        world.reschedule(timeline)
        return
    action, *rest = parse_actions(progress.rest)
    assert isinstance(action, SearchFiles), action
    turn, prompt_tokens = _turn(world, timeline)
    found = look_up(world, timeline, action, turn, due, last=not rest, results=settled.get("results"))
    progress.rest = None
    progress.searches += 1
    script = Script((*found, *rest), parse_pace(progress.pace))
    dice = world.chance.dice(f"pace/{timeline.subject}/{progress.turns}/{progress.searches}")
    elapsed = due - progress.began
    timeline.schedule(_plan(world, timeline, script, due, prompt_tokens, dice, elapsed))
    world.reschedule(timeline)


def _turn(world: World, timeline: Timeline) -> tuple[Turn, int]:
    """What the responder may look at, and how many tokens the model reads."""
    run, progress = timeline.root, timeline.progress
    room = world.settings.limits.context_tokens
    left = _left(run["max_prompt_tokens"], progress, 0)
    context = read_context(run, _messages(world, run["thread_id"]), room if left is None else min(room, left))
    rounds = [tuple(ToolOutput(**output) for output in round_) for round_ in progress.outputs]
    answered = sum(tokens.count(output.output) for round_ in rounds for output in round_)
    assistant = world.full("assistant", run["assistant_id"]) or {}
    code, stores = resources_of(world, run, progress)
    turn = Turn(
        run=run,
        assistant=assistant,
        files=tuple(code_file(world, file) for file in code),
        searchable=bool(stores),
        messages=context.messages,
        outputs=rounds[-1] if rounds else (),
        earlier=tuple(output for round_ in rounds[:-1] for output in round_),
        index=progress.turns,
        thread_turn=world.store.count(world.project, "thread.run", run["thread_id"]),
        dice=world.chance.dice(f"reply/{run['id']}/{progress.turns}"),
    )
    return turn, context.tokens + progress.written + answered


def _messages(world: World, thread_id: str) -> Iterator[Object]:
    """The thread's messages from the newest backwards, read in portions."""
    before: int | None = None
    while True:
        page = world.page("thread.message", thread_id, limit=100, ascending=False, after=before)
        for row in page.rows:
            yield objects.decode(row.body)
        if not page.has_more:
            return
        before = world.store.position(world.project, page.rows[-1].id, "thread.message", thread_id)


def _left(limit: int | None, progress: Progress, index: int) -> int | None:
    """What remains of a token limit, which bounds the sum over all completions of a run (documented)."""
    return None if limit is None else max(0, limit - sum(spent[index] for spent in progress.spent.values()))


def _asked(timeline: Timeline) -> list[Object]:
    calls: list[Object] = timeline.root["required_action"]["submit_tool_outputs"]["tool_calls"]
    return calls


def _open_step(timeline: Timeline) -> Object:
    return next(
        body
        for body in timeline.objects.values()
        if body["object"] == "thread.run.step" and body["status"] == "in_progress"
    )
