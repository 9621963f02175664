"""The engine's laws, each held against many drawn cases, through the application itself.

Every run draws the same cases, so that a failure is never a matter of luck. `HYPOTHESIS_PROFILE=thorough`
draws three times as many, `HYPOTHESIS_PROFILE=search` new ones, ninety times as many.
"""

from __future__ import annotations

import os
from math import ceil

from hypothesis import HealthCheck, settings

settings.register_profile("steady", derandomize=True, deadline=None, database=None)
settings.register_profile("thorough", settings.get_profile("steady"))
settings.register_profile("search", deadline=None, print_blob=True)

_PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "steady")
_SHARE = {"thorough": 1, "search": 30}.get(_PROFILE, 1 / 3)


def law(examples: int, steps: int = 50) -> settings:
    """How a law is tried: in so many cases when thorough, else in a third; in many more when searching.

    `steps` are those of one stateful case.
    """
    return settings(
        settings.get_profile(_PROFILE),
        max_examples=ceil(examples * _SHARE),
        stateful_step_count=steps,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
