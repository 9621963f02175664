"""Rate limits as they are set, and what is kept of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.control import Control, ControlError
from mockserver.config import ConfigError, read_config
from mockserver.settings import DOCUMENTED, RateLimits, Settings
from tests.properties.asgi import Door


def test_documented_limits_and_none() -> None:
    plain = Settings()
    assert plain.rate_limits is None
    documented = plain.changed({"rate_limits": "documented"})
    assert documented.rate_limits == DOCUMENTED == RateLimits(None, None, 300, 2_000, 1_000)
    nothing: Any
    for nothing in (None, {}):
        assert documented.changed({"rate_limits": nothing}).rate_limits is None
    three = plain.changed({"rate_limits": {"requests_per_minute": 3}})
    assert three.state()["rate_limits"] == {"requests_per_minute": 3}
    for settings_ in (plain, documented, three):
        assert Settings().changed(settings_.state()) == settings_


@pytest.mark.parametrize(
    ("wanted", "complaint"),
    [
        ({"calls": 3}, "unknown limit 'calls'; it is one of attached_files_per_minute, "),
        ({"requests_per_minute": 0}, "'requests_per_minute' is a whole number of at least 1, not 0"),
        ({"tokens_per_minute": 1.5}, "not 1.5"),
        ("strict", "rate limits are 'documented' or an object of whole numbers, not 'strict'"),
        ([3], "not \\[3\\]"),
    ],
)
def test_limits_that_cannot_be_are_refused(control: Control, wanted: Any, complaint: str) -> None:
    with pytest.raises(ControlError, match=complaint):
        control.new_world(rate_limits=wanted)


def test_a_configuration_file_may_set_them(tmp_path: Path) -> None:
    path = tmp_path / "mock.toml"
    path.write_text("rate_limits = { requests_per_minute = 3 }", encoding="utf-8")
    assert read_config(path).settings.rate_limits == RateLimits(requests_per_minute=3)
    path.write_text('seed = 1\nrate_limits = "documented"', encoding="utf-8")
    assert read_config(path).settings.rate_limits == DOCUMENTED
    path.write_text("seed = 1\n[rate_limits]\nrequests = 3", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"mock\.toml:2: rate_limits: unknown limit 'requests'"):
        read_config(path)


def test_what_was_taken_outlives_the_server(tmp_path: Path) -> None:
    """Even one that stops without a word, and even what was taken by reading."""
    with Door(tmp_path / "store", rate_limits={"requests_per_minute": 3}) as door:
        for stop in (door.crash, door.restart, door.crash):
            assert door.call("GET", "/v1/assistants").ok
            stop()
        assert door.call("GET", "/v1/assistants").status == 429
        door.crash()
        assert door.call("GET", "/v1/assistants").status == 429
        # A snapshot is a beginning: it has the limits, and nothing taken from them.
        document = door.get("/_mock/world")
        assert document["settings"]["rate_limits"] == {"requests_per_minute": 3}
        assert door.call("PUT", "/_mock/world", document).ok
        assert door.call("GET", "/v1/assistants").ok
