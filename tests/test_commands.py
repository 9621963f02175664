"""Commands that other packages bring: found when they are asked for, and clear about what they lack."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from mockserver.commands import GROUP
from mockserver.serve import main

METADATA = """\
Metadata-Version: 2.4
Name: some-harness
Version: 1.0
Provides-Extra: nice
Provides-Extra: more
Requires-Dist: click
Requires-Dist: not_there.yaml>=0.19; extra == "nice"
Requires-Dist: not-there-either; python_version > "3" and extra == 'more'
"""
ENTRIES = f"""\
[{GROUP}]
greet = some_harness:greet
routes = some_harness:greet
lacking = lacking:command
lacking2 = lacking2:command
declared = lacking3:command [nice]
unknown = lacking3:command
nameless = some_harness:nameless
number = some_harness:number
broken = broken:command
"""
MODULES = {
    "some_harness": """
import click

print("some_harness is imported")
number = 7

@click.command()
@click.option("--name", default="you")
def greet(name):
    "Say hello."
    click.echo(f"Hello, {name}.")
""",
    "lacking": "import not_there.yaml",
    "lacking2": "from not_there_either.inside import something",
    "lacking3": "import never_heard_of",
    "broken": "from os import nothing_of_this_name",
}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder as `pip install` leaves it, with a package that brings commands."""
    info = tmp_path / "some_harness-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(METADATA)
    (info / "entry_points.txt").write_text(ENTRIES)
    for name, text in MODULES.items():
        (tmp_path / f"{name}.py").write_text(text)
    return tmp_path


def ask(site: Path, *arguments: str, command: str = "from mockserver.serve import main; main()") -> list[str]:
    """The lines a command prints, to whichever end; the last one says how it ended."""
    done = subprocess.run(
        [sys.executable, "-c", command, *arguments],
        env={**os.environ, "PYTHONPATH": str(site)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=30,
    )
    return [*done.stdout.splitlines(), f"exit {done.returncode}"]


def test_a_command_is_found_by_its_entry_point(site: Path) -> None:
    told = ask(site, "greet", "--name", "Ann")
    assert told == ["some_harness is imported", "Hello, Ann.", "exit 0"]
    assert "Say hello." in "\n".join(ask(site, "greet", "--help"))


def test_python_m_mockserver_knows_it_too(site: Path) -> None:
    run = "import runpy, sys; sys.argv[0] = 'x'; runpy.run_module('mockserver', run_name='__main__')"
    assert ask(site, "greet", command=run)[1:] == ["Hello, you.", "exit 0"]
    assert "Run the server until Ctrl-C." in "\n".join(ask(site, "--help", command=run))


def test_the_own_commands_do_not_look_for_others(site: Path) -> None:
    """And none of another package takes the name of one."""
    told = ask(site, "routes")
    assert "some_harness is imported" not in told
    assert told[0].split() == ["GET", "/_mock/clock", "control.clock.retrieve"]
    counted = "import sys; from mockserver.serve import main; main(['version'], standalone_mode=False); "
    told = ask(site, command=counted + "print('importlib.metadata' in sys.modules)")
    assert told[1:] == ["False", "exit 0"]


@pytest.fixture
def runner(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    """The same in this process."""
    monkeypatch.syspath_prepend(str(site))
    yield CliRunner()
    for name in MODULES:
        sys.modules.pop(name, None)


def test_the_help_lists_all_even_those_that_cannot_be_used(runner: CliRunner) -> None:
    told = runner.invoke(main, ["--help"]).stdout
    listed = " ".join(told[told.index("Commands:") :].split())
    for line in (
        "greet Say hello.",
        "routes Print every operation with its route.",
        "lacking needs not_there, which is not installed: pip install",
        "number cannot be loaded: some_harness:number is no click command",
    ):
        assert line in listed


@pytest.mark.parametrize("arguments", [[], ["--help"], ["a.yaml", "--target", "x"]])
@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("lacking", "needs not_there, which is not installed: pip install 'some-harness[nice]'"),
        ("lacking2", "needs not_there_either, which is not installed: pip install 'some-harness[more]'"),
        ("declared", "needs never_heard_of, which is not installed: pip install 'some-harness[nice]'"),
        ("unknown", "cannot be loaded: No module named 'never_heard_of'"),
        ("nameless", "cannot be loaded: module 'some_harness' has no attribute 'nameless'"),
        ("number", "cannot be loaded: some_harness:number is no click command"),
        ("broken", "cannot be loaded: cannot import name 'nothing_of_this_name' from 'os'"),
    ],
)
def test_a_command_that_cannot_be_used_says_why(
    runner: CliRunner, name: str, complaint: str, arguments: list[str]
) -> None:
    """In one line, whatever it was given."""
    done = runner.invoke(main, [name, *arguments])
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Error: {name} {complaint}")
    assert done.stderr.count("\n") == 1


def test_a_name_that_nobody_knows(runner: CliRunner) -> None:
    done = runner.invoke(main, ["great"])
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (2, "Error: No such command 'great'.")
