"""One file per benchmark, each with `measure(quick)`; the file's name is the benchmark's."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable

from bench.figures import Figure

Measure = Callable[[bool], list[Figure]]


def discover() -> dict[str, Measure]:
    """Every benchmark by name, in order."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name: importlib.import_module(f"{__name__}.{name}").measure for name in names}
