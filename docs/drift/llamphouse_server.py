"""LLAMPHouse, an independent server of the Assistants API, with agents that need no language model.

    python -m venv .llamphouse && .llamphouse/bin/pip install llamphouse==1.3.0
    LLAMPHOUSE_TELEMETRY=0 NO_TRACKING=1 .llamphouse/bin/python llamphouse_server.py 8801

LLAMPHouse serves agents written in Python, and has no routes to make, change or delete them: those three are
this file's. Everything else is answered by LLAMPHouse.
"""

import asyncio
import json
import sys
import uuid
from typing import Any

from fastapi import APIRouter, HTTPException
from llamphouse.core import Agent, LLAMPHouse
from llamphouse.core.adapters.assistant_api import AssistantAPIAdapter
from llamphouse.core.context import Context
from llamphouse.core.data_stores.in_memory_store import InMemoryDataStore
from llamphouse.core.queue.in_memory_queue import InMemoryQueue
from llamphouse.core.queue.types import RateLimitPolicy, RetryPolicy
from llamphouse.core.types.run_step import ToolCallsStepDetails
from llamphouse.core.types.tool_call import Function, FunctionToolCall

KEPT = ("name", "description", "instructions", "model", "tools", "temperature", "top_p", "metadata")
PLAIN = {"integer": 1, "number": 1, "boolean": True, "array": [], "object": {}}


class Plain(Agent):
    """Asks for the first function among its tools and answers with its output; else repeats what was said."""

    async def run(self, context: Context) -> None:
        """Play the model in one run."""
        asked = next((message.text for message in reversed(context.messages) if message.role == "user"), "")
        functions = [tool["function"] for tool in context.run.tools or [] if tool.get("type") == "function"]
        answer = await self._called(context, functions[0]) if functions else f"You said: {asked}"
        if context.run.stream:
            for at, word in enumerate(answer.split(" ")):
                await context.asend_chunk(word if at == 0 else f" {word}")
        await context.insert_message(answer)

    async def _called(self, context: Context, function: dict[str, Any]) -> str:
        properties = (function.get("parameters") or {}).get("properties") or {}
        arguments = {
            name: (about.get("enum") or [PLAIN.get(about.get("type"), name)])[0]
            for name, about in properties.items()
        }
        call = FunctionToolCall(
            id=f"call_{uuid.uuid4().hex[:24]}",
            type="function",
            function=Function(name=function["name"], arguments=json.dumps(arguments)),
        )
        step = await context.insert_tool_calls_step(
            ToolCallsStepDetails(type="tool_calls", tool_calls=[call])
        )
        store, of = context.data_store, (context.thread_id, context.run_id)
        while (await store.get_run_by_id(*of)).status == "requires_action":
            await asyncio.sleep(0.01)
        done = await store.get_run_step_by_id(*of, step.id)
        return str(done.step_details.tool_calls[0].root.function.output)


def making(agents: list[Plain]) -> APIRouter:
    """The routes that make, change and delete an agent while the server runs."""
    router = APIRouter()

    def found(assistant_id: str) -> Plain:
        for agent in agents:
            if agent.id == assistant_id:
                return agent
        raise HTTPException(404, "Assistant not found.")

    def shown(agent: Plain) -> dict[str, Any]:
        made = {"id": agent.id, "object": "assistant", "created_at": int(agent.created_at.timestamp())}
        return made | {key: getattr(agent, key, None) for key in KEPT}

    @router.post("/assistants")
    async def create(body: dict[str, Any]) -> dict[str, Any]:
        named = {key: body[key] for key in KEPT if key != "metadata" and body.get(key) is not None}
        agent = Plain(id=f"asst_{uuid.uuid4().hex[:24]}", **named)
        agent.metadata = body.get("metadata") or {}
        agents.append(agent)
        return shown(agent)

    @router.post("/assistants/{assistant_id}")
    async def update(assistant_id: str, body: dict[str, Any]) -> dict[str, Any]:
        agent = found(assistant_id)
        for key in KEPT:
            if key in body:
                setattr(agent, key, body[key])
        return shown(agent)

    @router.delete("/assistants/{assistant_id}")
    async def delete(assistant_id: str) -> dict[str, Any]:
        agents.remove(found(assistant_id))
        return {"id": assistant_id, "object": "assistant.deleted", "deleted": True}

    return router


if __name__ == "__main__":
    house = LLAMPHouse(
        agents=None,  # so that its worker takes the runs of any agent, also of those made later
        adapters=[AssistantAPIAdapter(prefix="/v1")],
        data_store=InMemoryDataStore(),
        run_queue=InMemoryQueue(RetryPolicy(max_attempts=1), RateLimitPolicy(max_per_minute=100_000)),
    )
    house.fastapi.include_router(making(house.agents), prefix="/v1")
    house.ignite(host="127.0.0.1", port=int(sys.argv[1]))
