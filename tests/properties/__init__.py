"""The engine's laws, each held against many drawn cases, through the application itself.

Every run draws the same cases, so that a failure is never a matter of luck. `HYPOTHESIS_PROFILE=search` draws
new and many more.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile("steady", derandomize=True, deadline=None, database=None)
settings.register_profile("search", deadline=None, print_blob=True)

_PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "steady")
_MORE = 30 if _PROFILE == "search" else 1


def law(examples: int, steps: int = 50) -> settings:
    """How a law is tried: so many cases, or many more when searching; `steps` in one stateful case."""
    return settings(
        settings.get_profile(_PROFILE),
        max_examples=examples * _MORE,
        stateful_step_count=steps,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
