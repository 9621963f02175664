"""The few API calls that set a benchmark up, on the standard library's client."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import Any

from bench.processes import KEY, Running

HEADERS = {
    "Authorization": f"Bearer {KEY}",
    "OpenAI-Beta": "assistants=v2",
    "Content-Type": "application/json",
}


class Caller:
    """A kept connection that answers with objects, and raises RuntimeError for a refusal."""

    def __init__(self, server: Running, timeout: float = 120) -> None:
        self._connection = HTTPConnection(server.host, server.port, timeout=timeout)

    def get(self, path: str) -> Any:
        """The object at a path."""
        return self._call("GET", path)

    def post(self, path: str, body: Any) -> Any:
        """What a POST is answered with."""
        return self._call("POST", path, body)

    def put(self, path: str, body: Any) -> Any:
        """What a PUT is answered with."""
        return self._call("PUT", path, body)

    def assistant(self) -> Any:
        """A new assistant as a product might have it."""
        return self.post(
            "/v1/assistants",
            {
                "model": "gpt-4o",
                "name": "Support",
                "instructions": "You answer questions about our product briefly and kindly.",
                "tools": [WEATHER],
                "metadata": {"team": "support"},
            },
        )

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        payload = None if body is None else json.dumps(body).encode()
        self._connection.request(method, path, payload, HEADERS)
        response = self._connection.getresponse()
        answer = json.loads(response.read())
        if response.status != 200:
            raise RuntimeError(f"{method} {path}: {response.status} {answer}")
        return answer


WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
