"""The faults that act on one call, in the order in which they stand around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mockserver.faults.arming import Armed
from mockserver.faults.contract import Occasion
from mockserver.frames import Cut, Frames
from mockserver.journal import Exchange
from mockserver.script import Script, Turn
from mockserver.timeline import Timeline

if TYPE_CHECKING:
    from mockserver.world import World


@dataclass(eq=False)
class Part:
    """One fault on this call. `noted` is whether its acting has been written down."""

    armed: Armed
    occasion: Occasion
    noted: bool = False


@dataclass(eq=False)
class Acting:
    """What a call becomes under its faults.

    `operate` performs it and gives its answer as frames; it calls what it is given when it has found the
    request in order, before it performs it.

    The call's journal entry names the faults when they act. `end` has to be called when the call is over.
    """

    world: World
    exchange: Exchange
    operate: Callable[[Callable[[], None]], Frames]
    parts: list[Part] = field(default_factory=list)
    _prepared: bool = False

    def answer(self) -> Frames:
        """The frames that go to the client. Nothing happens before the first is asked for."""
        frames = self.perform()
        for part in self.parts:
            if part.armed.fault.takes("frames"):
                frames = self._around(part, frames)
        return frames

    def perform(self) -> Frames:
        """The operation in the world as these faults make it; cut if that world is no more."""
        world = self.world
        if world.closed:
            yield Cut()
            return
        world.catch_up()
        plain = world.settings
        try:
            frames = self.operate(self._prepare)
        finally:
            world.acting = None
            world.settings = plain
        yield from frames

    def _prepare(self) -> None:
        """The request is in order and is about to be performed: here the world changes under it."""
        world = self.world
        if not self._prepared:
            self._prepared = True
            for part in self._taking("before"):
                with world.change():
                    if part.armed.fault.before(part.occasion):
                        self._note(part)
        for part in self._taking("settings"):
            world.settings = part.armed.fault.settings(world.settings)
            self._note(part)
        world.acting = self

    def script(self, turn: Turn, script: Script) -> Script:
        """What the model does in a turn that this call begins."""
        for part in self._taking("script"):
            edited = part.armed.fault.script(part.occasion, turn, script)
            if edited is not None:
                script = edited
                self._note(part)
        return script

    def timeline(self, timeline: Timeline) -> None:
        """Edit what this call has set going."""
        for part in self._taking("timeline"):
            if part.armed.fault.timeline(part.occasion, timeline):
                self._note(part)

    def end(self) -> bool:
        """The call is over: faults that did not act may do so on another. Whether any is to be kept."""
        for part in self.parts:
            if not part.noted:
                part.armed.reserved -= 1
        noted = [part.armed for part in self.parts if part.noted]
        if not noted or self.world.closed:
            return False
        if not self.exchange.performed and self.exchange.outcome in ("done", "cut"):
            self.world.readers.failed(self.exchange.path, lasting=all(armed.lasts for armed in noted))
        return True

    def _around(self, part: Part, inner: Frames) -> Frames:
        fault, occasion = part.armed.fault, part.occasion
        if fault.seeks:
            occasion.acted = lambda: self._note(part)
        else:
            self._note(part)
        yield from fault.frames(occasion, inner)

    def _taking(self, handle: str) -> Sequence[Part]:
        return [part for part in self.parts if part.armed.fault.takes(handle)]

    def _note(self, part: Part) -> None:
        if not part.noted:
            part.noted = True
            part.armed.acted(self.exchange.call)
            self.exchange.faults.append(part.armed.fault.spelled())
