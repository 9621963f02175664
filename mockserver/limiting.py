"""Rate limits of a world: what each call takes from them, and how one that comes too fast is refused.

A call takes from its limits before anything else of it is looked at, so one that is refused for another
reason has used them too (documented for the model routes); one that is refused for its rate takes nothing.
Whoever comes back as told gets through, if nobody else came in between.

What is taken is kept with the world at once and survives its being dropped; a snapshot begins with all of it
given back. With `requests_per_minute` or `tokens_per_minute` set, every answer says how much is left, in the
headers of the model routes. No Assistants answer was ever seen with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver import objects, tokens
from mockserver import rateerrors as said
from mockserver.apierror import ApiError, Entry
from mockserver.context import message_tokens
from mockserver.pacing import tell
from mockserver.rates import Claim, spell
from mockserver.settings import RateLimits
from mockserver.world import World

BEGINNING = ("runs.create", "threads.create_and_run")
THINKING = (*BEGINNING, "runs.submit_tool_outputs")
"""Calls after which the model reads and writes."""

ATTACHING = ("vector_stores.files.create", "vector_stores.file_batches.create")
UPLOADING = "files.create"

REQUESTS, TOKENS, ATTACHED, UPLOADS, STORE = "requests", "tokens", "attached files", "uploads", "store "

_REFUSALS: Mapping[str, tuple[Entry, Entry | None]] = {
    REQUESTS: (said.REQUEST_RATE, None),
    TOKENS: (said.TOKEN_RATE, said.TOO_MANY_TOKENS),
    ATTACHED: (said.ATTACHED_FILES_RATE, said.TOO_MANY_ATTACHED_FILES),
    UPLOADS: (said.UPLOAD_RATE, None),
}
"""What is said when a limit is reached, and when it is too low for the call in any case."""

_MESSAGES_READ = 100


def take_from_limits(
    world: World, operation: str, ids: Mapping[str, str], body: bytes, address: str
) -> Mapping[str, str]:
    """Take what a call uses from the world's limits: the headers that tell what is left.

    `address` is the path as the client wrote it. Raises ApiError (429) when there is too little; then
    nothing is taken.
    """
    limits, now = world.settings.rate_limits, world.clock.now()
    assert limits is not None
    claims = list(_claims(world, limits, operation, ids, body))
    hindrance = world.rates.hindrance(claims, now)
    if hindrance is not None:
        claim, wait = hindrance
        error = _refusal(world, claim, wait, operation, ids, body)
        if wait is not None:
            error.headers = tell(world, wait, address)
        error.headers = {**error.headers, **_left(world, limits, now)}
        raise error
    if claims:
        with world.change():
            world.rates.take(claims, now)
    return _left(world, limits, now)


def token_cost(world: World, ids: Mapping[str, str], body: bytes) -> int:
    """What a call counts before the model has read or written anything: an estimate, as outside.

    The tokens of its body as it was sent and of the newest hundred messages of its thread; or
    `max_completion_tokens`, if that is more.
    """
    size = tokens.count(body.decode(errors="replace"))
    if "thread_id" in ids:
        page = world.page("thread.message", ids["thread_id"], limit=_MESSAGES_READ, ascending=False)
        size += sum(message_tokens(objects.decode(row.body)) for row in page.rows)
    wanted = (objects.object_in(body) or {}).get("max_completion_tokens")
    return max(1, size, wanted if isinstance(wanted, int) else 0)


def _claims(
    world: World, limits: RateLimits, operation: str, ids: Mapping[str, str], body: bytes
) -> Iterator[Claim]:
    if limits.requests_per_minute:
        yield Claim(REQUESTS, limits.requests_per_minute, 1)
    if limits.tokens_per_minute and operation in THINKING:
        yield Claim(TOKENS, limits.tokens_per_minute, token_cost(world, ids, body))
    if operation in ATTACHING:
        if limits.vector_store_requests_per_minute:
            yield Claim(STORE + ids["vector_store_id"], limits.vector_store_requests_per_minute, 1)
        if limits.attached_files_per_minute:
            yield Claim(ATTACHED, limits.attached_files_per_minute, _files_in(body))
    if limits.uploads_per_minute and operation == UPLOADING:
        yield Claim(UPLOADS, limits.uploads_per_minute, 1)


def _refusal(
    world: World, claim: Claim, wait: int | None, operation: str, ids: Mapping[str, str], body: bytes
) -> ApiError:
    values: dict[str, Any] = {
        "whom": whom(world, operation, ids, body),
        "limit": claim.limit,
        "used": world.rates.of(claim.name, claim.limit).used(world.clock.now()),
        "requested": claim.amount,
    }
    if claim.name.startswith(STORE):
        reached, never = said.STORE_RATE, None
        values["store"] = claim.name.removeprefix(STORE)
    else:
        reached, never = _REFUSALS[claim.name]
    if wait is None:
        assert never is not None, "a single call never asks for more than the lowest limit"
        return never(**values)
    return reached(**values, wait=spell(wait))


def whom(world: World, operation: str, ids: Mapping[str, str], body: bytes) -> str:
    """Who has reached a limit: the organization, with the model where a call names or implies one."""
    organization = f"organization {said.ORGANIZATION_ID}"
    model: Any = None
    if operation in BEGINNING:
        asked = objects.object_in(body) or {}
        assistant = world.full("assistant", str(asked.get("assistant_id"))) or {}
        model = asked.get("model") or assistant.get("model")
    elif operation in THINKING:
        run = world.full("thread.run", ids["run_id"], ids["thread_id"]) or {}
        model = run.get("model")
    return f"{model} in {organization}" if isinstance(model, str) else organization


def _left(world: World, limits: RateLimits, now: int) -> dict[str, str]:
    told: dict[str, str] = {}
    for name, limit in ((REQUESTS, limits.requests_per_minute), (TOKENS, limits.tokens_per_minute)):
        if limit:
            bucket = world.rates.of(name, limit)
            told[f"x-ratelimit-limit-{name}"] = str(limit)
            told[f"x-ratelimit-remaining-{name}"] = str(bucket.remaining(now))
            told[f"x-ratelimit-reset-{name}"] = spell(bucket.reset(now))
    return told


def _files_in(body: bytes) -> int:
    """How many files a call wants to attach."""
    asked = objects.object_in(body) or {}
    for name in ("files", "file_ids"):
        if isinstance(asked.get(name), list):
            return max(1, len(asked[name]))
    return 1
