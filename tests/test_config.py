"""The configuration file: what it may say, and how mistakes are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mockserver.config import ConfigError, read_config


def write(folder: Path, text: str) -> Path:
    """A configuration file with this text."""
    path = folder / "mock.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_everything_it_may_say(tmp_path: Path) -> None:
    """Settings, where to listen, the store beside the file, keys, and rules."""
    config = read_config(
        write(
            tmp_path,
            """
            host = "0.0.0.0"
            port = 9000
            store = "worlds.sqlite"
            api_keys = ["a", "b"]
            control = false
            control_token = "s3cret"
            allow_hosts = ["mock.example.com"]
            seed = "blue"
            clock = "x60"
            strict = true
            models = ["llama"]
            latency = { profile = "slow", queued = "1s" }
            limits = { messages_per_thread = 7 }
            [[replies]]
            when = { last_user_message = { contains = "weather" } }
            then = { reply = "Sunny." }
            """,
        )
    )
    assert (config.host, config.port, config.api_keys) == ("0.0.0.0", 9000, ("a", "b"))
    assert config.store == tmp_path / "worlds.sqlite"
    assert not config.control
    assert (config.control_token, config.allow_hosts) == ("s3cret", ("mock.example.com",))
    assert read_config(write(tmp_path, "")).control
    settings = config.settings
    assert (settings.seed, settings.clock, settings.strict, settings.models) == (
        "blue",
        "x60",
        True,
        ("llama",),
    )
    assert (settings.latency.queued, settings.latency.first_token) == (1000, 4000)
    assert settings.limits.messages_per_thread == 7
    assert len(config.rules) == 1


def test_rules_may_stand_in_a_file_beside_it(tmp_path: Path) -> None:
    """In JSON, as the control door takes them."""
    (tmp_path / "rules.json").write_text(json.dumps([{"then": {"reply": "a"}}, {"then": {"reply": "b"}}]))
    assert len(read_config(write(tmp_path, 'replies = "rules.json"')).rules) == 2


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('port = 1\nclok = "x60"', "mock.toml:2: unknown setting 'clok'; did you mean 'clock'?"),
        ('\n\nclock = "fast"', "mock.toml:3: clock: unknown clock 'fast'"),
        ("port = 99999", "mock.toml:1: port: a port is a whole number from 0 to 65535"),
        ("a = 1\nb = [", "mock.toml:2: "),
        ("seed = 1\n[limits]\nmessages = 2", "mock.toml:2: limits: unknown limit 'messages'"),
        ('control = "no"', "mock.toml:1: control: this is true or false, not 'no'"),
        ("contrl = false", "mock.toml:1: unknown setting 'contrl'; did you mean 'control'?"),
        ('api_keys = "a"', "mock.toml:1: api_keys: this is a list"),
        (
            '[[replies]]\nthen = {reply = "a"}\n\n[[replies]]\nthen = {rply = "b"}',
            "mock.toml:4: replies[1].then.rply: unknown key 'rply'; did you mean 'reply'?",
        ),
        ('seed = 1\nreplies = "gone.json"', "gone.json:1: cannot be read"),
    ],
)
def test_mistakes_are_told_with_file_and_line(tmp_path: Path, text: str, complaint: str) -> None:
    """One line, and nothing is started."""
    with pytest.raises(ConfigError) as refusal:
        read_config(write(tmp_path, text))
    assert complaint in str(refusal.value)


def test_a_rules_file_with_a_mistake_names_itself(tmp_path: Path) -> None:
    """The JSON file, not the one that named it."""
    (tmp_path / "rules.json").write_text('[\n{"then": {"reply": "a"}},\n{"then" 5}]')
    with pytest.raises(ConfigError, match=r"rules\.json:3: not JSON"):
        read_config(write(tmp_path, 'replies = "rules.json"'))
