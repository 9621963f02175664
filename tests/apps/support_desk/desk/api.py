"""The clients of the whole application, and its assistant. Both are made when this is imported."""

from openai import AsyncOpenAI, OpenAI

client = OpenAI()
async_client = AsyncOpenAI()

assistant = client.beta.assistants.create(
    model="gpt-4o",
    name="Support desk",
    instructions="You help the customers of a shop. Be brief.",
    tools=[
        {"type": "file_search"},
        {
            "type": "function",
            "function": {
                "name": "order_status",
                "description": "Where the order with this number is.",
                "parameters": {
                    "type": "object",
                    "properties": {"number": {"type": "integer"}},
                    "required": ["number"],
                },
            },
        },
    ],
)
