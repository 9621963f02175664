"""Commands of `assistants-mock` that other packages bring, found only when somebody asks for one.

    [project.entry-points."assistants_mock.commands"]
    run = "harness.commands.scenarios:run"

Each names a click command. The server's own commands neither look for them nor wait for their imports.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint, EntryPoints

GROUP = "assistants_mock.commands"

_BROUGHT = re.compile(r"([A-Za-z0-9._-]+).*;.*\bextra == ['\"]([A-Za-z0-9._-]+)['\"]")
"""A requirement of the package's metadata that belongs to an extra: the distribution and the extra."""


class Commands(click.Group):
    """The group of all commands: its own ones first, then those of the entry points."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name; one that cannot be loaded says why when it is run."""
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        return next((_loaded(entry) for entry in _brought() if entry.name == cmd_name), None)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted({*super().list_commands(ctx), *_brought().names})


def _brought() -> EntryPoints:
    from importlib.metadata import entry_points  # 10 ms that only those pay who ask

    return entry_points(group=GROUP)


def _loaded(entry: EntryPoint) -> click.Command:
    try:
        found = entry.load()
    except ImportError as error:
        return _unusable(entry, _missing(entry, error))
    except AttributeError as error:
        return _unusable(entry, f"cannot be loaded: {error}")
    if not isinstance(found, click.Command):
        return _unusable(entry, f"cannot be loaded: {entry.value} is no click command")
    return found


def _missing(entry: EntryPoint, error: ImportError) -> str:
    """What a command lacks that cannot be imported, and which extra brings it, as far as that is known."""
    package = entry.dist.name if entry.dist is not None else ""
    extras = list(entry.extras) or _bringing(entry, (error.name or "").partition(".")[0])
    if not isinstance(error, ModuleNotFoundError) or not extras:
        return f"cannot be loaded: {error}"
    ways = " or ".join(f"pip install '{package}[{extra}]'" for extra in extras)
    return f"needs {error.name}, which is not installed: {ways}"


def _bringing(entry: EntryPoint, module: str) -> list[str]:
    """The extras of an entry point's package that bring a module, if any are known to."""
    required = (entry.dist.requires or []) if entry.dist is not None else []
    found = [match for line in required if (match := _BROUGHT.match(line))]
    return [match[2] for match in found if match[1].partition(".")[0].replace("-", "_").lower() == module]


def _unusable(entry: EntryPoint, reason: str) -> click.Command:
    """A command in the place of one that cannot be loaded."""

    def refuse(**given: Any) -> None:
        raise click.ClickException(f"{entry.name} {reason}")

    return click.Command(
        entry.name,
        callback=refuse,
        params=[click.Argument(["given"], nargs=-1, type=click.UNPROCESSED)],
        context_settings={"ignore_unknown_options": True},
        add_help_option=False,  # there is no help for it
        short_help=reason,
    )
