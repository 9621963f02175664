"""Which models there are, and what each refuses.

The list is the published one for assistants plus the reasoning models of 2024-2025. The real API refused an
unknown model on assistants and runs with a 400 (and on `GET /models/{id}` with a 404).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mockserver import errors
from mockserver.settings import Settings

CREATED = 1_715_367_049
"""One date for all: when gpt-4o came. Nothing depends on it."""

KNOWN = (
    "gpt-5",
    "gpt-5-mini",
    "gpt-5-nano",
    "gpt-5-2025-08-07",
    "gpt-5-mini-2025-08-07",
    "gpt-5-nano-2025-08-07",
    "gpt-4.1",
    "gpt-4.1-mini",
    "gpt-4.1-nano",
    "gpt-4.1-2025-04-14",
    "gpt-4.1-mini-2025-04-14",
    "gpt-4.1-nano-2025-04-14",
    "o4-mini",
    "o4-mini-2025-04-16",
    "o3",
    "o3-2025-04-16",
    "o3-mini",
    "o3-mini-2025-01-31",
    "o1",
    "o1-2024-12-17",
    "gpt-4o",
    "gpt-4o-2024-11-20",
    "gpt-4o-2024-08-06",
    "gpt-4o-2024-05-13",
    "gpt-4o-mini",
    "gpt-4o-mini-2024-07-18",
    "gpt-4.5-preview",
    "gpt-4.5-preview-2025-02-27",
    "gpt-4-turbo",
    "gpt-4-turbo-2024-04-09",
    "gpt-4-0125-preview",
    "gpt-4-turbo-preview",
    "gpt-4-1106-preview",
    "gpt-4-vision-preview",
    "gpt-4",
    "gpt-4-0314",
    "gpt-4-0613",
    "gpt-4-32k",
    "gpt-4-32k-0314",
    "gpt-4-32k-0613",
    "gpt-3.5-turbo",
    "gpt-3.5-turbo-16k",
    "gpt-3.5-turbo-0613",
    "gpt-3.5-turbo-1106",
    "gpt-3.5-turbo-0125",
    "gpt-3.5-turbo-16k-0613",
)
_REASONING = re.compile(r"(ft:)?(o\d|gpt-5)")
_SAMPLING = ("temperature", "top_p")


def exists(settings: Settings, name: str, *, azure: bool = False) -> bool:
    """Whether a model of that name may be used. On Azure it is a deployment's name, which can be any."""
    if azure or settings.auto_create or name in KNOWN or name in settings.models or "*" in settings.models:
        return True
    return name.startswith("ft:") and exists(settings, name.split(":")[1])


def check_model(
    settings: Settings, request: Mapping[str, Any], model: str | None, *, azure: bool = False
) -> None:
    """Refuse a request whose `model`, the one in force, is unknown or does not fit its parameters.

    Raises ApiError. With the observed profile the gpt-5 family is refused too, as it was in 2025-08 although
    the published list has it.
    """
    if model is None:
        return
    if not exists(settings, model, azure=azure):
        raise errors.MODEL_NOT_FOUND(model=model)
    if settings.profile == "observed" and model.startswith("gpt-5"):
        raise errors.MODEL_UNSUPPORTED(model=model)
    if _REASONING.match(model):
        for name in _SAMPLING:
            if request.get(name) is not None:
                raise errors.PARAMETER_UNSUPPORTED(path=name)
