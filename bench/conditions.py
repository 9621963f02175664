"""What the figures were measured under."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version

PACKAGES = ("assistants-mock", "uvicorn", "httptools", "starlette", "msgspec", "openai")


def conditions() -> str:
    """Date, interpreter, cores and the versions that matter, in one line."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = f", load {os.getloadavg()[0]:.1f} before" if hasattr(os, "getloadavg") else ""
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.python_implementation()} {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}, {cores} cores{load}; {versions}"
    )
