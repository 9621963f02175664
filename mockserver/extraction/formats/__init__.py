"""One module per format, each with its `FORMAT`; a module that is put here is found."""

from __future__ import annotations

import importlib
import pkgutil

from mockserver.extraction.format import Format


def discover() -> dict[str, Format]:
    """Every format by the suffixes of its files."""
    modules = [
        importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)
    ]
    formats: list[Format] = [module.FORMAT for module in modules]
    return {suffix: form for form in formats for suffix in form.suffixes}
