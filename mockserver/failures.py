"""Why runs fail: what `last_error` says of a failed run, and how its words are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mockserver.apierror import Evidence
from mockserver.script import Fail


@dataclass(frozen=True, slots=True)
class Failure:
    """One reason. `rows` are ids of the evidence table."""

    code: str
    message: str
    evidence: Evidence
    source: str
    rows: tuple[str, ...] = ()

    def fail(self, message: str | None = None) -> Fail:
        """The end of a run that has this reason, maybe in other words."""
        return Fail(self.code, message or self.message)


_SERVER = Fail()

FAILURES: Mapping[str, Failure] = {
    "server_error": Failure(
        _SERVER.code, _SERVER.message, "observed", "openai/openai-dotnet#794, 2025-10", ("E-92", "E-96")
    ),
    "rate_limit_exceeded": Failure(
        "rate_limit_exceeded",
        "Rate limit is exceeded. Try again in 60 seconds.",
        "observed",
        "a whole run of Azure's in danny-avila/LibreChat#6728, 2025-04; the same sentence in a forum",
        ("E-93",),
    ),
    "quota": Failure(
        "rate_limit_exceeded",
        "You exceeded your current quota, please check your plan and billing details. For more information on"
        " this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.",
        "observed",
        "feiskyer/chatgpt-copilot#107 up to `quota`; the rest is the sentence of E-132, the code inferred",
        ("E-94", "E-132"),
    ),
    "invalid_prompt": Failure(
        "invalid_prompt",
        "Invalid prompt: your prompt was flagged as potentially violating our usage policy. Please try again"
        " with a different prompt: https://platform.openai.com/docs/guides/reasoning#advice-on-prompting",
        "inferred",
        "the code is published for runs; the words are the refusals of chat completions with it, 2025-07",
        ("E-96",),
    ),
}
"""The reasons by the names faults give them. That of `quota` is told by its message alone."""
