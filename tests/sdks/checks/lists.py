"""Lists that take many requests: each object exactly once, in both orders and directions."""

from __future__ import annotations

from tests.sdks.checks import check
from tests.sdks.sdk import Sdk, every, got

MESSAGES = 250


@check
async def auto_paging(sdk: Sdk) -> None:
    """Iterating over a list asks for page after page until there is no more."""
    # A run brings them all along in one request, and by failing adds none of its own.
    sdk.script({"then": {"fail": {"code": "server_error", "message": "Sorry."}}})
    assistant, thread = await sdk.assistant(), await got(sdk.threads.create())
    numbers = [str(number) for number in range(MESSAGES)]
    more = [{"role": "user", "content": number} for number in numbers]
    await got(
        sdk.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id, additional_messages=more)
    )
    for order, wanted in (("asc", numbers), ("desc", numbers[::-1])):
        for limit in (20, 100):
            found = await every(sdk.messages.list(thread.id, order=order, limit=limit))
            assert [message.content[0].text.value for message in found] == wanted, (order, limit)
    found = await every(sdk.messages.list(thread.id))
    assert [message.content[0].text.value for message in found] == numbers[::-1]


@check
async def cursors(sdk: Sdk) -> None:
    """Pages taken by hand, forwards and backwards."""
    thread = await got(sdk.threads.create())
    for number in range(6):
        await got(sdk.messages.create(thread.id, role="user", content=str(number)))
    ids = [message.id for message in await every(sdk.messages.list(thread.id, order="asc"))]
    page = await got(sdk.messages.list(thread.id, order="asc", limit=2))
    assert ([message.id for message in page.data], page.has_next_page()) == (ids[:2], True)
    page = await got(page.get_next_page())
    assert [message.id for message in page.data] == ids[2:4]
    page = await got(sdk.messages.list(thread.id, order="asc", before=ids[4], limit=10))
    assert [message.id for message in page.data] == ids[:4]
    empty = await got(sdk.messages.list(thread.id, order="asc", after=ids[5]))
    assert (empty.data, empty.has_next_page()) == ([], False)


@check
async def runs_of_a_thread(sdk: Sdk) -> None:
    """Runs and the messages that each made."""
    assistant, thread = await sdk.assistant(), await sdk.thread()
    made = []
    for _ in range(3):
        run = await got(sdk.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id))
        made.append(run.id)
    assert [run.id for run in await every(sdk.runs.list(thread.id))] == made[::-1]
    assert [run.id for run in await every(sdk.runs.list(thread.id, order="asc", limit=1))] == made
    of_one = await every(sdk.messages.list(thread.id, run_id=made[1]))
    assert [message.run_id for message in of_one] == [made[1]]
