"""What the `assistants` fixture does: a world for one test, scripted and broken as its markers say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.control import ControlError
from harness.plugin.marks import Mark, MarkError
from harness.plugin.surroundings import surrounded
from harness.script import Script

if TYPE_CHECKING:
    from harness.handle.assistants import Assistants
    from harness.plugin.hosting import Host


def read_script(wanted: str, near: Path, root: Path) -> Script:
    """The script of `FILE::NAME`, or of `FILE` if it has one scenario; beside `near`, else below `root`.

    Raises MarkError when there is no such file or scenario, or the file has mistakes.
    """
    from harness.scenarios.model import ScenarioErrors
    from harness.scenarios.reading import read_scenarios

    name, _, scenario = wanted.partition("::")
    found = next((folder / name for folder in (near.parent, root) if (folder / name).is_file()), None)
    if found is None:
        raise MarkError(f"scenario: there is no {name} in {near.parent} or {root}")
    try:
        scenarios = {read.name: read for read in read_scenarios(found)}
    except ScenarioErrors as error:
        raise MarkError(f"scenario: {error}") from error
    if not scenario and len(scenarios) == 1:
        scenario = next(iter(scenarios))
    if scenario not in scenarios:
        which = f"has no scenario '{scenario}'" if scenario else "has several scenarios"
        raise MarkError(
            f"scenario: {found} {which}; say {' or '.join(f'{name}::{known}' for known in scenarios)}"
        )
    return Script.of(scenarios[scenario])


@contextmanager
def world_for(
    host: Host,
    mark: Mark,
    script: Script,
    heard: Callable[[dict[str, Any]], dict[str, Any] | None],
    hanging: Mapping[str, Any] | None = None,
) -> Iterator[Assistants]:
    """A new world behind the environment's key, as a marker and the script it names want it.

    `heard` may replace each fault before it is armed; `hanging` is what else `bridging` takes. Raises
    MarkError for what the server refuses.
    """
    seed = mark.seed if mark.seed is not None else script.seed
    settings = {**script.settings, **mark.world, **({} if seed is None else {"seed": seed})}
    try:
        handle = host.world(settings)
    except ControlError as error:
        of_timeline = error.message.removeprefix("latency: ")
        part = "world" if of_timeline == error.message else "timeline"
        raise MarkError(f"{part}: {of_timeline}") from error
    options = host.options
    try:
        faults = tuple(heard(fault) or fault for fault in (*script.faults, *mark.faults))
        try:
            replace(script, faults=faults).furnish(handle.control)
        except ControlError as error:
            raise MarkError(error.message) from error
        with surrounded(
            handle,
            bridge=options.bridge and settings.get("clock", host.clock) == "virtual",
            patience=options.patience,
            allow_hosts=options.allow_hosts,
            intercept=options.intercept,
            hanging=hanging,
        ):
            yield handle
    finally:
        handle.close()
        host.background.end()
