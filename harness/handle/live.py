"""The handle of a test that runs against a real target: clients that are watched, and no control door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    import openai

    from harness.targets.connection import Connection


class LiveError(Exception):
    """A test wants something of a real target that only a mock has."""


class LiveAssistants:
    """What `assistants` is on a target that is no mock, for tests marked `live=True`.

    What `client()` makes is deleted when the test is over; what an application makes by itself is not known
    here. `backend` may be told anything and ignores it: on a real target the model answers.
    """

    def __init__(self, connection: Connection, *, keep: bool = False) -> None:
        """Use an opened target; `keep` leaves there what the test makes."""
        self._connection = connection
        self._keep = keep
        self.base_url = connection.base_url
        self.api_key = connection.target.key
        self.backend: Any = _Deaf()

    def client(self, **options: Any) -> openai.OpenAI:
        """The official client of the target; `options` are such as `max_retries`. Do not close it."""
        return self._connection.client(**options)

    def close(self) -> list[str]:
        """Delete what was made through `client()`; what could not be deleted, in words."""
        return [] if self._keep else self._connection.clean_up()

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        raise LiveError(
            f"{self._connection.target.name} is no mock with an open control door, so there is no "
            f"assistants.{name}; say what the test needs (needs=['virtual_time', 'faults', …]) or take "
            "live=True away"
        )

    def __repr__(self) -> str:
        return f"<LiveAssistants at {self.base_url}>"


class _Deaf:
    """Anything may be said to it."""

    def __getattr__(self, name: str) -> _Deaf:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *given: object, **named: object) -> _Deaf:
        return self
