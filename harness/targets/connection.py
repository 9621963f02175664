"""An opened target: clients for it, its time, worlds for scenarios on a mock, and tidying up elsewhere."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from harness.capabilities import CONTROLLED
from harness.control import Control
from harness.scenarios.model import Scenario
from harness.script import Script
from harness.targets.cleanup import Ledger, delete_all
from harness.targets.exchanges import Watch, watched_http_client
from harness.targets.target import Target

if TYPE_CHECKING:
    import openai

_RAW_SECONDS = 60.0
_MOMENT = 0.001


class Connection:
    """A target that is reached; a context manager. One scenario at a time is played on it.

    `capabilities` is what it can do; `real` whether it is anything but a mock with an open control door,
    whose `control` is None then. `seed` is that of the scenario under way, `began` when that began in Unix
    seconds of the target's time, `calls` how many calls left so far.
    `left` are the objects that could not be deleted, in words. `unsaid` are capabilities it would have, but
    the installed SDK is older than they are.
    """

    def __init__(
        self,
        target: Target,
        base_url: str,
        capabilities: frozenset[str],
        *,
        seed: int | str | None = None,
        clock: str | None = None,
        max_calls: int | None = None,
        at_close: Callable[[], object] | None = None,
    ) -> None:
        """Prepare calls to `base_url`, without any: `open_target` finds out what is there.

        A `seed` given here goes before that of every scenario. `clock` is that of new worlds of a mock;
        `max_calls` ends with BudgetError what would make one more. `at_close` is called when all is done.
        """
        self.target = target
        self.base_url = base_url
        self.capabilities = capabilities
        self.real = not target.has_control
        self.clock = clock or target.clock
        self.seed: int | str | None = None if self.real else seed or 0
        self.began = 0.0
        self.left: list[str] = []
        self.unsaid: frozenset[str] = frozenset()
        self._fixed_seed = seed
        self._ledger = Ledger()
        self._watch = Watch(
            target.name,
            base_url,
            budget=max_calls,
            ledger=self._ledger if self.real else None,
            models=target.models,
            to_openai=target.kind == "openai-live",
        )
        self._closing = ExitStack()
        if at_close is not None:
            self._closing.callback(at_close)
        self._http = watched_http_client(self._watch, trust_env=target.kind != "mock")
        self._closing.callback(self._http.close)
        self._sdk: openai.OpenAI = self._made_client()
        _ = self._sdk.beta.threads  # most of the SDK is imported here: no scenario is to be charged with it
        self.control: Control | None = None
        if not self.real:
            self.control = Control(base_url, target.key)
            self._closing.callback(self.control.close)

    @property
    def calls(self) -> int:
        """How many calls left for it; those that tidy up or look around do not count."""
        return self._watch.calls

    @property
    def spent(self) -> bool:
        """Whether its budget of calls is used up."""
        return self._watch.spent

    @property
    def budget(self) -> int | None:
        """How many calls it may be sent; None is no limit."""
        return self._watch.budget

    @property
    def made(self) -> list[str]:
        """What was made there and not deleted yet, oldest first, in words."""
        return [str(made) for made in self._ledger.made]

    def begin(self, scenario: Scenario) -> None:
        """Get ready for a scenario: on a mock a new world with its backend, faults and seed.

        Elsewhere there is nothing to get ready. Raises ControlError when the mock refuses what it says.
        """
        if self.control is None:
            self.began = self.now()
            return
        for seed in (self._fixed_seed, scenario.seed, 0):
            if seed is not None:
                self.seed = seed
                break
        script = Script.of(scenario)
        settings = {"clock": self.clock, "latency": self.target.latency, **script.settings}
        self.began = float(self.control.new_world(seed=self.seed, **settings)["now"])
        script.furnish(self.control)

    def client(self, **options: Any) -> openai.OpenAI:
        """An SDK client for it, with options such as `max_retries` and `timeout`. Do not close it."""
        return self._sdk.with_options(**options) if options else self._sdk

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str | None] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
    ) -> dict[str, Any]:
        """One plain HTTP request: `{"status", "headers", "body"}`, whatever the status.

        `path` is written with or without `/v1` and leads below the base URL. The key, the beta header and
        the target's own headers are sent unless `headers` says otherwise; None takes one away. A `body` of
        text is sent as it is, any other as JSON. The answer's body is its JSON, else its text; header names
        are in lower case. Raises the HTTP library's own exceptions when there is no answer.
        """
        path, _, inline = path.partition("?")
        below = re.sub(r"^/?(?:v1(?:/|$))?", "/", path)
        parameters = {**parse_qs(inline, keep_blank_values=True), **self.target.query, **(query or {})}
        sent = {name.lower(): value for name, value in self._headers().items()}
        content = body.encode() if isinstance(body, str) else None
        if body is not None and content is None:
            content = json.dumps(body, ensure_ascii=False).encode()
            sent["content-type"] = "application/json"
        sent |= {name.lower(): value for name, value in (headers or {}).items()}
        response = self._http.request(
            method.upper(),
            self._root + below,
            params=parameters or None,
            headers={name: value for name, value in sent.items() if value is not None},
            content=content,
            timeout=_RAW_SECONDS,
        )
        return {
            "status": response.status_code,
            "headers": {name.lower(): value for name, value in response.headers.items()},
            "body": _read(response),
        }

    def now(self) -> float:
        """The target's time in seconds since 1970; the wall's, where it does not tell."""
        return time.time() if self.control is None else float(self.control.clock()["now"])

    def pause(self, seconds: float) -> None:
        """Let so much of the target's time pass: by moving a virtual clock, else by waiting.

        Ctrl-C ends the waiting.
        """
        if seconds <= 0:
            return
        if self.clock != "virtual":
            time.sleep(seconds / self._speed)
        elif self.control is not None:
            self.control.advance(seconds)
        else:
            time.sleep(min(seconds, _MOMENT))  # each poll moves such a clock by itself

    def clean_up(self) -> list[str]:
        """Delete everything that was made on a target that is not thrown away, newest first.

        What could not be deleted comes back in words and is added to `left`. Does nothing where worlds are
        thrown away. Ctrl-C ends it too, and then `made` says what is still there.
        """
        if not self._ledger.made:
            return []
        with self._watch.free():
            left = delete_all(self._ledger, self._ask, self.pause)
        self.left += left
        return left

    def free(self) -> Any:
        """A context in which calls do not count, such as those that find out what is there."""
        return self._watch.free()

    def close(self) -> None:
        """Close its connections, and end the server that was started for it. Deletes nothing."""
        self._closing.close()

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _root(self) -> str:
        return f"{self.base_url}/openai" if self.target.kind == "azure" else self.base_url

    @property
    def _speed(self) -> float:
        return float(self.clock[1:]) if self.clock.startswith("x") else 1.0

    def _made_client(self) -> openai.OpenAI:
        import openai

        shared: dict[str, Any] = {
            "api_key": self.target.key,
            "default_headers": dict(self.target.headers),
            "default_query": dict(self.target.query),
            "http_client": self._http,
        }
        if self.target.kind != "azure":
            return openai.OpenAI(base_url=self.base_url, **shared)
        version = shared["default_query"].pop("api-version")
        return openai.AzureOpenAI(azure_endpoint=self.base_url, api_version=version, **shared)

    def _headers(self) -> dict[str, str | None]:
        known = {"authorization": f"Bearer {self.target.key}"}
        if self.target.kind == "azure":
            known = {"api-key": self.target.key}
        return {**known, "openai-beta": "assistants=v2", **self.target.headers}

    def _ask(self, method: str, path: str) -> tuple[int, Any, Mapping[str, str]]:
        answer = self.request(method, path)
        return answer["status"], answer["body"], answer["headers"]


def known_capabilities(target: Target) -> frozenset[str] | None:
    """What a target can do as far as that is known without asking it; None where it has to be asked."""
    if target.capabilities is None:
        return None
    lost = target.lacks if target.has_control else target.lacks | CONTROLLED
    return target.capabilities - lost


def _read(response: Any) -> Any:
    if "json" in response.headers.get("content-type", ""):
        try:
            return response.json()
        except ValueError:
            pass
    return response.content.decode("utf-8", errors="replace")
