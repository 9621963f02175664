"""Faults a server is started with: TOML and YAML, mistakes told with file and line."""

from __future__ import annotations

import sys
from pathlib import Path

import openai
import pytest

from harness.control import Control
from mockserver.config import read_config
from mockserver.configerror import ConfigError
from mockserver.faultfiles import read_fault_file
from mockserver.server import Server
from tests.test_serve import run, serving

TOML = """
[[faults]]
fault = "lost_ack"
at = "messages.create#1"

[[faults]]
fault = "lost_ack"
times = 3
[faults.at]
operation = "threads.*"
"""

YAML = """
- fault: lost_ack
  at: messages.create#1

- fault: lost_ack
  times: 3
  at:
    operation: threads.*
"""


def written(folder: Path, name: str, text: str) -> Path:
    """A file with this text, without its first line break."""
    path = folder / name
    path.write_text(text.removeprefix("\n"), encoding="utf-8")
    return path


@pytest.mark.parametrize(("name", "text"), [("f.toml", TOML), ("f.yaml", YAML), ("f.yml", f"faults:{YAML}")])
def test_both_languages_say_the_same(tmp_path: Path, name: str, text: str) -> None:
    first, second = read_fault_file(written(tmp_path, name, text))
    assert (first.fault.spelled(), first.place.operation, first.place.ordinal) == (
        "lost_ack",
        "messages.create",
        1,
    )
    assert (second.place.operation, second.times) == ("threads.*", 3)


@pytest.mark.parametrize(
    ("name", "text", "line", "told"),
    [
        (
            "f.toml",
            TOML.replace("threads.*", "thread.*"),
            9,
            "[1].at.operation: there is no operation 'thread.*'",
        ),
        (
            "f.yaml",
            YAML.replace("threads.*", "thread.*"),
            7,
            "[1].at.operation: there is no operation 'thread.*'",
        ),
        (
            "f.toml",
            TOML.replace("times = 3", "times = 0"),
            7,
            "[1].times: this is a whole number of at least 1",
        ),
        (
            "f.yaml",
            YAML.replace("times: 3", "times: no"),
            5,
            "[1].times: this is a whole number of at least 1",
        ),
        (
            "f.yaml",
            YAML.replace("lost_ack", "lost_ak", 1),
            1,
            "there is no fault 'lost_ak'; did you mean 'lost_ack'",
        ),
        ("f.toml", TOML.replace('"lost_ack"', '"sse.no_done(a=1)"', 1), 2, "sse.no_done takes no parameters"),
        ("f.yaml", "- fault: [lost_ack\n", 2, "not YAML"),
        ("f.toml", "[[faults]\n", 1, ""),
        ("f.toml", "port = 3\n", 1, "unknown key 'port'; faults stand below 'faults'"),
        ("f.yaml", "faults:\n  fault: lost_ack\n", 1, "faults are a list"),
        ("f.json", "[]", 1, "faults stand in a file that ends in .toml, .yaml or .yml"),
    ],
)
def test_mistakes_are_told_with_file_and_line(
    tmp_path: Path, name: str, text: str, line: int, told: str
) -> None:
    path = written(tmp_path, name, text)
    with pytest.raises(ConfigError) as caught:
        read_fault_file(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert told in str(caught.value)


def test_without_the_extra_yaml_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ruamel.yaml", None)
    with pytest.raises(ConfigError, match=r"pip install 'assistants-mock\[yaml\]'"):
        read_fault_file(written(tmp_path, "f.yaml", YAML))


def test_the_configuration_file_has_them_too(tmp_path: Path) -> None:
    """As tables among its other settings, or as the name of a file beside it."""
    config = read_config(written(tmp_path, "mock.toml", f"port = 9000\n{TOML}"))
    assert [order.fault.spelled() for order in config.faults] == ["lost_ack", "lost_ack"]
    written(tmp_path, "f.yaml", YAML)
    assert len(read_config(written(tmp_path, "other.toml", 'faults = "f.yaml"\n')).faults) == 2
    broken = written(tmp_path, "broken.toml", "port = 9000" + TOML.replace("times = 3", "times = 0"))
    with pytest.raises(ConfigError, match=rf"{broken.name}:8: faults\[1\].times"):
        read_config(broken)


def test_every_new_world_begins_with_them(tmp_path: Path) -> None:
    """A second key, and a world that replaces the first, have them anew."""
    orders = read_fault_file(written(tmp_path, "f.toml", TOML))
    with (
        Server(faults=orders) as server,
        openai.OpenAI(base_url=server.base_url, api_key="a", max_retries=0) as a,
    ):
        for key in ("a", "b"):
            client = a.with_options(api_key=key)
            for _ in range(3):
                with pytest.raises(openai.APIConnectionError):
                    client.beta.threads.create()
            client.beta.threads.create()
            with Control(server.base_url, key) as control:
                assert [fault["fired"] for fault in control.faults()] == [0, 3]
                control.new_world()
                assert [fault["fired"] for fault in control.faults()] == [0, 0]


def test_the_command_line_takes_a_file(tmp_path: Path) -> None:
    path = written(tmp_path, "f.yaml", YAML)
    with (
        serving("--faults", str(path), "--clock", "virtual") as (process, url, _),
        openai.OpenAI(base_url=url, api_key="any-key", max_retries=0) as client,
    ):
        assert process.stdout is not None
        told = [process.stdout.readline().strip() for _ in range(2)]
        assert told == [
            "armed in every new world: lost_ack at messages.create#1",
            "armed in every new world: lost_ack at threads.*",
        ]
        with pytest.raises(openai.APIConnectionError):
            client.beta.threads.create()
    done = run("serve", "--faults", str(written(tmp_path, "g.yaml", "- fault: lots_ack\n")))
    assert done.returncode == 1
    assert "g.yaml:1: faults[0].fault: there is no fault 'lots_ack'; did you mean 'lost_ack'?" in done.stderr


def test_the_catalogue_is_printed() -> None:
    """All of it in lines, one fault in full, and a suggestion for a name that is not there."""
    listed = run("faults").stdout
    assert "transport: what happens to the connection" in listed
    assert "lost_ack" in listed
    told = run("faults", "lost_ack").stdout
    for part in ("on the wire", "a good client", "X-Mock-Fault: lost_ack"):
        assert part in told
    wrong = run("faults", "lost_akc")
    assert (wrong.returncode, "did you mean 'lost_ack'?" in wrong.stderr) == (1, True)
