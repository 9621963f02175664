"""Parts of JUnit's XML that several reports write alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

_NOT_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


def properties(parent: ElementTree.Element, values: Mapping[str, Any]) -> None:
    """Write down what is known of a suite or a case; None is left out."""
    given = {name: value for name, value in values.items() if value is not None}
    if given:
        listed = ElementTree.SubElement(parent, "properties")
        for name, value in given.items():
            ElementTree.SubElement(listed, "property", {"name": name, "value": clean(str(value))})


def clean(text: str) -> str:
    """Without what XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)
