"""What all tests of the harness have in common."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import certifi
import pytest

END = "-----END CERTIFICATE-----\n"


@pytest.fixture(autouse=True, scope="package")
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Clients know one certificate authority: reading all takes each of them 50 ms, and none is asked."""
    first, end, _ = Path(certifi.where()).read_text(encoding="utf-8").partition(END)
    file = tmp_path_factory.mktemp("authorities") / "one.pem"
    file.write_text(first + end, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(file))
        yield
