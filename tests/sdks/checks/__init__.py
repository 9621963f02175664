"""What is checked with every Python SDK: coroutines that take an `Sdk`, registered by `@check`.

Adding a check is writing one; each begins with an empty world.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Coroutine
from typing import Any

from tests.sdks.sdk import Sdk

Check = Callable[[Sdk], Coroutine[Any, Any, None]]
_CHECKS: dict[str, Check] = {}


def check(function: Check) -> Check:
    """Register a check under its own name, which must be new."""
    name = getattr(function, "__name__", "")
    if name in _CHECKS:
        raise ValueError(f"there are two checks called {name}")
    _CHECKS[name] = function
    return function


def discover() -> dict[str, Check]:
    """Every check of this folder by name, in the order of files and lines."""
    for module in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        importlib.import_module(f"{__name__}.{module}")
    return dict(_CHECKS)
