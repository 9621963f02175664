"""What several tests of files begin with."""

from __future__ import annotations

import openai
import pytest

from tests.files.library import ready, upload
from tests.files.questions import REFUNDS, SHIPPING


@pytest.fixture
def policies(client: openai.OpenAI) -> dict[str, str]:
    """Two files in one store: their ids by name, and the store's."""
    files = {
        name: upload(client, name, text).id
        for name, text in (("refunds.md", REFUNDS), ("shipping.md", SHIPPING))
    }
    return files | {"store": ready(client, *files.values()).id}
