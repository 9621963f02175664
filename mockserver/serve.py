"""The command line: `assistants-mock serve | routes | errors | faults | version`, and what others bring."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import threading
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import click

import mockserver
from mockserver import errors
from mockserver.commands import Commands
from mockserver.config import Config, ConfigError, read_config
from mockserver.faultfiles import read_fault_file
from mockserver.faults.contract import discover as discover_faults
from mockserver.faults.contract import find_fault
from mockserver.faults.parameters import FaultError
from mockserver.faults.story import listing, story
from mockserver.gate import TOKEN_VARIABLE
from mockserver.operations import discover
from mockserver.server import Server
from mockserver.settings import SettingError, Settings
from mockserver.store import StoreError

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(cls=Commands, context_settings=CONTEXT)
@click.version_option(mockserver.__version__, prog_name="assistants-mock", message="%(prog)s %(version)s")
def main() -> None:
    """A local OpenAI Assistants API v2."""


@main.command()
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65_535), help="0 takes a free one.  [default: 8000]")
@click.option(
    "--fd", type=click.IntRange(0), help="Listen on the socket inherited under this number instead."
)
@click.option("--until-eof", is_flag=True, help="Stop when standard input ends, too.")
@click.option(
    "--store", type=click.Path(dir_okay=False, path_type=Path), help="Keep everything in this file."
)
@click.option("--clock", metavar="real|virtual|xN", help="How time passes.  [default: real]")
@click.option("--latency", metavar="NAME", help="instant, realistic or slow.  [default: realistic]")
@click.option("--seed", help="Everything random comes from it.  [default: 0]")
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Settings and reply rules from a TOML file; options given here win.",
)
@click.option(
    "--faults",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Arm the faults of this TOML or YAML file in every new world.",
)
@click.option("--api-key", "keys", multiple=True, metavar="KEY", help="Accept only this key (repeatable).")
@click.option("--model", "models", multiple=True, metavar="NAME", help="Know this model too ('*': any).")
@click.option("--auto-create", is_flag=True, default=None, help="Unknown ids exist on first use.")
@click.option("--strict", is_flag=True, default=None, help="Fail runs that no reply rule matches.")
@click.option("--profile", metavar="documented|observed", help="Which errors happen.  [default: documented]")
@click.option("--no-control", is_flag=True, help="No control door, and no faults by header.")
@click.option(
    "--control-token",
    metavar="TOKEN",
    envvar=TOKEN_VARIABLE,
    help=f"Ask the control door's callers for this.  [env: {TOKEN_VARIABLE}]",
)
@click.option(
    "--allow-host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="Answer to this host name, too (repeatable; '.name' with all below it, '*' any).",
)
@click.option("--close-async", is_flag=True, help="Close connections of asyncio clients after each answer.")
def serve(
    host: str | None,
    port: int | None,
    fd: int | None,
    until_eof: bool,
    store: Path | None,
    config: Path | None,
    faults: Path | None,
    keys: tuple[str, ...],
    no_control: bool,
    control_token: str | None,
    hosts: tuple[str, ...],
    close_async: bool,
    **options: Any,
) -> None:
    """Run the server until Ctrl-C."""
    if fd is not None and (host is not None or port is not None):
        raise click.UsageError("--fd has its address already; leave --host and --port out")
    if until_eof and sys.stdin is None:
        raise click.UsageError("--until-eof: there is no standard input")
    begin = _configured(config, options)
    host, port, store = host or begin.host, begin.port if port is None else port, store or begin.store
    keys, control = keys or begin.api_keys, begin.control and not no_control
    token = control_token or begin.control_token
    try:
        armed = read_fault_file(faults) if faults else begin.faults
        server = Server(
            begin.settings,
            host=host,
            port=port,
            fd=fd,
            store=store,
            keys=keys,
            rules=begin.rules,
            faults=armed,
            control=control,
            close_async=close_async,
            hosts=hosts or begin.allow_hosts,
            token=token,
        )
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        where = f"{host}:{port}" if fd is None else f"file descriptor {fd}"
        raise click.ClickException(f"cannot listen on {where}: {error.strerror or error}") from error
    except StoreError as error:
        raise click.ClickException(str(error)) from error
    _greet(server, begin.settings, keys, store, control=control)
    _warn_of_strangers(server, open_door=control and not token)
    for order in armed:
        click.echo(f"  armed in every new world: {order.fault.spelled()} at {order.place.named}")
    sys.stdout.flush()
    if until_eof:
        threading.Thread(target=_stop_at_eof, args=(server,), name="until-eof", daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        server.run()


def _stop_at_eof(server: Server) -> None:
    """Stop the server when whoever started it has closed its end, or is gone, however it went."""
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    server.stop()


def _configured(path: Path | None, options: dict[str, Any]) -> Config:
    """The configuration file, if any, with the options of the command line on top."""
    changes = {name: value for name, value in options.items() if value is not None and value != ()}
    if re.fullmatch(r"-?\d+", changes.get("seed", "")):
        changes["seed"] = int(changes["seed"])
    try:
        begin = read_config(path) if path else Config()
        return replace(begin, settings=begin.settings.changed(changes))
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    except SettingError as error:
        raise click.ClickException(f"--{error.name.replace('_', '-')}: {error.reason}") from error


def _greet(
    server: Server, settings: Settings, keys: tuple[str, ...], store: Path | None, *, control: bool
) -> None:
    key = keys[0] if keys else "any-key"
    kept = store or "in memory"
    clock = f"clock {settings.clock}, seed {settings.seed}, profile {settings.profile}, store {kept}"
    clock += "" if control else ", control door closed"
    lines = [
        f"assistants-mock {mockserver.__version__} on {server.base_url}",
        "",
        f"  export OPENAI_BASE_URL={server.base_url}",
        f"  export OPENAI_API_KEY={key}",
        "",
        f"  {clock}; Ctrl-C stops",
    ]
    click.echo("\n".join(lines))


def _warn_of_strangers(server: Server, *, open_door: bool) -> None:
    """Say loudly when others than this machine's own programs can reach the server, and what they can do."""
    if ip_address(server.host).is_loopback:
        return
    can = "use it and, by its control door, change everything" if open_door else "use it"
    shut = f"; {TOKEN_VARIABLE}=… or --no-control shuts that door" if open_door else ""
    click.secho(
        f"WARNING: {server.host} is not this machine's own address: whoever reaches it can {can}{shut}.",
        fg="yellow",
        bold=True,
        err=True,
    )


@main.command()
def routes() -> None:
    """Print every operation with its route."""
    for operation in discover():
        prefix = "" if operation.control else "/v1"
        click.echo(f"{operation.method:<7}{prefix + operation.path:<70}{operation.name}")


@main.command("errors")
def print_errors() -> None:
    """Print every error the API may answer, and how its wording is known."""
    for entry in errors.CATALOGUE.values():
        rows = ", ".join(entry.rows)
        click.echo(f"{entry.status} {entry.name} [{entry.evidence}{': ' + rows if rows else ''}]")
        click.echo(f"    {entry.message}")


@main.command("faults")
@click.argument("name", required=False)
def print_faults(name: str | None) -> None:
    """Print every fault that can be armed, or the whole story of one."""
    try:
        lines = story(find_fault(name)) if name else listing(discover_faults())
    except FaultError as error:
        raise click.ClickException(error.reason) from error
    click.echo("\n".join(lines))


@main.command()
def version() -> None:
    """Print the version."""
    click.echo(mockserver.__version__)
