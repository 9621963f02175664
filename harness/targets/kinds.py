"""The kinds of targets: where each is, how one is let in, and what it can do unless a profile says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.capabilities import CAPABILITIES, INDEXING, WIRE


@dataclass(frozen=True, slots=True)
class Kind:
    """What targets of one kind have in common.

    `base_url` is where they are when nobody says it, `base_url_env` and `key_env` the environment variables
    that say it; `default_key` serves where any key is let in. `capabilities` None means: found out by asking.
    """

    name: str
    about: str
    capabilities: frozenset[str] | None
    base_url: str | None = None
    base_url_env: str | None = None
    key_env: str | None = None
    default_key: str | None = None
    query: Mapping[str, str] = field(default_factory=dict)


_KINDS = (
    Kind(
        "mock",
        "this project's server: one of its own, or the one at base_url",
        frozenset(CAPABILITIES),
        default_key="sk-assistants-mock",
    ),
    Kind(
        "compatible",
        "any server with OpenAI's paths: compatible:http://127.0.0.1:9000/v1",
        None,
        key_env="ASSISTANTS_TARGET_KEY",
        default_key="no-key",
    ),
    Kind(
        "foundry-classic",
        "Azure AI Foundry Agent Service (classic), until 2027-03-31: the project's endpoint and an Entra"
        " token for https://ai.azure.com/.default; runs there never are `incomplete`",
        WIRE - {"uploads", "vector_stores.search", "models"},
        base_url_env="AZURE_AI_PROJECT_ENDPOINT",
        key_env="AZURE_AI_TOKEN",
        query={"api-version": "v1"},
    ),
    Kind(
        "openai-live",
        "what OpenAI still runs: files, uploads, vector stores and models",
        INDEXING | {"raw"},
        base_url="https://api.openai.com/v1",
        key_env="OPENAI_API_KEY_LIVE",
    ),
    Kind(
        "azure",
        "Azure OpenAI's paths (/openai/…?api-version=) and its api-key header",
        WIRE - {"vector_stores.search"},
        base_url_env="AZURE_OPENAI_ENDPOINT",
        key_env="AZURE_OPENAI_API_KEY",
        query={"api-version": "2024-05-01-preview"},
    ),
)

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _KINDS}
"""By name."""
