"""The half of a scenario that is the server's: settings of a world, objects in it, reply rules and faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.control import Control, ControlError
from harness.scenarios.model import Scenario

_NOT_SETTINGS = ("runs", "fixtures")


@dataclass(frozen=True, slots=True)
class Script:
    """What a world is made with and what is put into it, as the control door takes it."""

    seed: int | str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    fixtures: tuple[Any, ...] = ()
    runs: tuple[Any, ...] = ()
    faults: tuple[dict[str, Any], ...] = ()

    @classmethod
    def of(cls, scenario: Scenario) -> Script:
        """The script of a scenario."""
        backend = scenario.backend
        return cls(
            seed=scenario.seed,
            settings={name: value for name, value in backend.items() if name not in _NOT_SETTINGS},
            fixtures=tuple(backend.get("fixtures", ())),
            runs=tuple(backend.get("runs", ())),
            faults=scenario.faults,
        )

    def furnish(self, control: Control) -> None:
        """Put all of it into a world that was made with its settings.

        Raises ControlError, which begins with the part (`faults: …`) that the server refuses.
        """
        parts: tuple[tuple[str, Callable[[list[Any]], object], tuple[Any, ...]], ...] = (
            ("fixtures", control.fixtures, self.fixtures),
            ("runs", control.add_replies, self.runs),
            ("faults", control.arm_all, self.faults),
        )
        for name, put, things in parts:
            if not things:
                continue
            try:
                put(list(things))
            except ControlError as error:
                raise ControlError(error.status, f"{name}: {error.message}") from error
